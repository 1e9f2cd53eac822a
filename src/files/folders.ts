import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Unwritable, UserError } from '../errors.js';
import { nearPath } from './near-path.js';
import { named, systemReason, whatIs } from './read-file.js';
import { unfinishedName } from './write-file.js';

/**
 * Makes a folder and those that it lies in, where they are missing; others may do so at the same time.
 *
 * @throws Unwritable where it cannot be made, or a file is in its place
 */
export function makeFolder(directory: string): void {
  // One level at a time: Node's recursive mkdir never returns where a file system refuses a folder as if its parent were missing,
  // as /proc does.
  attempt('cannot create', directory, (place) => {
    for (const missing of missingFolders(place)) {
      try {
        mkdirSync(missing);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    if (whatIs(place) !== 'a folder') throw new UserError('a file is in its place');
  });
}

/**
 * Checks before long work that a folder can be made, or written in where it is there; leaves nothing.
 *
 * @throws Unwritable where it cannot be written
 */
export function tryFolder(directory: string): void {
  attempt(WRITING, directory, (place) => {
    const trial = join(whereToWrite(place), unfinishedName('trial'));
    try {
      writeFileSync(trial, 'deepsad');
    } finally {
      rmSync(trial, { force: true });
    }
  });
}

/**
 * Checks that no file is in the place of a folder of results, or on the way to it; the folder itself need neither be there nor be
 * writable.
 *
 * @throws Unwritable where one is
 */
export function expectPlace(directory: string): void {
  attempt(WRITING, directory, whereToWrite);
}

const WRITING = 'cannot write into';

/** The folder itself, or the innermost one on the way to it that is there. */
function whereToWrite(place: string): string {
  const [missing] = missingFolders(place);
  const there = missing === undefined ? place : dirname(missing);
  if (whatIs(there) === 'a folder') return there;
  throw new UserError(
    there === place ? 'a file is in its place' : 'a file is in the place of a folder on the way to it',
  );
}

/** Does something with a folder, given its whole path; whatever is refused of it names it once. */
function attempt(failure: string, directory: string, action: (place: string) => void): void {
  const place = resolve(directory);
  try {
    action(place);
  } catch (error) {
    // What is told of the folder itself begins with its name, as what is told of one on the way to it does with that one's.
    const own = `${place}: `;
    const told = error instanceof UserError ? error.message : systemReason(error);
    if (told === undefined) throw error;
    throw new Unwritable(
      `${failure} the folder ${directory}: ${told.startsWith(own) ? told.slice(own.length) : told}`,
    );
  }
}

/** The folders that are missing on the way to this one, the outermost first. */
function missingFolders(directory: string): string[] {
  const parent = dirname(directory);
  if (parent === directory || whatIs(directory) !== 'nothing') return [];
  return [...missingFolders(parent), directory];
}

/** What file managers and archives leave beside the files of users, in small letters. */
const LEFT_BEHIND = new Set(['thumbs.db', 'desktop.ini', '__macosx']);

/**
 * The names in a folder in order, without hidden ones and what file managers leave behind.
 *
 * @param what what messages call the folder
 * @throws UserError where there is no such folder, or it cannot be read
 */
export function namesIn(directory: string, what: string): string[] {
  const found = whatIs(directory);
  if (found === 'nothing') {
    const near = nearPath(directory);
    const remedy = near === undefined ? 'a path counts from the working directory' : `did you mean ${near}?`;
    throw new UserError(`${directory}: no such folder; ${remedy}`);
  }
  if (found !== 'a folder') throw new UserError(`${directory}: expected ${what}, found ${found}`);
  const names = named(directory, () => readdirSync(directory));
  return names.filter((name) => !name.startsWith('.') && !LEFT_BEHIND.has(name.toLowerCase())).sort();
}

/**
 * Whether there is such a folder.
 *
 * @throws UserError where that cannot be told
 */
export function isFolder(directory: string): boolean {
  return whatIs(directory) === 'a folder';
}
