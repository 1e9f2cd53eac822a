import { statSync } from 'node:fs';
import path from 'node:path';

/** Equal for two paths of one file or folder, by way of links too; where there is none, for two spellings of a path. */
export function fileKey(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found ? `${found.dev}:${found.ino}` : path.resolve(file);
}
