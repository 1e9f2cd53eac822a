import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Unwritable } from '../errors.js';
import { namesEndedProcess, PROCESS_NAME, processName } from '../process-name.js';
import { systemReason } from './read-file.js';

/** Only the whole name of a process is surely of nobody else: files of such names are removed. */
const UNFINISHED = new RegExp(`\\.deepsad-${PROCESS_NAME}$`);

/** Whether a file has the name that one has until all of it is written. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** A name for a file until all of it is written. */
export function unfinishedName(name: string): string {
  return `${name}.deepsad-${processName()}`;
}

/**
 * Writes a file whole or not at all: under another name beside it first, which takes its place once the content is on the disk. A link
 * stays one, and the file that it leads to is replaced.
 *
 * @param fsync false where it does not matter whether the content outlasts a power cut
 * @throws Unwritable, naming the file, where the system does not let it be written
 */
export async function writeFileAtomic(
  file: string,
  content: string | Uint8Array,
  { fsync = true }: { readonly fsync?: boolean } = {},
): Promise<void> {
  const place = await realpath(file).catch(() => file);
  const unfinished = unfinishedName(place);
  try {
    const mode = (await stat(place).catch(() => undefined))?.mode;
    const handle = await open(unfinished, 'wx', mode);
    try {
      // Goes on where the system takes a part alone, as it does of the last bytes that fit on a disk.
      await handle.writeFile(content);
      if (fsync) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw new Unwritable(`cannot write ${file}: ${systemReason(error) ?? (error as Error).message}`);
  }
}

/** Milliseconds after which no command that still runs has an unfinished file. */
const SURELY_LEFT = 3_600_000;

/**
 * Removes the files that commands which were killed left half written in a folder: those of processes of this machine that have ended, and
 * of others once they are an hour old. So others may write into the folder at the same time. What cannot be removed stays.
 */
export async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter(isUnfinished)) {
    const file = join(folder, name);
    const written = (await stat(file).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (namesEndedProcess(name) || Date.now() - written >= SURELY_LEFT)
      await rm(file, { force: true }).catch(() => {});
  }
}
