import { statfsSync } from 'node:fs';
import os from 'node:os';
import { loadAddon } from '../native.js';

/**
 * Locks an open file, without waiting. The lock goes with the descriptor, or with the process however that ends. File systems of networks
 * may keep none; so whoever asks for one goes on without where it cannot be had, and loses nothing where two have it.
 *
 * @param shared whether others may have it at the same time, who all say so
 * @returns true; false where another has it; the system's name of the reason where the file system does not lock
 * @throws UserError where the native addon is not built
 */
export function tryLock(descriptor: number, shared = false): boolean | string {
  const code = codeOf(loadAddon().tryLock(descriptor, shared));
  return code === 'EAGAIN' ? false : (code ?? true);
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
  if (code !== undefined) throw Object.assign(new Error(`${code}: rename`), { code, syscall: 'rename' });
}

/** The name of what went wrong in a call of the system; undefined where nothing did. */
function codeOf(errno: number): string | undefined {
  if (errno === 0) return undefined;
  // libuv has no name for some, as of ENOLCK, which `util.getSystemErrorName` goes by.
  return Object.entries(os.constants.errno).find(([, number]) => number === errno)?.[0] ?? `error ${errno}`;
}
