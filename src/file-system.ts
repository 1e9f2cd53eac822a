import { getSystemErrorName } from 'node:util';
import { loadAddon } from './native.js';

/**
 * Locks an open file, without waiting. The lock goes with the descriptor, or with the process however that ends.
 *
 * @param shared whether others may have it at the same time, who all say so
 * @returns false where another has it
 * @throws Error with the system's `code` where the file system does not lock; UserError where the native addon is not built
 */
export function tryLock(descriptor: number, shared = false): boolean {
  const code = codeOf(loadAddon().tryLock(descriptor, shared));
  if (code === 'EAGAIN') return false;
  if (code !== undefined) throw failure(code, 'lock');
  return true;
}

/**
 * Exchanges two paths of one file system, at once.
 *
 * @throws Error with the system's `code` where it cannot; UserError where the native addon is not built
 */
export function swap(from: string, to: string): void {
  const code = codeOf(loadAddon().swap(from, to));
  if (code !== undefined) throw failure(code, 'rename');
}

/** The name of what went wrong in a call of the system; undefined where nothing did. */
function codeOf(errno: number): string | undefined {
  return errno === 0 ? undefined : getSystemErrorName(-errno);
}

function failure(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}
