import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { memoize } from 'es-toolkit/function/memoize';
import { UserError } from '../errors.js';
import { installedVersion, PACKAGE_ROOT, PEER_DEPENDENCIES } from '../package.js';
import { type Device, type DeviceName, ENGINES, type TfjsDevice } from './device.js';
import type { EngineName } from './engine.js';
import { gpuInLog, problemsInLog } from './tfjs/logs.js';
import type { Answer } from './tfjs/opening.js';

/** What a device turned out to be. */
export type Probe = FoundDevice | MissingDevice;

/** A device that can be used. */
export interface FoundDevice {
  readonly available: true;
  readonly name: DeviceName;
  readonly engine: EngineName;
  /** The instruction set, the adapter of a GPU, or the library. */
  readonly adapter: string;
  /** Whether it is a program that stands in for a GPU. */
  readonly software: boolean;
  /** Memory and versions, by what they are of. */
  readonly details: Readonly<Record<string, string>>;
}

/** A device that cannot be used. */
export interface MissingDevice {
  readonly available: false;
  readonly name: DeviceName;
  readonly engine: EngineName;
  readonly reason: string;
  /** What to install; absent where the reason says it. */
  readonly remedy?: string;
}

/** What a device needs: npm packages, and what npm does not bring. */
interface Needs {
  readonly packages: readonly string[];
  readonly beyond: string;
}

const NEEDS: Readonly<Record<TfjsDevice, Needs>> = {
  cuda: {
    packages: ['@tensorflow/tfjs-node-gpu'],
    beyond: 'an NVIDIA GPU with its driver, CUDA 11.2 and cuDNN 8.1, their libraries on LD_LIBRARY_PATH',
  },
  webgpu: {
    packages: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgpu', 'webgpu'],
    beyond:
      "a GPU with its maker's driver; on Linux one for Vulkan, and the Vulkan loader (apt-get install libvulkan1)",
  },
  tensorflow: {
    packages: ['@tensorflow/tfjs-node'],
    beyond: 'libtensorflow, which its install script downloads from storage.googleapis.com',
  },
  'tfjs-cpu': { packages: ['@tensorflow/tfjs'], beyond: 'nothing else' },
};

/**
 * The device to compute on. For `auto` a GPU by CUDA, else one by WebGPU, else the CPU; a program that stands in for a GPU is used
 * only where it is asked for.
 *
 * @throws UserError where a device that was asked for is missing, saying what to install
 */
export async function findDevice(device: Device): Promise<FoundDevice> {
  if (device === 'auto' && mayHaveGpu()) {
    for (const gpu of ['cuda', 'webgpu'] as const) {
      const probe = await probeDevice(gpu);
      if (probe.available && !probe.software) return probe;
    }
  }
  const probe = await probeDevice(device === 'auto' ? 'cpu' : device);
  if (probe.available) return probe;
  throw new UserError(`--device ${probe.name}: ${explain(probe)}`);
}

/** Why a device cannot be used, and what to install. */
export function explain({ reason, remedy }: MissingDevice): string {
  return remedy === undefined ? reason : `${reason}; ${remedy}`;
}

/** Files by which Linux gives programs a GPU: those of most drivers, NVIDIA's and Windows' own for its guests. */
const GPU_FILES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** Whether it is worth looking for a GPU, which takes a second where packages for one are installed. */
function mayHaveGpu(): boolean {
  return os.platform() !== 'linux' || GPU_FILES.some((file) => existsSync(file));
}

/** Finds out whether a device can be used, once a process. What libraries print on the way there is not shown. */
export const probeDevice = memoize(
  (name: DeviceName): Promise<Probe> => (name === 'cpu' ? probeNative() : probeTfjs(name)),
);

async function probeNative(): Promise<Probe> {
  const { loadKernels } = await import('./native/kernels.js');
  const common = { name: 'cpu', engine: ENGINES.cpu } as const;
  try {
    const { instructionSet } = loadKernels();
    const details = { memory: gigabytes(os.totalmem()), cores: String(os.availableParallelism()) };
    return { available: true, ...common, adapter: instructionSet, software: false, details };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { available: false, ...common, reason: error.message };
  }
}

async function probeTfjs(name: TfjsDevice): Promise<Probe> {
  const { packages, beyond } = NEEDS[name];
  const common = { name, engine: ENGINES[name] };
  const missing = packages.filter((each) => installedVersion(each) === undefined);
  if (missing.length > 0) {
    const reason = `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not installed`;
    const wanted = missing.map((each) => `${each}@${PEER_DEPENDENCIES[each]}`).join(' ');
    return { available: false, ...common, reason, remedy: `npm install ${wanted}; it needs ${beyond}` };
  }
  const { answer, log } = await open(name);
  if ('problem' in answer) {
    const reason = [answer.problem, ...problemsInLog(log)].join('; ');
    return { available: false, ...common, reason, remedy: `it needs ${beyond}` };
  }
  const versions = packages.map((each) => [each, installedVersion(each) ?? '']);
  const { adapter, memory } = gpuInLog(log);
  return {
    available: true,
    ...common,
    adapter: adapter ?? answer.adapter,
    software: answer.software,
    details: { ...answer.details, ...(memory && { memory }), ...Object.fromEntries(versions) },
  };
}

/** The compiled program. */
const PROGRAM = join(PACKAGE_ROOT, 'dist', 'engine', 'tfjs', 'opening.js');

/** Milliseconds that opening a backend may take. */
const PATIENCE = 60_000;

/**
 * Opens a device's backend in a process of its own: libraries print what is wrong instead of telling it, may end the process, and
 * keep a GPU's memory once they are loaded.
 */
async function open(name: TfjsDevice): Promise<{ answer: Answer; log: string }> {
  const child = fork(PROGRAM, [name], {
    execArgv: [],
    // The level at which TensorFlow names its GPU.
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: PATIENCE,
  });
  let [log, answer]: [string, Answer | undefined] = ['', undefined];
  child.stderr?.on('data', (data) => {
    log += data;
  });
  child.on('message', (message: Answer) => {
    answer = message;
  });
  const [code, signal] = await once(child, 'close');
  return {
    log,
    answer: answer ?? { problem: `its libraries ended the process (${signal ?? `exit code ${code}`})` },
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
