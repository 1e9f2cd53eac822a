import { statfsSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { loadAddon } from '../native.js';

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

/** The numbers that Linux has for file systems of one machine alone: ext, XFS, Btrfs, ZFS, F2FS, tmpfs and what containers lay over these. */
const LOCAL: readonly number[] = [
  0xef53, 0x58465342, 0x9123683e, 0x2fc12fc1, 0xf2f52010, 0x01021994, 0x794c7630,
];

/** Whether a file is surely of a file system of this machine alone, where a lock keeps all others out. */
export function isLocal(file: string): boolean {
  return process.platform === 'linux' && LOCAL.includes(statfsSync(file).type);
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
