import { graphics } from 'systeminformation';
import { UserError } from '../../errors.js';
import type { Gpu } from './gpu.js';

/** What is known of a GPU's memory, in bytes. */
export interface GpuMemory {
  /** Undefined where the system does not tell. */
  readonly total: number | undefined;
  /** What lanes may take. */
  readonly budget: number;
}

/** The share of a GPU's memory that lanes may take, and what they may where its size is not known. */
const SHARE = 0.6;
const UNKNOWN = 1.5e9;
/** Sets the budget, in gigabytes. */
const VARIABLE = 'DEEPSAD_GPU_MEMORY';

/**
 * How much memory lanes may take: what the environment variable DEEPSAD_GPU_MEMORY says in gigabytes, else a share of the GPU's, whose size
 * WebGPU does not tell and the system is asked for.
 *
 * @throws UserError where the variable is no positive number
 */
export async function memoryOf({ software }: Pick<Gpu, 'software'>): Promise<GpuMemory> {
  const given = process.env[VARIABLE];
  if (given !== undefined) {
    const gigabytes = Number(given);
    if (!(gigabytes > 0))
      throw new UserError(`${VARIABLE}: ${given} is no number of gigabytes; give one such as 4`);
    return { total: undefined, budget: 1e9 * gigabytes };
  }
  if (software) return { total: undefined, budget: UNKNOWN };
  const sizes = (await graphics()).controllers.map(({ memoryTotal, vram }) => memoryTotal ?? vram ?? 0);
  const total = Math.max(0, ...sizes) * 2 ** 20;
  return total > 0 ? { total, budget: SHARE * total } : { total: undefined, budget: UNKNOWN };
}
