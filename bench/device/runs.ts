/**
 * `runs.ts CONFIG`: a config's runs on the GPU by the command line, as a user would, with an empty cache; and a sample of them on the CPU.
 * Prints a line of JSON each: the seconds, and how far the AUROCs of the two are apart.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../src/package.js';

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const scratch = mkdtempSync(join(tmpdir(), 'runs-'));
const changed = (...changes: string[]) => changes.flatMap((change) => ['--set', change]);
/** Of the runs, which the GPU executes and which the CPU too: where it is to be quick one, of few steps of large batches. */
const quick = changed(
  'detectors=[{name: deep-sad, pretrain: false, epochs: 1, batchSize: 2048}]',
  'normalClass=[0]',
  'seeds=[1]',
);
const [onGpu, onCpu] = values.quick ? [quick, quick] : [[], changed('normalClass=[0]', 'seeds=[1, 2]')];
const CONFIG = positionals[0];

interface Done {
  readonly id: string;
  readonly seed: number;
  readonly normalClasses?: unknown;
  readonly auroc: number;
  readonly status: string;
}

async function run(name: string, options: readonly string[]): Promise<{ seconds: number; records: Done[] }> {
  const start = performance.now();
  const command = [join(PACKAGE_ROOT, 'bin', 'deepsad.js'), 'run', CONFIG, '--no-cache', '--quiet'];
  await promisify(execFile)(process.execPath, [...command, '--out', join(scratch, name), ...options], {
    env: { ...process.env, DEEPSAD_CACHE: join(scratch, 'cache') },
    maxBuffer: 1 << 26,
  });
  const seconds = (performance.now() - start) / 1000;
  const lines = readFileSync(join(scratch, name, 'whole-runs', 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return { seconds, records: lines.map((line) => JSON.parse(line)) };
}

const gpu = await run('gpu', ['--device', 'webgpu', ...onGpu]);
const done = gpu.records.filter(({ status }) => status === 'done');
const mean = done.reduce((sum, { auroc }) => sum + auroc, 0) / done.length;
console.log(
  JSON.stringify({
    what: 'whole runs by the command line, webgpu',
    runs: gpu.records.length,
    done: done.length,
    seconds: gpu.seconds,
    'runs an hour': (3600 * gpu.records.length) / gpu.seconds,
    'mean AUROC': mean,
  }),
);
const cpu = await run('cpu', onCpu);
for (const native of cpu.records) {
  const { id: _, ...rest } = native;
  const same = done.find((record) => record.seed === rest.seed && sameRun(record, native));
  console.log(
    JSON.stringify({
      what: 'AUROC, native and webgpu',
      seed: rest.seed,
      native: rest.auroc,
      webgpu: same?.auroc,
    }),
  );
}
console.log(
  JSON.stringify({
    what: 'whole runs by the command line, native',
    runs: cpu.records.length,
    seconds: cpu.seconds,
  }),
);

/** Whether two records are of one run but for the engine. */
function sameRun(a: object, b: object): boolean {
  const key = (record: object) =>
    JSON.stringify(
      Object.entries(record)
        .filter(([name]) => /class/i.test(name))
        .sort(),
    );
  return key(a) === key(b);
}
