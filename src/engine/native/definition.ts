import os from 'node:os';
import { UserError } from '../../errors.js';
import { gigabytes } from '../../messages/gigabytes.js';
import type { EngineDefinition } from '../definition.js';

/** The C++ kernels. */
export const native: EngineDefinition<'cpu'> = {
  devices: ['cpu'],
  gpus: [],
  together: false,
  async probe() {
    const { loadKernels } = await import('./kernels.js');
    try {
      const { instructionSet } = loadKernels();
      // A container may have less than its machine; without a limit, Node says 0 or more than there is.
      const bytes = Math.min(os.totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
      const details = { memory: gigabytes(bytes) };
      return { available: true, adapter: instructionSet, software: false, details };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { available: false, reason: error.message };
    }
  },
  async open() {
    const { nativeEngine } = await import('./native-engine.js');
    return nativeEngine();
  },
};
