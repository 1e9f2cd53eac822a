import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namesEndedProcess } from '../process-name.js';

/*
 * Who executes which bundle of a plan: claims/<index> is a folder, since a network file system makes one for one process alone as well
 * as it can, and a file in it is named like who made it. Where two have a bundle all the same, its runs are executed twice, which harms nothing.
 */

/**
 * Claims a bundle.
 *
 * @param name who claims it: the same for a process that takes the place of one that was ended
 * @returns whether nobody else has it
 */
export async function claim(folder: string, index: number, name: string): Promise<boolean> {
  const place = claimFolder(folder, index);
  try {
    await mkdir(place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holders: string[] = await readdir(place).catch(() => []);
    if (!holders.includes(name) && !holders.some(namesEndedProcess)) return false;
    for (const holder of holders) await rm(join(place, holder), { force: true });
  }
  await writeFile(join(place, name), '');
  return true;
}

/** Lets others claim a bundle again. */
export async function release(folder: string, index: number): Promise<void> {
  await rm(claimFolder(folder, index), { recursive: true, force: true });
}

/** Who has a bundle; undefined where nobody does. */
export async function claimantOf(folder: string, index: number): Promise<string | undefined> {
  const [holder]: string[] = await readdir(claimFolder(folder, index)).catch(() => []);
  return holder;
}

/** How many bundles of a plan have been claimed. */
export async function claimedBundles(folder: string): Promise<number> {
  return (await readdir(join(folder, 'claims')).catch(() => [])).length;
}

function claimFolder(folder: string, index: number): string {
  return join(folder, 'claims', String(index));
}
