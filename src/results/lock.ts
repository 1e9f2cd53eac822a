import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { tryLock } from 'fs-native-extensions';
import { Unwritable, UserError } from '../errors.js';
import { systemReason } from '../read-file.js';

/**
 * Locks a file, which is created where it is missing and stays. The kernel keeps the lock and frees it when this process ends in
 * whatever way, so that none is ever left behind.
 *
 * @param shared whether others may share it, who all say so
 * @returns frees the lock
 * @throws UserError where another process has it, the file cannot be written, or its file system does not lock, as network ones may not
 */
export function lock(file: string, shared = false): () => void {
  const descriptor = writing(file, () => openSync(file, 'a+'));
  if (!locking(file, descriptor, shared)) {
    const holder = readFileSync(file, 'utf8');
    closeSync(descriptor);
    throw new UserError(
      `another deepsad${holder && ` (process ${holder})`} is writing these results (${file} is locked); wait for it to end, or ` +
        'write to another folder',
    );
  }
  try {
    writing(file, () => {
      ftruncateSync(descriptor);
      if (!shared) writeSync(descriptor, String(process.pid));
    });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return () => closeSync(descriptor);
}

/** Locks an open file; false where another process has it. */
function locking(file: string, descriptor: number, shared: boolean): boolean {
  try {
    return tryLock(descriptor, { shared });
  } catch (error) {
    closeSync(descriptor);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Unwritable(
      `cannot lock ${file}: its file system keeps no locks, or not now (${code ?? message}); write to a folder of another one, such as a local disk`,
    );
  }
}

function writing<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Unwritable(`cannot write ${file}: ${systemReason(error) ?? (error as Error).message}`);
  }
}
