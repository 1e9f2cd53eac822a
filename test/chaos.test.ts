import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createNativeEngine } from '../src/engine/native/native-engine.js';
import { isUnfinished } from '../src/files/write-file.js';
import { readModel } from '../src/models/model-folder.js';
import { randomStream } from '../src/random.js';
import type { RunRecord } from '../src/results/record.js';
import { recordsIn } from '../src/results/results-folder.js';
import { childrenOf, deepsad, PATIENCE, start, writeParts } from './testing/program.js';

/** How many times the sweep is disturbed. */
const ROUNDS = Number(process.env.DEEPSAD_CHAOS ?? 3);
jest.setTimeout((2 + ROUNDS) * PATIENCE);

const root = mkdtempSync(join(tmpdir(), 'deepsad-chaos-'));
const results = join(root, 'results');
const table = join(root, 'parts.csv');
const config = join(root, 'chaos.yaml');
const random = randomStream(1, 'chaos');
const command = (out: string) => ['run', config, '--out', out, '--save-models', '--jobs', '2', '--no-cache'];

/** Whether the results lie on a disk of their own, which can be filled; a user who is not root cannot make one. */
let hasOwnDisk = false;
/** What an undisturbed sweep comes to, by the id of the run, and milliseconds that it takes. */
let undisturbed: ReadonlyMap<string, RunRecord>;
let duration: number;

beforeAll(async () => {
  writeParts(table);
  const quick = 'epochs: 20, pretrainEpochs: 20';
  writeFileSync(
    config,
    `name: chaos
dataset: { file: ${table}, normal: fine }
detectors: [kde, isolation-forest, { name: deep-sad, ${quick} }, { name: deep-svdd, ${quick} }]
seeds: [1, 2, 3, 4]
`,
  );
  const before = performance.now();
  const whole = join(root, 'undisturbed');
  expect(await deepsad(command(whole))).toMatchObject({ code: 0 });
  duration = performance.now() - before;
  undisturbed = recordsOf(whole);
  expect(undisturbed.size).toBe(16);
  mkdirSync(results);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', results], { stdio: 'ignore' });
    hasOwnDisk = true;
  } catch {
    // The disk is full for each file by itself then: see `startSweep`.
  }
});

afterAll(() => {
  if (hasOwnDisk) execFileSync('umount', [results]);
  rmSync(root, { recursive: true });
});

/** The records in a results folder by the id of their run, without what differs each time. */
function recordsOf(out: string): Map<string, RunRecord> {
  return new Map([...recordsIn(out)].map(([id, record]) => [id, { ...record, seconds: {} }]));
}

function doneIn(out: string): RunRecord[] {
  return [...recordsOf(out).values()].filter(({ status }) => status === 'done');
}

const BALLAST = join(results, 'ballast');

/** Leaves so many bytes of the disk. */
function fillDisk(left: number): void {
  const { bavail, bsize } = statfsSync(results);
  writeFileSync(BALLAST, Buffer.alloc(Math.max(0, bavail * bsize - left)));
}

/** Starts the sweep, whose files may have so many blocks of 1024 bytes each. */
const startSweep = (blocks?: number) => start(command(results), {}, { blocks });

type Program = ReturnType<typeof startSweep>;
const ended = ({ exitCode, signalCode }: Program) => exitCode !== null || signalCode !== null;

/** What may happen to a sweep: at a moment from its start to its usual end, drawn before. */
const DISASTERS: Readonly<Record<string, (program: Program) => void>> = {
  'the program is killed': (program) => {
    program.kill('SIGKILL');
  },
  'a worker is killed': (program) => {
    const workers = childrenOf(Number(program.pid));
    if (workers.length > 0) process.kill(workers[random.integer(workers.length)], 'SIGKILL');
  },
  'the disk is full': () => {
    if (hasOwnDisk) fillDisk(random.integer(20_000));
  },
};

/** Runs the sweep with a disaster on its way; what it said. */
async function disturb(disaster: string): Promise<string> {
  const moment = random.uniform(0, 1) * duration;
  const program = startSweep(disaster === 'the disk is full' && !hasOwnDisk ? random.integer(64) : undefined);
  let said = '';
  program.stderr.on('data', (data) => {
    said += data;
  });
  const closed = once(program, 'close');
  await Promise.race([closed, setTimeout(moment)]);
  if (!ended(program)) DISASTERS[disaster](program);
  await closed;
  rmSync(BALLAST, { force: true });
  return said;
}

// Linux alone tells which workers a process has.
const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux(`nothing is lost in ${ROUNDS} rounds of kills and full disks`, async () => {
  let done = new Map<string, RunRecord>();
  for (let round = 0; round < ROUNDS; round++) {
    const disasters = Object.keys(DISASTERS);
    const disaster = disasters[round % disasters.length];
    const said = await disturb(disaster);
    const now = doneIn(results);
    const place = `round ${round}: ${disaster}\n${said}`;
    try {
      // Whatever was done stays, as it would have been without.
      for (const id of done.keys()) expect(now.map((record) => record.id)).toContain(id);
      for (const record of now) expect(record).toEqual(undisturbed.get(record.id));
      // A run that was said to be finished is on the disk.
      const finished = said.match(/^\[\d+\/\d+\] .*: AUROC/gm)?.length ?? 0;
      expect(now.length).toBeGreaterThanOrEqual(finished);
      expect(said).not.toMatch(/defect of deepsad|\n {4}at /);
    } catch (error) {
      throw new Error(`${place}\n${(error as Error).message}`);
    }
    done = new Map(now.map((record) => [record.id, record]));
    // As many rounds as there are find something to do.
    if (done.size === undisturbed.size) {
      rmSync(join(results, 'chaos'), { recursive: true });
      done.clear();
    }
  }

  expect(await deepsad([...command(results), '--retry-failed'])).toMatchObject({ code: 0 });
  expect(recordsOf(results)).toEqual(undisturbed);
  const names = readdirSync(results, { recursive: true, encoding: 'utf8' });
  expect(names.filter(isUnfinished)).toEqual([]);
  const engine = createNativeEngine();
  for (const id of undisturbed.keys()) {
    const folder = join(results, 'chaos', 'models', id);
    await readModel(folder, engine);
    expect(readFileSync(join(folder, 'scores.csv'), 'utf8')).toBe(
      readFileSync(join(root, 'undisturbed', 'chaos', 'models', id, 'scores.csv'), 'utf8'),
    );
  }
});
