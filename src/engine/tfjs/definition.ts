import { memoize } from 'es-toolkit/function/memoize';
import { gigabytes } from '../../messages/gigabytes.js';
import type { EngineDefinition } from '../definition.js';
import { NEEDS, type TfjsDevice } from './needs.js';

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
  return adapter === undefined ? {} : { adapter, memory: gigabytes(1e6 * Number(megabytes)) };
}

const GPU = /Created device \S+ with (\d+) MB memory: +-> device: \d+, name: ([^,]+),/;
