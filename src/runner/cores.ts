import os from 'node:os';
import { cpu } from 'systeminformation';

/**
 * How many physical cores this process may use: two threads of one core share its vector units, so that a second run on it would
 * gain little.
 */
export async function physicalCores(): Promise<number> {
  const { physicalCores } = await cpu();
  const available = os.availableParallelism();
  return physicalCores > 0 ? Math.min(physicalCores, available) : available;
}
