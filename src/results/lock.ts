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
 * @throws UserError where another process has it, or the file cannot be written
 */
export function lock(file: string, shared = false): () => void {
  const descriptor = writing(file, () => openSync(file, 'a+'));
  if (!tryLock(descriptor, { shared })) {
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

function writing<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Unwritable(`cannot write ${file}: ${systemReason(error) ?? (error as Error).message}`);
  }
}
