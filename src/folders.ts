import { existsSync, mkdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UserError } from './errors.js';

/**
 * Makes a folder and those that it lies in, where they are missing; others may do so at the same time.
 *
 * @param remedy what the user can do where that is not possible
 * @throws UserError where it cannot be made, or a file is in its place
 */
export function makeFolder(directory: string, remedy: string): void {
  // One level at a time: Node's recursive mkdir never returns where a file system refuses a folder as if its parent were missing,
  // as /proc does.
  try {
    for (const missing of missingFolders(resolve(directory))) {
      try {
        mkdirSync(missing);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    if (!statSync(directory).isDirectory()) throw new Error('a file is in its place');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOTDIR' ? 'a file is in the place of a folder that it lies in' : message;
    throw new UserError(`cannot create the folder ${directory}: ${reason}; ${remedy}`);
  }
}

/** The folders that are missing on the way to this one, the outermost first. */
function missingFolders(directory: string): string[] {
  const parent = dirname(directory);
  if (parent === directory || existsSync(directory)) return [];
  return [...missingFolders(parent), directory];
}

/** Whether there is such a folder. */
export async function isFolder(directory: string): Promise<boolean> {
  const found = await stat(directory).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
