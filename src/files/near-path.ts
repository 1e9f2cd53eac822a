import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { nearest } from '../messages/suggest.js';

/**
 * The path that one to nothing is most likely a misspelling of: with another name in the place of the first that is not there. Undefined
 * where none is near.
 */
export function nearPath(path: string): string | undefined {
  const parent = dirname(path);
  if (parent === path) return undefined;
  if (!existsSync(parent)) {
    const mended = nearPath(parent);
    const whole = mended && join(mended, basename(path));
    return whole && existsSync(whole) ? whole : whole && nearPath(whole);
  }
  const name = nearest(basename(path), namesIn(parent));
  return name && join(parent, name);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
