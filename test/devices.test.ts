import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Probe } from '../src/engine/device.js';
import { installedVersion, PACKAGE_ROOT } from '../src/package.js';
import { randomStream } from '../src/random.js';
import type { RunRecord } from '../src/results/record.js';
import { deepsad, PATIENCE } from './testing/program.js';

let directory: string;
let config: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'devices-'));
  config = join(directory, 'parts.json');
  writeParts();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes a table whose anomalies are hard to tell from the normal rows, and a config of networks small enough for plain JavaScript. */
function writeParts(): void {
  const random = randomStream(2, 'parts');
  const rows = Array.from({ length: 150 }, (_, i) => {
    const shift = i % 10 === 0 ? 0.35 : 0;
    return [
      ...Array.from({ length: 4 }, () => random.uniform(0, 1) + shift),
      shift > 0 ? 'broken' : 'fine',
    ].join();
  });
  writeFileSync(join(directory, 'parts.csv'), `a,b,c,d,state\n${rows.join('\n')}\n`);
  const network = { hiddenSizes: [8, 4], representationSize: 2, batchSize: 32 };
  const experiment = {
    name: 'parts',
    dataset: { file: join(directory, 'parts.csv'), label: 'state', normal: 'fine' },
    labeledAnomalyRatio: 0.05,
    detectors: [
      { name: 'deep-sad', ...network, epochs: 12, pretrainEpochs: 8 },
      { name: 'deep-svdd', ...network, objective: 'soft-boundary', epochs: 12, pretrainEpochs: 8 },
      { name: 'autoencoder', ...network, epochs: 8 },
      { name: 'kde-hybrid', ...network, pretrainEpochs: 8 },
      'kde',
    ],
  };
  writeFileSync(config, JSON.stringify(experiment));
}

const run = (device: string, out: string) =>
  deepsad(['run', config, '--out', join(directory, out), '--device', device, '--no-cache', '--quiet']);

function recordsIn(out: string): RunRecord[] {
  const lines = readFileSync(join(directory, out, 'parts', 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as RunRecord);
}

test(
  'a whole run has the same AUROC on TensorFlow.js as natively, and a record of its own',
  async () => {
    expect(await run('cpu', 'both')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('tfjs-cpu', 'both')).toMatchObject({ code: 0, stderr: '' });
    const records = recordsIn('both');
    const of = (engine: string) => records.filter((record) => record.engine === engine);
    // KDE on the raw table knows no engine, so it was not repeated.
    expect(of('native').map(({ detector }) => detector.name)).toHaveLength(5);
    const trained = 'tfjs-cpu, plain JavaScript';
    expect(Object.fromEntries(of('tfjs').map(({ detector, device }) => [detector.name, device]))).toEqual({
      'deep-sad': trained,
      'deep-svdd': trained,
      autoencoder: trained,
      // Its encoder's representations, and their densities, are computed on the CPU.
      'kde-hybrid': expect.stringMatching(`^${trained}; \\w+$`),
    });
    for (const record of of('tfjs')) {
      const native = of('native').find(({ detector }) => detector.name === record.detector.name);
      if (record.status !== 'done' || native?.status !== 'done') throw new Error('a run failed');
      expect(native.auroc).toBeLessThan(1);
      expect(Math.abs(record.auroc - native.auroc)).toBeLessThan(0.002);
    }
    const environment = readFileSync(join(directory, 'both', 'parts', 'environment.json'), 'utf8');
    expect(JSON.parse(environment).packages['@tensorflow/tfjs']).toBe(installedVersion('@tensorflow/tfjs'));
  },
  3 * PATIENCE,
);

/** The Vulkan driver that computes on the CPU, as Debian's chromium brings it together with a loader. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const withoutDriver = existsSync(SWIFTSHADER) ? [] : [SWIFTSHADER];

/** Loses the GPU of a process in the middle of its training, if it is that of three lanes, or of a fit. */
const LOSS = `
  const [,, ...args] = process.argv;
  if (args.join() === 'webgpu,3' || args[0] === 'fit') {
    const { globals } = await import(${JSON.stringify(pathToFileURL(join(PACKAGE_ROOT, 'node_modules', 'webgpu', 'index.js')))});
    const device = globals.GPUDevice.prototype;
    const { createCommandEncoder } = device;
    let left = args[0] === 'fit' ? 8 : 40;
    device.createCommandEncoder = function (...args) {
      if (--left === 0) this.destroy();
      return createCommandEncoder.apply(this, args);
    };
  }
`;

const inSoftware = { VK_ICD_FILENAMES: SWIFTSHADER, LD_LIBRARY_PATH: dirname(SWIFTSHADER) };

/** The environment of a process that loses it. */
function losing(): NodeJS.ProcessEnv {
  const module = join(directory, 'loss.mjs');
  writeFileSync(module, LOSS);
  return { ...inSoftware, NODE_OPTIONS: `--import ${pathToFileURL(module)}` };
}

(withoutDriver.length === 0 ? test : test.skip)(
  'a GPU that is lost amid a fit is no defect, and what to do is said',
  async () => {
    const out = join(directory, 'lost-model');
    const options = ['epochs=5', 'pretrain=false', 'batchSize=32'].flatMap((option) => ['--set', option]);
    const args = ['fit', join(directory, 'parts.csv'), '--drop', 'state', '--out', out, ...options];
    const { code, stderr } = await deepsad([...args, '--device', 'webgpu'], undefined, losing());
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^the GPU failed: .*; try again, or take another --device$/,
    );
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  },
  2 * PATIENCE,
);

(withoutDriver.length === 0 ? test : test.skip)(
  `whole runs on lanes of a GPU have the same bits however many go on, resumed, and though it is lost, and natively the same AUROC${withoutDriver.map((file) => `, which needs ${file}`)}`,
  async () => {
    const onLanes = (jobs: number, out: string, variables: NodeJS.ProcessEnv = {}) => {
      const options = ['--device', 'webgpu', '--jobs', String(jobs), '--no-cache'];
      const environment = { ...inSoftware, ...variables };
      return deepsad(['run', config, '--out', join(directory, out), ...options], undefined, environment);
    };
    for (const jobs of [1, 5]) expect(await onLanes(jobs, `lanes-${jobs}`)).toMatchObject({ code: 0 });
    const { code, stderr } = await onLanes(3, 'lost', losing());
    expect(code).toBe(0);
    expect(stderr.match(/^the GPU failed: .*; its runs are tried once more, 1 at a time$/gm)).toHaveLength(1);
    // As if it had been stopped after a hybrid, whose group then has to train its autoencoder again.
    const hybrid = recordsIn('lanes-5').filter(({ detector }) => detector.name === 'kde-hybrid');
    mkdirSync(join(directory, 'resumed', 'parts'), { recursive: true });
    writeFileSync(
      join(directory, 'resumed', 'parts', 'runs.jsonl'),
      hybrid.map((record) => `${JSON.stringify(record)}\n`).join(''),
    );
    expect(await onLanes(2, 'resumed')).toMatchObject({ code: 0 });
    expect(await run('cpu', 'native')).toMatchObject({ code: 0 });
    const aurocs = (out: string) =>
      new Map(
        recordsIn(out).map((record) => {
          if (record.status !== 'done') throw new Error(`${record.detector.name}: ${record.reason}`);
          return [record.detector.name, record.auroc] as const;
        }),
      );
    const [alone, native] = [aurocs('lanes-1'), aurocs('native')];
    for (const out of ['lanes-5', 'lost', 'resumed']) expect(aurocs(out)).toEqual(alone);
    for (const [detector, auroc] of native) {
      expect(Math.abs((alone.get(detector) as number) - auroc)).toBeLessThan(0.002);
    }
    const computers = new Map(
      recordsIn('lanes-5').map(({ detector, engine, device }) => [detector.name, `${engine}: ${device}`]),
    );
    const [{ device: instructionSet }] = recordsIn('native');
    expect(computers.get('kde')).toBe(`native: ${instructionSet}`);
    expect(computers.get('deep-sad')).toMatch(/^webgpu: webgpu, .*swiftshader.*driver[^;]*$/i);
    expect(computers.get('kde-hybrid')).toBe(`${computers.get('deep-sad')}; ${instructionSet}`);
  },
  8 * PATIENCE,
);

/** Executes a sweep of experiments that differ in their name and device alone. Prints what happened, and what records of it there are. */
const SWEEP = `
  import { executeSweep, loadConfig, planExperiments, planSweep } from 'deepsad';
  const [config, directory, jobs, ...devices] = process.argv.slice(1);
  const plans = [];
  for (const device of devices) plans.push(...(await planExperiments([loadConfig(config, ['name=' + device])], device)));
  const events = [];
  const signal = new AbortController().signal;
  const on = ({ type, device }) => { if (type !== 'progress') events.push(type + ' on ' + device); };
  const options = { directory, jobs: Number(jobs), retryFailed: false, saveModels: false, signal, on };
  const records = [...(await executeSweep(planSweep(plans), options)).values()];
  const outcomes = records.map(({ id, engine, device, status, auroc }) => [id, { engine, device, status, auroc }]);
  console.log(JSON.stringify({ events, outcomes }));
`;

interface Swept {
  readonly events: readonly string[];
  readonly outcomes: readonly [string, Partial<RunRecord>][];
}

function sweep(out: string, jobs: number, ...devices: readonly string[]): Promise<Swept> {
  const args = [
    '--input-type=module',
    '--eval',
    SWEEP,
    config,
    join(directory, out),
    String(jobs),
    ...devices,
  ];
  const env = { ...process.env, ...inSoftware };
  return promisify(execFile)(process.execPath, args, { cwd: PACKAGE_ROOT, env }).then(({ stdout }) =>
    JSON.parse(stdout),
  );
}

test.each(['tfjs-cpu', ...(withoutDriver.length === 0 ? ['webgpu'] : [])])(
  'experiments on the CPU and on %s are at work at once in one sweep, and come to what each does alone',
  async (other) => {
    const both = await sweep(`both-${other}`, 2, 'cpu', other);
    const first = both.events.slice(
      0,
      both.events.findIndex((event) => event.startsWith('finished')),
    );
    expect(first).toContain('started on cpu');
    expect(first).toContain(`started on ${other}`);
    const alone = new Map<string, Partial<RunRecord>>();
    for (const device of [other, 'cpu']) {
      const { outcomes } = await sweep(`alone-${device}-${other}`, 1, device);
      for (const [id, outcome] of outcomes) alone.set(id, outcome);
    }
    expect(new Map(both.outcomes)).toEqual(alone);
    const engines = both.outcomes.map(([, { engine }]) => engine);
    // KDE on the raw table is the same run in both experiments.
    expect(engines.filter((engine) => engine === 'native')).toHaveLength(5);
    expect(engines).toHaveLength(9);
    expect([...alone.values()].map(({ status }) => status)).toEqual(new Array(9).fill('done'));
  },
  6 * PATIENCE,
);

test('a fit of what the native engine alone computes says so where another device is asked for', async () => {
  const data = join(directory, 'fitted.csv');
  writeFileSync(data, `a,b\n${Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 11}`).join('\n')}\n`);
  const args = ['fit', data, '--detector', 'vae', '--set', 'epochs=1', '--out', join(directory, 'fitted')];
  const { code, stderr } = await deepsad([...args, '--device', 'tfjs-cpu']);
  expect(stderr).toContain('vae: computed on the CPU, by the native engine\n');
  expect(code).toBe(0);
});

(withoutDriver.length === 0 ? test : test.skip)(
  'a dry run says how many go on at a time on each device',
  async () => {
    const args = ['sweep', config, '--dry-run', '--out', join(directory, 'dry'), '--device', 'webgpu'];
    const { stdout } = await deepsad([...args, '--jobs', '2'], undefined, inSoftware);
    expect(stdout).toMatch(/^Expected time, at a time 2 on webgpu and [12] on cpu: /m);
  },
  2 * PATIENCE,
);

async function listed(): Promise<{ automatic: string; devices: Probe[] }> {
  const { code, stdout, stderr } = await deepsad(['devices', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test(
  'devices says what can be used and what to install for the rest',
  async () => {
    const { devices } = await listed();
    const of = Object.fromEntries(devices.map((device) => [device.name, device]));
    expect(Object.keys(of)).toEqual(['cpu', 'webgpu', 'cuda', 'tensorflow', 'tfjs-cpu']);
    expect(of.cpu).toMatchObject({ available: true, engine: 'native' });
    expect(of['tfjs-cpu']).toMatchObject({ available: true, engine: 'tfjs' });
    for (const device of devices) {
      if (!device.available) expect(device.remedy).toMatch(/needs/);
    }
    const { stdout } = await deepsad(['devices']);
    for (const { name } of devices) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'));
  },
  2 * PATIENCE,
);

test('devices shows the memory and the cores that runs may use, not those of the machine', async () => {
  const limited = {
    SLURM_CPUS_PER_TASK: '1',
    NODE_OPTIONS: '--import=data:text/javascript,process.constrainedMemory=()=%3E5e8',
  };
  const { stdout } = await deepsad(['devices'], undefined, limited);
  expect(stdout).toMatch(/^cpu .*\(memory 0\.5 GB, cores 1\)$/m);
});

test('variables that are empty count as not set', async () => {
  const empty = {
    DEEPSAD_CACHE: '',
    DEEPSAD_DATA: '',
    DEEPSAD_GPU_MEMORY: '',
    DEEPSAD_INSTRUCTION_SET: '',
  };
  expect(await deepsad(['devices'], undefined, empty)).toEqual(await deepsad(['devices']));
});

/** Puts a package in the place of one that cannot be installed everywhere. */
function standIn(name: string, source: string): string {
  const folder = mkdtempSync(join(directory, 'packages-'));
  const own = join(folder, ...name.split('/'));
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name, version: '4.22.0', main: 'index.js' }));
  writeFileSync(join(own, 'index.js'), source);
  return folder;
}

/** Does something while Node looks for packages in these folders too. */
async function withPackages<T>(folders: readonly string[], work: () => Promise<T>): Promise<T> {
  process.env.NODE_PATH = folders.join(delimiter);
  try {
    return await work();
  } finally {
    delete process.env.NODE_PATH;
  }
}

const CUDA = '@tensorflow/tfjs-node-gpu';
/** These replace a package that a machine with a GPU has. */
const withoutCuda = installedVersion(CUDA) === undefined ? test : test.skip;

/** tfjs-node-gpu as far as opening it goes, on this line of log. */
const tfjsNodeGpu = (isUsingGpuDevice: boolean, log: string) => `
  console.error(${JSON.stringify(log)});
  const backend = { isUsingGpuDevice: ${isUsingGpuDevice}, binding: { TF_Version: '2.9.1' } };
  if (require('util').isNullOrUndefined(null) !== true) throw new Error('no');
  module.exports = {
    enableProdMode() {}, setBackend: async () => true, backend: () => backend,
    ones() {}, matMul: () => ({ data: async () => {} }),
  };
`;

withoutCuda(
  'a device that is not installed is refused with what to install',
  async () => {
    const { code, stdout, stderr } = await run('cuda', 'none');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^--device cuda: @tensorflow\/tfjs-node-gpu is not installed; npm install @tensorflow\/tfjs-node-gpu@\^4/,
    );
    expect(stderr.trim().split('\n')).toHaveLength(1);
  },
  PATIENCE,
);

withoutCuda(
  'a GPU package that falls back to the CPU is refused with what it lacks',
  async () => {
    const log =
      "W tsl/dso_loader.cc:64] Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open shared object file";
    const packages = [standIn(CUDA, tfjsNodeGpu(false, log))];
    const { code, stderr } = await withPackages(packages, () => run('cuda', 'none'));
    expect(code).toBe(2);
    expect(stderr).toMatch('TensorFlow found no GPU that it can use and fell back to the CPU');
    expect(stderr).toMatch("Could not load dynamic library 'libcudnn.so.8'; it needs an NVIDIA GPU");
  },
  PATIENCE,
);

withoutCuda(
  'a GPU is listed by the name that its library prints',
  async () => {
    const log =
      'I tensorflow/core/common_runtime/gpu/gpu_device.cc:1532] Created device /job:localhost/replica:0/task:0/device:GPU:0 with 14249 MB memory:  -> device: 0, name: Tesla T4, pci bus id: 0000:00:1e.0, compute capability: 7.5';
    const { devices } = await withPackages([standIn(CUDA, tfjsNodeGpu(true, log))], listed);
    expect(devices.find(({ name }) => name === 'cuda')).toMatchObject({
      available: true,
      adapter: 'Tesla T4',
      details: { memory: '14.2 GB', libtensorflow: '2.9.1', [CUDA]: '4.22.0' },
    });
  },
  PATIENCE,
);

withoutCuda(
  'a library that ends the process is a missing device',
  async () => {
    const { code, stderr } = await withPackages([standIn(CUDA, 'process.abort();')], () =>
      run('cuda', 'none'),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch('--device cuda: its libraries ended the process (SIGABRT)');
  },
  PATIENCE,
);

withoutCuda(
  'what Node 23 dropped is there for tfjs-node',
  async () => {
    const preload = join(directory, 'node-23.cjs');
    writeFileSync(preload, "delete require('util').isNullOrUndefined;");
    process.env.NODE_OPTIONS = `--require ${preload}`;
    try {
      const { devices } = await withPackages([standIn(CUDA, tfjsNodeGpu(true, ''))], listed);
      expect(devices.find(({ name }) => name === 'cuda')).toMatchObject({ available: true });
    } finally {
      delete process.env.NODE_OPTIONS;
    }
  },
  PATIENCE,
);
