import { statSync } from 'node:fs';
import path from 'node:path';
import { named } from './read-file.js';

/**
 * Equal for two paths of one file or folder, by way of links too; where there is none, for two spellings of a path.
 *
 * @throws UserError where the system refuses the path, as one that is too long
 */
export function fileKey(file: string): string {
  const found = named(file, () => statSync(file, { throwIfNoEntry: false, bigint: true }));
  return found ? `${found.dev}:${found.ino}` : path.resolve(file);
}
