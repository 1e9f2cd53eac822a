import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pack } from 'tar-stream';
import { loadAddon } from '../../native.js';
import { digest } from '../checksum.js';
import type { LocatedDataset, LocatedFile } from '../data-folder.js';
import type { DataFile, DatasetDescriptor } from '../descriptor.js';
import { FetchFailed } from './failures.js';
import { type FetchOptions, fetchDataset } from './fetch.js';
import { npzTable } from './testing/npz.js';
import { impatience } from './testing/patience.js';
import {
  type Behaviour,
  ranged,
  stalled,
  startServer,
  status,
  type TestServer,
  truncated,
  whole,
} from './testing/server.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-fetch-'));
// The test server is reached directly, whatever proxies this machine has.
for (const name of ['NO_PROXY', 'no_proxy']) process.env[name] = '*';
afterAll(() => rmSync(root, { recursive: true }));

let server: TestServer;
let folder: string;
beforeEach(async () => {
  server = await startServer();
  folder = path.join(mkdtempSync(path.join(root, 'in-')), 'data');
});
afterEach(() => server.close());

/** A data set of .npz tables in the folder, fetched from the test server. */
function located(training: readonly DataFile[], changes: Partial<DatasetDescriptor> = {}): LocatedDataset {
  const descriptor: DatasetDescriptor = {
    title: 'Parts',
    source: 'https://example.org',
    groups: ['adbench'],
    format: 'npz',
    shape: [3],
    samples: 8,
    anomalies: 2,
    classes: ['normal', 'anomaly'],
    training: [...training],
    defaults: { network: 'mlp', hiddenSizes: [4], representationSize: 2 },
    ...changes,
  };
  const files = training.map((file): LocatedFile => ({ ...file, file: path.join(folder, file.path) }));
  return { name: 'parts', descriptor, folder, training: files, test: [], mend: 'get it again' };
}

/** A table at path `parts.npz` of the server and of the folder. */
function table(
  bytes: Uint8Array,
  known: Partial<DataFile> = {},
  behaviour: Behaviour = ranged(bytes),
): DataFile {
  return { path: 'tables/parts.npz', urls: [server.route('/parts.npz', behaviour)], ...known };
}

function checksums(bytes: Uint8Array): Partial<DataFile> {
  return { bytes: bytes.length, sha256: digest('sha256', [bytes]) };
}

interface Outcome {
  readonly fetched?: readonly string[];
  readonly error?: Error;
  readonly notes: readonly string[];
}

async function fetchNow(dataset: LocatedDataset, options: Partial<FetchOptions> = {}): Promise<Outcome> {
  const notes: string[] = [];
  const on: FetchOptions['on'] = (event) => {
    options.on?.(event);
    if (event.type === 'note') notes.push(event.text);
    else server.reached(event.received);
  };
  try {
    const { patience } = impatience();
    return { fetched: await fetchDataset(dataset, { patience, ...options, on }), notes };
  } catch (error) {
    return { error: error as Error, notes };
  }
}

const filesIn = (where: string) =>
  readdirSync(where, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(path.join(where, file)).isFile(),
  );
const target = () => path.join(folder, 'tables/parts.npz');

describe('a file with a published checksum', () => {
  test('is fetched once, and leaves nothing else', async () => {
    const bytes = await npzTable(8, 3, 2);
    const dataset = located([table(bytes, checksums(bytes))]);
    expect(await fetchNow(dataset)).toEqual({ fetched: ['tables/parts.npz'], notes: [] });
    expect(new Uint8Array(readFileSync(target()))).toEqual(bytes);
    expect(filesIn(folder).sort()).toEqual(['.fetch.lock', 'tables/parts.npz']);
    expect(await fetchNow(dataset)).toEqual({ fetched: [], notes: [] });
    expect(server.received).toHaveLength(1);
  });

  test('is fetched again where it is damaged, and stays where that fails', async () => {
    const bytes = await npzTable(8, 3, 2);
    const dataset = located([table(bytes, checksums(bytes), status(404))]);
    mkdirSync(path.dirname(target()), { recursive: true });
    writeFileSync(target(), 'damaged');
    const failed = await fetchNow(dataset);
    expect(failed.error?.message).toMatch(/parts.npz: HTTP status 404$/);
    expect(readFileSync(target(), 'utf8')).toBe('damaged');

    server.route('/parts.npz', ranged(bytes));
    const { fetched, notes } = await fetchNow(dataset);
    expect(fetched).toEqual(['tables/parts.npz']);
    expect(notes).toEqual([
      `${target()} is damaged (expected ${bytes.length} bytes, found 7) and is fetched again.`,
    ]);
    expect(new Uint8Array(readFileSync(target()))).toEqual(bytes);
  });

  test('does not appear while it is not whole, nor where it is another', async () => {
    const bytes = await npzTable(8, 3, 2);
    const cut = located([table(bytes, checksums(bytes), truncated(bytes, 100))]);
    expect((await fetchNow(cut)).error).toBeInstanceOf(FetchFailed);
    expect(filesIn(folder)).toContain('tables/parts.npz.part');
    expect(existsSync(target())).toBe(false);
    const other = located([table(bytes, checksums(bytes), whole(bytes.map((byte) => byte ^ 1)))]);
    expect((await fetchNow(other)).error?.message).toMatch(/expected sha256 /);
    expect(existsSync(target())).toBe(false);
  });

  test('is gone on with after an interruption', async () => {
    const bytes = await npzTable(8, 3, 2);
    const controller = new AbortController();
    const interrupted = await fetchNow(located([table(bytes, checksums(bytes), stalled(bytes, 100))]), {
      signal: controller.signal,
      on: (event) => event.type === 'progress' && event.received === 100 && controller.abort('SIGINT'),
    });
    expect(interrupted.error).toBeDefined();
    expect(interrupted.error).not.toBeInstanceOf(FetchFailed);
    expect(existsSync(target())).toBe(false);
    const again = await fetchNow(located([table(bytes, checksums(bytes))]));
    expect(again.fetched).toEqual(['tables/parts.npz']);
    expect(server.received.at(-1)?.range).toBe('bytes=100-');
  });

  test('is fetched where the file system keeps no locks, which is said', async () => {
    const bytes = await npzTable(8, 3, 2);
    const dataset = located([table(bytes, checksums(bytes))]);
    const locking = jest.spyOn(loadAddon(), 'tryLock').mockReturnValue(constants.errno.ENOLCK);
    const outcome = await fetchNow(dataset);
    locking.mockRestore();
    expect(outcome).toEqual({
      fetched: ['tables/parts.npz'],
      notes: [
        `${folder}/.fetch.lock cannot be locked (ENOLCK): fetch into ${folder} by one deepsad at a time.`,
      ],
    });
  });

  test('is fetched by one of two at a time', async () => {
    const bytes = await npzTable(8, 3, 2);
    const dataset = located([table(bytes, checksums(bytes))]);
    let waits = 0;
    let second: Promise<Outcome> | undefined;
    const { patience } = impatience({
      async wait() {
        waits++;
        await first;
      },
    });
    const first = fetchNow(dataset, {
      on() {
        second ??= fetchNow(dataset, { patience });
      },
    });
    const outcomes = [await first, await second];
    expect(outcomes.map((outcome) => outcome?.fetched)).toEqual([['tables/parts.npz'], []]);
    expect(server.received).toHaveLength(1);
    expect(waits).toBe(1);
    expect(outcomes[1]?.notes).toEqual([`Another deepsad writes to ${folder}; waiting for it.`]);
  });
});

describe('a file without a published checksum', () => {
  const pin = () => readFileSync(`${target()}.sha256`, 'utf8');

  test('is pinned when it is first fetched, and must be the same ever after', async () => {
    const bytes = await npzTable(8, 3, 2);
    const sha256 = digest('sha256', [bytes]);
    const { fetched, notes } = await fetchNow(located([table(bytes)]));
    expect(fetched).toEqual(['tables/parts.npz']);
    expect(notes).toEqual([
      `tables/parts.npz: no checksum is published; pinned as it is now, sha256 ${sha256}, in ${target()}.sha256.`,
    ]);
    expect(pin()).toBe(`${sha256}  parts.npz\n`);
    expect(await fetchNow(located([table(bytes)]))).toEqual({ fetched: [], notes: [] });

    writeFileSync(target(), 'damaged');
    const other = await npzTable(8, 3, 1);
    const { error } = await fetchNow(located([table(other)]));
    expect(error?.message).toContain(
      `expected sha256 ${sha256}, found ${digest('sha256', [other])} (pinned in ${target()}.sha256; remove `,
    );
    expect(readFileSync(target(), 'utf8')).toBe('damaged');
    expect((await fetchNow(located([table(bytes)]))).fetched).toEqual(['tables/parts.npz']);
    expect(new Uint8Array(readFileSync(target()))).toEqual(bytes);
    expect(pin()).toBe(`${sha256}  parts.npz\n`);
  });

  test('is not taken where it is none of its format, and another address is asked', async () => {
    const page = Buffer.from('<html>Sign in to the network</html>');
    const { error } = await fetchNow(located([table(page)]));
    expect(error).toBeInstanceOf(FetchFailed);
    expect(error?.message).toMatch(/^http.*\/parts.npz: http.*\/parts.npz, byte 0: not a whole .npz/);
    expect(filesIn(folder)).toEqual(['.fetch.lock']);

    const bytes = await npzTable(8, 3, 2);
    const { urls = [], ...file } = table(page);
    const mirrored = { ...file, urls: [...urls, server.route('/mirror', ranged(bytes))] };
    expect((await fetchNow(located([mirrored]))).fetched).toEqual(['tables/parts.npz']);
  });

  test('is taken where its size is not as its source says, which is said', async () => {
    const bytes = await npzTable(9, 4, 3);
    const { fetched, notes } = await fetchNow(located([table(bytes)]));
    expect(fetched).toEqual(['tables/parts.npz']);
    expect(notes[1]).toBe(
      'tables/parts.npz: its source says 8 samples of 3, 2 anomalies, but it has 9 samples of 4, 3 anomalies',
    );
  });

  test('is pinned where it is already there', async () => {
    const bytes = await npzTable(8, 3, 2);
    mkdirSync(path.dirname(target()), { recursive: true });
    writeFileSync(target(), bytes);
    const { fetched, notes } = await fetchNow(located([table(bytes, {}, status(404))]));
    expect(fetched).toEqual([]);
    expect(notes).toHaveLength(1);
    expect(pin()).toContain(digest('sha256', [bytes]));
    expect(server.received).toEqual([]);
  });

  test('is fetched where what is there is of another size', async () => {
    const bytes = await npzTable(8, 3, 2);
    mkdirSync(path.dirname(target()), { recursive: true });
    writeFileSync(target(), await npzTable(8, 3, 1));
    const { fetched, notes } = await fetchNow(located([table(bytes)]));
    expect(fetched).toEqual(['tables/parts.npz']);
    expect(notes[0]).toContain('is damaged (its source says 8 samples of 3, 2 anomalies, but it has');
    expect(pin()).toContain(digest('sha256', [bytes]));
  });

  test('is fetched where what is there is none of its format', async () => {
    const bytes = await npzTable(8, 3, 2);
    mkdirSync(path.dirname(target()), { recursive: true });
    writeFileSync(target(), bytes.subarray(0, 50));
    const { fetched, notes } = await fetchNow(located([table(bytes)]));
    expect(fetched).toEqual(['tables/parts.npz']);
    expect(notes[0]).toMatch(
      /is damaged \(.*parts.npz, byte 0: not a whole .npz .*\) and is fetched again.$/,
    );
  });
});

describe('an archive', () => {
  const names = ['set/a.npz', 'set/b.npz'];

  async function archived(contents: readonly Uint8Array[], changes: Partial<DataFile> = {}) {
    const tar = pack();
    for (const [index, content] of contents.entries())
      tar.entry({ name: names[index] }, Buffer.from(content));
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const bytes = gzipSync(Buffer.concat(chunks));
    const archive = { urls: [server.route('/set.tar.gz', ranged(bytes))], ...checksums(bytes) };
    const files = contents.map((content, index) => ({
      path: names[index],
      ...checksums(content),
      ...changes,
    }));
    return located(files, { archive });
  }

  test('is fetched, taken apart and removed', async () => {
    const contents = [await npzTable(8, 3, 2), await npzTable(8, 3, 1)];
    const { fetched, notes } = await fetchNow(await archived(contents));
    expect({ fetched, notes }).toEqual({ fetched: names, notes: [] });
    expect(filesIn(folder).sort()).toEqual(['.fetch.lock', ...names]);
    expect(new Uint8Array(readFileSync(path.join(folder, names[1])))).toEqual(contents[1]);
  });

  test('gives only the files that are missing or damaged', async () => {
    const dataset = await archived([await npzTable(8, 3, 2), await npzTable(8, 3, 1)]);
    await fetchNow(dataset);
    const before = statSync(path.join(folder, names[0])).mtimeMs;
    rmSync(path.join(folder, names[1]));
    expect((await fetchNow(dataset)).fetched).toEqual([names[1]]);
    expect(statSync(path.join(folder, names[0])).mtimeMs).toBe(before);
    expect(filesIn(folder).sort()).toEqual(['.fetch.lock', ...names]);
  });

  test('gives no file at all where one in it is wrong', async () => {
    const contents = [await npzTable(8, 3, 2), await npzTable(8, 3, 1)];
    const { error } = await fetchNow(await archived(contents, { sha256: digest('sha256', [contents[0]]) }));
    expect(error).toBeInstanceOf(FetchFailed);
    expect(error?.message).toMatch(/^set\/b.npz in http.*\/set.tar.gz: expected /);
    expect(names.some((name) => existsSync(path.join(folder, name)))).toBe(false);
  });
});

test('a folder that cannot be written is a failure that names it', async () => {
  const bytes = await npzTable(8, 3, 2);
  writeFileSync(folder, 'a file where the folder should be');
  const { error } = await fetchNow(located([table(bytes, checksums(bytes))]));
  expect(error).toBeInstanceOf(FetchFailed);
  expect(error?.message).toContain(folder);
});
