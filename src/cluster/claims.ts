import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnfinished, unfinishedName } from '../files/write-file.js';
import { namesEndedProcess } from '../process-name.js';

/*
 * Who executes which bundle of a plan: claims/<index> is a folder with a file in it that is named like who made it. It is there with its file
 * or not at all, however a worker ends: it is made under another name, and a system lets it take the place of nothing or of an empty one
 * alone. Where two have a bundle all the same, its runs are executed twice, which harms nothing.
 */

/**
 * Claims a bundle.
 *
 * @param name who claims it: the same for a process that takes the place of one that was ended
 * @returns whether nobody else has it
 */
export async function claim(folder: string, index: number, name: string): Promise<boolean> {
  const place = claimFolder(folder, index);
  const holder = await claimantOf(folder, index);
  if (holder === name) return true;
  if (holder !== undefined) {
    if (!namesEndedProcess(holder)) return false;
    await rm(join(place, holder), { force: true });
  }
  const prepared = unfinishedName(place);
  try {
    await mkdir(prepared);
    await writeFile(join(prepared, name), '');
    await rename(prepared, place);
    return true;
  } catch (error) {
    await rm(prepared, { recursive: true, force: true });
    // Another was faster.
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Lets others claim a bundle again. */
export async function release(folder: string, index: number): Promise<void> {
  const place = claimFolder(folder, index);
  const removed = unfinishedName(place);
  // Emptied in its place, it could be another's by the time that it is removed.
  await rename(place, removed).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rm(removed, { recursive: true, force: true });
}

/** Who has a bundle; undefined where nobody does. */
export async function claimantOf(folder: string, index: number): Promise<string | undefined> {
  const [holder]: string[] = await readdir(claimFolder(folder, index)).catch(() => []);
  return holder;
}

/** Whether nobody executes a bundle, as far as can be seen here. */
export async function isFree(folder: string, index: number): Promise<boolean> {
  const holder = await claimantOf(folder, index);
  return holder === undefined || namesEndedProcess(holder);
}

/** How many bundles of a plan have been claimed. */
export async function claimedBundles(folder: string): Promise<number> {
  return (await readdir(join(folder, 'claims')).catch(() => [])).filter((name) => !isUnfinished(name)).length;
}

function claimFolder(folder: string, index: number): string {
  return join(folder, 'claims', String(index));
}
