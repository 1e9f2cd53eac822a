import { hash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { readText } from '../files/read-file.js';
import { writeFileAtomic } from '../files/write-file.js';

/** The resolved config of an experiment, beside its records. */
export const CONFIG_FILE = 'config.yaml';

/** Files that say something of records: where a folder has records that the latest is not true of, former ones lie beside it. */
export type KeptFile = typeof CONFIG_FILE | `environment${string}.json`;

/** What such a file says; undefined where there is none. */
export function saidIn(directory: string, name: KeptFile): string | undefined {
  const file = join(directory, name);
  return existsSync(file) ? readText(file, { what: 'a file of results' }) : undefined;
}

/**
 * Writes such a file into a folder, which exists.
 *
 * @param keeps whether records are there that the former content alone is true of, so that it stays beside the new one
 * @throws UserError where it cannot be written
 */
export async function writeKeeping(
  directory: string,
  name: KeptFile,
  content: string,
  keeps: boolean,
): Promise<void> {
  const before = saidIn(directory, name);
  if (keeps && before !== undefined && before !== content) await writeBeside(directory, name, before);
  await writeFileAtomic(join(directory, name), content);
  await rm(join(directory, keptName(name, content)), { force: true });
}

/** Writes a content beside that of such a file, under a name with its checksum. */
export function writeBeside(directory: string, name: KeptFile, content: string): Promise<void> {
  return writeFileAtomic(join(directory, keptName(name, content)), content);
}

/** What lies beside such a file under names with checksums, in their order. */
export function keptBeside(directory: string, name: KeptFile): string[] {
  const { name: stem, ext } = parse(name);
  const kept = new RegExp(`^${stem}-[0-9a-f]{8}\\${ext}$`);
  const found = readdirSync(directory).filter((file) => kept.test(file));
  return found.sort().map((file) => join(directory, file));
}

/** Removes what lies beside such a file, as where it is true of no record any more. */
export async function forgetKept(directory: string, name: KeptFile): Promise<void> {
  await Promise.all(keptBeside(directory, name).map((file) => rm(file, { force: true })));
}

function keptName(name: KeptFile, content: string): string {
  const { name: stem, ext } = parse(name);
  return `${stem}-${hash('sha256', content).slice(0, 8)}${ext}`;
}
