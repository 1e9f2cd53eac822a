import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { readText } from '../read-file.js';
import { writeFileAtomic } from '../write-file.js';

/** What is said of the records of an experiment in a file beside them; undefined where there is no such file. */
export function saidIn(directory: string, name: string): string | undefined {
  const file = join(directory, name);
  return existsSync(file) ? readText(file, { what: 'a file of results' }) : undefined;
}

/**
 * Writes a file that says something of the records in a folder, which exists.
 *
 * @param keeps whether records are there that the former content alone is true of: it stays then, under a name with its checksum
 * @throws UserError where it cannot be written
 */
export async function writeKeeping(
  directory: string,
  name: string,
  content: string,
  keeps: boolean,
): Promise<void> {
  const before = saidIn(directory, name);
  if (keeps && before !== undefined && before !== content) await keep(directory, name, before);
  await writeFileAtomic(join(directory, name), content);
  await rm(join(directory, keptName(name, content)), { force: true });
}

/** Writes what such a file says beside it, under a name with its checksum. */
export function keep(directory: string, name: string, content: string): Promise<void> {
  return writeFileAtomic(join(directory, keptName(name, content)), content);
}

/** Removes all that was kept of such a file, as where it is true of no record any more. */
export async function forgetKept(directory: string, name: string): Promise<void> {
  const found = (await readdir(directory)).filter((each) => isKept(each, name));
  await Promise.all(found.map((each) => rm(join(directory, each), { force: true })));
}

const CHECKSUM = /^-[0-9a-f]{8}$/;

/** Whether a file has the name of what was kept of another one. */
export function isKept(file: string, name: string): boolean {
  const [own, kept] = [parse(name), parse(file)];
  return (
    kept.ext === own.ext && kept.name.startsWith(own.name) && CHECKSUM.test(kept.name.slice(own.name.length))
  );
}

function keptName(name: string, content: string): string {
  const { name: stem, ext } = parse(name);
  return `${stem}-${createHash('sha256').update(content).digest('hex').slice(0, 8)}${ext}`;
}
