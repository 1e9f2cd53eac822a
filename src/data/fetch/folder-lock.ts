import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { tryLock } from '../../files/file-system.js';
import type { Patience } from './patience.js';

/** Milliseconds between two looks at a lock that another has. */
const INTERVAL = 500;

/**
 * Locks a data folder, so that one at a time writes files there, and waits while another does. The kernel frees the lock when the
 * process ends in whatever way; its empty file stays. Where the file system keeps no locks, there is none: a file
 * that two write at once has another checksum than it should, and is fetched anew.
 *
 * @param note is told once that another has it, or that none can be had
 * @returns frees the lock
 */
export async function lockFolder(
  folder: string,
  note: (text: string) => void,
  { wait }: Patience,
  signal?: AbortSignal,
): Promise<() => void> {
  const file = path.join(folder, '.fetch.lock');
  const descriptor = openSync(file, 'a');
  try {
    let locked = tryLock(descriptor);
    if (locked === false) note(`Another deepsad writes to ${folder}; waiting for it.`);
    while (locked === false) {
      await wait(INTERVAL, signal);
      locked = tryLock(descriptor);
    }
    if (locked !== true)
      note(`${file} cannot be locked (${locked}): fetch into ${folder} by one deepsad at a time.`);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return () => closeSync(descriptor);
}
