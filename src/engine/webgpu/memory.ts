import { UserError } from '../../errors.js';
import type { Gpu } from './gpu.js';

/** What is known of a GPU's memory, in bytes. */
export interface GpuMemory {
  /** Undefined where the system does not tell. */
  readonly total: number | undefined;
  /** What runs may take. */
  readonly budget: number;
}

/** The share of a GPU's memory that runs may take, and what they may where its size is not known. */
const SHARE = 0.6;
const UNKNOWN = 1.5e9;
/** What the budget is for: lanes of training, those of evaluation, for which no run waits that has one of training, and the samples of both. */
export const SHARES = { training: 0.6, evaluation: 0.2, samples: 0.2 } as const;
/** Sets the budget, in gigabytes. */
const VARIABLE = 'DEEPSAD_GPU_MEMORY';

/**
 * The bytes that runs may take by the environment variable DEEPSAD_GPU_MEMORY, in gigabytes; undefined where it is not set or empty.
 *
 * @throws UserError where it is no positive number
 */
export function givenMemory(): number | undefined {
  const given = process.env[VARIABLE];
  if (!given) return undefined;
  const gigabytes = Number(given);
  if (!(gigabytes > 0))
    throw new UserError(`${VARIABLE}: ${given} is no number of gigabytes; give one such as 4`);
  return 1e9 * gigabytes;
}

/**
 * How much memory runs may take: what the environment says, else a share of the GPU's, whose size WebGPU does not tell and the system is
 * asked for.
 *
 * @throws UserError as `givenMemory` does
 */
export async function memoryOf({ software }: Pick<Gpu, 'software'>): Promise<GpuMemory> {
  const budget = givenMemory();
  if (budget !== undefined) return { total: undefined, budget };
  if (software) return { total: undefined, budget: UNKNOWN };
  const { default: system } = await import('systeminformation');
  const sizes = (await system.graphics()).controllers.map(
    ({ memoryTotal, vram }) => memoryTotal ?? vram ?? 0,
  );
  const total = Math.max(0, ...sizes) * 2 ** 20;
  return total > 0 ? { total, budget: SHARE * total } : { total: undefined, budget: UNKNOWN };
}
