import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  openSync,
  readFile,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { UserError } from '../errors.js';
import { gigabytes } from '../messages/gigabytes.js';
import { foundIn } from './foreign-bytes.js';
import { nearPath } from './near-path.js';

/*
 * Every file that a user names is opened for reading here: a regular file, of a size that was checked, so that none waits for ever or
 * has no end, and whatever the system says of one is a message with its name.
 */

/** What the codes of the system mean to whoever named the file. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file or folder'],
  ['ENOTDIR', 'a file is in the place of a folder on the way to it'],
  ['EISDIR', 'it is a folder'],
  ['ELOOP', 'its links lead in a circle'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file system takes no file that large'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['EMFILE', 'too many files are open; raise the limit (ulimit -n)'],
  ['ENFILE', 'too many files are open on this machine'],
  ['EIO', 'its disk does not answer (input/output error)'],
  ['ENXIO', 'nothing answers there'],
  ['EEXIST', 'something is in its place'],
  ['ENOTEMPTY', 'something is in its place'],
  ['ERR_INVALID_ARG_VALUE', 'its name holds a null character'],
]);

/** What the system says of a file, in plain words; undefined for an error of another kind. */
export function systemReason(error: unknown): string | undefined {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || (syscall === undefined && !REASONS.has(code))) return undefined;
  return REASONS.get(code) ?? message;
}

/**
 * Does something with a file.
 *
 * @throws UserError, naming the file, where the system refuses it
 */
export function named<T>(path: string, action: () => T): T {
  const refuse = (error: unknown): never => {
    const reason = systemReason(error);
    throw reason === undefined ? error : new UserError(`${path}: ${reason}`);
  };
  try {
    const result = action();
    return result instanceof Promise ? (result.catch(refuse) as T) : result;
  } catch (error) {
    return refuse(error);
  }
}

/** What may be at a path. */
export type Found = 'nothing' | 'a file' | 'a folder' | 'a pipe' | 'a device' | 'a socket';

/**
 * What is at a path, or where its link leads.
 *
 * @throws UserError where that cannot be told, or the link leads nowhere
 */
export function whatIs(path: string): Found {
  return named(path, () => {
    try {
      return kindOf(statSync(path));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      if (!lstatSync(path).isSymbolicLink()) return 'nothing';
    } catch (error) {
      if (!isMissing(error)) throw error;
      return 'nothing';
    }
    throw new UserError(`${path}: it is a link to ${readlinkSync(path)}, which is not there`);
  });
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function kindOf(stats: Stats): Found {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** What a file is expected to be, for messages. */
export interface Expected {
  /** Such as `a CSV file`. */
  readonly what: string;
  /** How to mend that it is missing. */
  readonly ifMissing?: string;
  /** What to do, besides writing a file, where it is a pipe. */
  readonly ifPipe?: string | undefined;
  /** The most bytes it may have, where it is read whole. */
  readonly most?: number;
  /** What to do where it has more. */
  readonly ifLarger?: string;
}

/** The most bytes that are read whole. */
const MOST = 2 ** 31 - 1;

/** Opens a regular file for reading, of at most so many bytes. */
function openFile(
  path: string,
  { what, ifMissing, ifPipe, ifLarger, most = Number.POSITIVE_INFINITY }: Expected,
): number {
  const found = whatIs(path);
  if (found === 'nothing') {
    const near = nearPath(path);
    const remedy = near === undefined ? ifMissing : `did you mean ${near}?`;
    throw new UserError([`${path}: no such file`, remedy].filter(Boolean).join('; '));
  }
  if (found !== 'a file') {
    const remedies = [ifPipe, 'write what comes through it into a file'].filter(Boolean);
    const remedy = found === 'a pipe' ? `; ${remedies.join(', or ')}` : '';
    throw new UserError(`${path}: expected ${what}, found ${found}${remedy}`);
  }
  return named(path, () => {
    // A pipe that takes the file's place now would wait for its writer.
    const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const { size } = fstatSync(descriptor);
    if (size <= most) return descriptor;
    closeSync(descriptor);
    const refusal = `${path}: expected ${what} of at most ${bytesInWords(most)}, found ${bytesInWords(size)}`;
    throw new UserError([refusal, ifLarger].filter(Boolean).join('; '));
  });
}

function bytesInWords(count: number): string {
  return count < 1e9 ? `${count} bytes` : gigabytes(count);
}

/**
 * Reads a regular file whole.
 *
 * @throws UserError where it is missing, is none, is larger than `expected.most` (2 GiB), or cannot be read
 */
export async function readBytes(path: string, expected: Expected): Promise<Uint8Array> {
  const descriptor = openFile(path, { most: MOST, ...expected });
  return named(path, () => promisify(readFile)(descriptor).finally(() => closeSync(descriptor)));
}

/** Reads a regular file whole at once, as `readBytes` does. */
export function readBytesSync(path: string, expected: Expected): Buffer {
  const descriptor = openFile(path, { most: MOST, ...expected });
  try {
    return named(path, () => readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a regular file of UTF-8 text whole.
 *
 * @throws UserError as `readBytes` does, or where it is no UTF-8
 */
export function readText(path: string, expected: Expected): string {
  const bytes = readBytesSync(path, expected);
  const refuse = (found: string) =>
    new UserError(`${path}: expected ${expected.what} in UTF-8, found ${found}`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse(foundIn(bytes) ?? 'other bytes');
  }
  if (text.includes('\0')) throw refuse(foundIn(bytes) ?? 'a null character');
  return text;
}

/**
 * Reads a regular file of any size piece by piece.
 *
 * @throws UserError where it is missing, is none, or cannot be read
 */
export async function* readPieces(path: string, expected: Expected): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(path, { fd: openFile(path, expected) });
  try {
    yield* stream;
  } catch (error) {
    named(path, () => {
      throw error;
    });
  }
}
