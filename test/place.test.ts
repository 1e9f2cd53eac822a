import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkPlace, placeFolder, recoverPlace } from '../src/models/place.js';
import { loadAddon } from '../src/native.js';
import { PACKAGE_ROOT } from '../src/package.js';
import { PATIENCE } from './testing/program.js';

jest.setTimeout(2 * PATIENCE);

const PROGRAM = join(PACKAGE_ROOT, 'test', 'testing', 'place-program.js');
const root = mkdtempSync(join(tmpdir(), 'deepsad-place-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
/** A new folder with a model in it, and that model's place. */
function makePlace(): { folder: string; place: string } {
  const folder = join(root, String(folders++));
  const place = join(folder, 'model');
  mkdirSync(place, { recursive: true });
  for (const name of ['detector.json', 'weights.bin']) writeFileSync(join(place, name), 'old');
  return { folder, place };
}

/** What the files of a place hold, in the order of their names. */
function contents(place: string): string[] {
  return readdirSync(place)
    .sort()
    .map((name) => readFileSync(join(place, name), 'utf8'));
}

/** The names in a place, with what its files hold. */
function contentsOf(place: string): [name: string, content: string | undefined][] {
  return readdirSync(place, { withFileTypes: true }).map((entry) => [
    entry.name,
    entry.isFile() ? readFileSync(join(place, entry.name), 'utf8') : undefined,
  ]);
}

const OLD = ['old', 'old'];
const NEW = ['new', 'new'];

describe.each([
  ['where the system can exchange', []],
  ['where it cannot', ['no-swap']],
  ['where it cannot, and files are not locked', ['no-swap', 'no-locks']],
])('a model that takes the place of another, %s', (_where, more) => {
  beforeEach(() => {
    if (more.includes('no-locks')) jest.spyOn(loadAddon(), 'tryLock').mockReturnValue(constants.errno.ENOLCK);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Does it again and again, with one more call that changes files each time, until none is left. */
  function* attempts(how: 'kill' | 'fail') {
    for (let calls = 0; ; calls++) {
      const { folder, place } = makePlace();
      const { stdout } = spawnSync(process.execPath, [PROGRAM, place, how, String(calls), ...more], {
        encoding: 'utf8',
      });
      yield { folder, place, said: stdout };
      if (stdout === 'done') {
        expect(calls).toBeGreaterThan(8);
        return;
      }
    }
  }

  test('is killed at any step, and one of the two is there at the next start', async () => {
    for (const { folder, place, said } of attempts('kill')) {
      await checkPlace(place, true);
      expect([OLD, NEW]).toContainEqual(contents(place));
      if (said === 'done') expect(contents(place)).toEqual(NEW);
      const left = readdirSync(folder).filter((name) => name !== 'model');
      // A folder that was made and not yet locked may be somebody's.
      expect(left.flatMap((name) => readdirSync(join(folder, name)))).toEqual([]);
    }
  });

  test('fails at any step, and one of the two is there at once', async () => {
    for (const { folder, place, said } of attempts('fail')) {
      expect([OLD, NEW]).toContainEqual(contents(place));
      expect(contents(place)).toEqual(/ENOSPC|the disk is full/.test(said) ? OLD : NEW);
      const [kept] = /(?<= it is in ).*(?=: move)/.exec(said) ?? [];
      if (kept !== undefined) expect(contents(kept)).toEqual(NEW);
      await recoverPlace(place);
      // What was made stays where it was said to be.
      expect(kept === undefined || existsSync(kept)).toBe(true);
      expect(readdirSync(folder).length).toBeLessThanOrEqual(kept === undefined ? 1 : 2);
    }
  });
});

test.each([
  ['', 0],
  [' where files are not locked', constants.errno.ENOLCK],
])('what another process is making is left alone%s', async (_where, errno) => {
  if (errno !== 0) jest.spyOn(loadAddon(), 'tryLock').mockReturnValue(errno);
  const { folder, place } = makePlace();
  await placeFolder(place, async (made) => {
    mkdirSync(made);
    const names = readdirSync(folder);
    await recoverPlace(place);
    expect(readdirSync(folder)).toEqual(names);
  });
  jest.restoreAllMocks();
});

test('what is no model is never replaced, also where it came while the model was made', async () => {
  const { place } = makePlace();
  rmSync(place, { recursive: true });
  const making = placeFolder(place, async (made) => {
    mkdirSync(made);
    mkdirSync(place);
    writeFileSync(join(place, 'notes.txt'), 'mine');
  });
  await expect(making).rejects.toThrow('something is there that is no model');
  expect(readdirSync(place)).toEqual(['notes.txt']);
});

test('nothing that lies beside a model is lost with it, whatever it is called', async () => {
  const { folder, place } = makePlace();
  const description = { deepsad: '1.0.0', files: { 'arrays.npz': '' } };
  writeFileSync(join(place, 'detector.json'), JSON.stringify(description));
  writeFileSync(join(place, 'parts.csv'), 'mine');
  mkdirSync(join(place, 'arrays.npz'));
  // What a system puts into a folder that is looked at is no loss.
  writeFileSync(join(place, '.DS_Store'), '');
  // weights.bin is no file of this model.
  const beside = 'arrays.npz, parts.csv, weights.bin would be lost, which lie beside the model there';
  await expect(checkPlace(place, true)).rejects.toThrow(beside);
  const before = contentsOf(place);
  await expect(placeFolder(place, async (made) => void mkdirSync(made))).rejects.toThrow(beside);
  expect(contentsOf(place)).toEqual(before);
  expect(readdirSync(folder)).toEqual(['model']);
});

test('what came beside a model while the next one was made is not lost', async () => {
  const { place } = makePlace();
  const placing = placeFolder(place, async (made) => {
    mkdirSync(made);
    writeFileSync(join(place, 'scores.csv'), 'mine');
  });
  await expect(placing).rejects.toThrow('scores.csv would be lost, which lies beside the model there');
  expect(readdirSync(place)).toEqual(['detector.json', 'scores.csv', 'weights.bin']);
});

test('a folder beside a place is not removed for how its name begins', async () => {
  const { folder, place } = makePlace();
  const notes = join(folder, '.model.deepsad-notes');
  mkdirSync(notes);
  writeFileSync(join(notes, 'lock'), '');
  await recoverPlace(place);
  expect(readdirSync(notes)).toEqual(['lock']);
});

test('the folder that one works in is not replaced, which would be gone', async () => {
  const { place } = makePlace();
  const before = process.cwd();
  process.chdir(place);
  try {
    for (const path of ['.', place]) {
      await expect(checkPlace(path, true)).rejects.toThrow(`out ${path}: the working directory, which`);
    }
  } finally {
    process.chdir(before);
  }
});

test('a link that leads nowhere is refused before there is anything to place', async () => {
  const link = join(root, 'link');
  symlinkSync('nowhere', link);
  await expect(checkPlace(link, true)).rejects.toThrow(
    `${link}: it is a link to nowhere, which is not there`,
  );
});

test('an empty path is no place, though it would be the working directory', async () => {
  const before = readdirSync('.');
  await expect(checkPlace('', true)).rejects.toThrow('something is there that is no model');
  await expect(placeFolder('', async (made) => void mkdirSync(made))).rejects.toThrow('no model');
  expect(readdirSync('.')).toEqual(before);
});
