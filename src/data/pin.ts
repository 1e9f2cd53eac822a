import path from 'node:path';
import { UserError } from '../errors.js';
import { readText, whatIs } from '../files/read-file.js';
import { writeFileAtomic } from '../files/write-file.js';

/*
 * The checksum of a file whose source publishes none is pinned when it is first fetched: a file FILE.sha256 beside it, in the
 * data folder, as `sha256sum` writes it and `sha256sum --check` reads it.
 */

/** A line of a checksum and a name is no longer. */
const MOST_BYTES = 2 ** 13;

/** The file that pins another. */
export function pinOf(file: string): string {
  return `${file}.sha256`;
}

/**
 * The sha256 that a file had when it was first fetched, hexadecimal; undefined where none is pinned.
 *
 * @throws UserError where the pin cannot be read
 */
export function readPin(file: string): string | undefined {
  const pin = pinOf(file);
  if (whatIs(pin) === 'nothing') return undefined;
  const line = readText(pin, { what: 'a pinned checksum', most: MOST_BYTES });
  const [, sha256] = /^([0-9a-f]{64})\s/.exec(line) ?? [];
  if (sha256 === undefined) {
    throw new UserError(`${pin}: expected a sha256 of 64 hexadecimal digits; remove the file to pin it anew`);
  }
  return sha256;
}

/** Pins the sha256 of a file. */
export async function writePin(file: string, sha256: string): Promise<void> {
  await writeFileAtomic(pinOf(file), `${sha256}  ${path.basename(file)}\n`);
}
