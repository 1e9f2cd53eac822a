import { memoize } from 'es-toolkit/function/memoize';
import type { EngineDefinition } from '../definition.js';
import type { TfjsDevice } from './backends.js';

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
  tensorflow: {
    packages: ['@tensorflow/tfjs-node'],
    beyond: 'libtensorflow, which its install script downloads from storage.googleapis.com',
  },
  'tfjs-cpu': { packages: ['@tensorflow/tfjs'], beyond: 'nothing else' },
};

/** TensorFlow.js. */
export const tfjs: EngineDefinition<TfjsDevice> = {
  devices: Object.keys(NEEDS) as TfjsDevice[],
  gpus: ['cuda'],
  together: false,
  async probe(device) {
    const { probeApart } = await import('../probe-apart.js');
    const [finding, log] = await probeApart({
      program: 'open-tfjs.js',
      device,
      ...NEEDS[device],
      // The level at which TensorFlow names its GPU.
      env: { TF_CPP_MIN_LOG_LEVEL: '0' },
    });
    if (!finding.available) return finding;
    const { adapter = finding.adapter, ...memory } = gpuInLog(log);
    return { ...finding, adapter, details: { ...memory, ...finding.details } };
  },
  async open(device) {
    const { createTfjsEngine } = await import('./tfjs-engine.js');
    return createTfjsEngine(await openOnce(device));
  },
};

/** Engines of a process share its one backend. */
const openOnce = memoize(async (device: TfjsDevice) => {
  const { openBackend } = await import('./backends.js');
  return openBackend(device);
});

/** The GPU that TensorFlow says it computes with, which it tells in no other way; nothing where it names none. */
function gpuInLog(log: string): { readonly adapter?: string; readonly memory?: string } {
  const [, megabytes, adapter] = GPU.exec(log) ?? [];
  return adapter === undefined ? {} : { adapter, memory: `${(Number(megabytes) / 1000).toFixed(1)} GB` };
}

const GPU = /Created device \S+ with (\d+) MB memory: +-> device: \d+, name: ([^,]+),/;
