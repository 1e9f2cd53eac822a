import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { tryLock } from '../../files/file-system.js';
import type { Patience } from './patience.js';

/** Milliseconds between two looks at a lock that another has. */
const INTERVAL = 500;

/**
 * Locks a data folder, so that one at a time writes files there, and waits while another does. The kernel frees the lock when the
 * process ends in whatever way; its empty file stays.
 *
 * @param onWait is told once that another has it
 * @returns frees the lock
 */
export async function lockFolder(
  folder: string,
  onWait: () => void,
  { wait }: Patience,
  signal?: AbortSignal,
): Promise<() => void> {
  const descriptor = openSync(path.join(folder, '.fetch.lock'), 'a');
  try {
    for (let looks = 0; !tryLock(descriptor); looks++) {
      if (looks === 0) onWait();
      await wait(INTERVAL, signal);
    }
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return () => closeSync(descriptor);
}
