import { UserError } from '../../errors.js';
import type { Gpu } from './gpu.js';

/** The GPU has no memory for what a run wants of it. */
export class MemoryRefused extends UserError {
  /** @param reason the GPU's own words */
  constructor(reason: string) {
    const [first] = reason.trim().split('\n');
    super(
      `the GPU has no memory left for this run (${first}); give runs less of it (DEEPSAD_GPU_MEMORY), or execute fewer at a time`,
    );
  }
}

/**
 * Makes what takes memory of the GPU, at once. What Dawn makes of memory that is refused is invalid, as is whatever is made of that; kept apart
 * here, both are the fault of this alone, and the GPU and all that it holds are as good as before.
 *
 * @throws MemoryRefused where the GPU refuses it, and nothing of it is left
 */
export async function allocate<T extends { destroy(): void }>({ device }: Gpu, make: () => T): Promise<T> {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  const made = make();
  const [refused, invalid] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  if (!refused && !invalid) return made;
  made.destroy();
  if (refused) throw new MemoryRefused(refused.message);
  throw new Error(invalid?.message);
}
