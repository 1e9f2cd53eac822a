import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { addonFile } from '../native.js';

/**
 * Tells what executes runs from every other build of it: a digest of the worker, which begins with its version and names its parts by their
 * content (esbuild.js), and of the kernels.
 *
 * @throws Error with the system's `code` where they cannot be read; UserError where the native addon is not built
 */
export function buildOf(worker: URL): string {
  const hash = createHash('sha256');
  for (const file of [worker, addonFile()]) hash.update(readFileSync(file));
  return hash.digest('hex');
}
