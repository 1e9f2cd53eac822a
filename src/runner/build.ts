import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { addonFile } from '../native.js';
import { builtCommit, PACKAGE_ROOT } from '../package.js';

/** The compiled worker, as Node loads no TypeScript. */
export const WORKER = pathToFileURL(join(PACKAGE_ROOT, 'bundle', 'worker.js'));

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

/**
 * What machines that execute runs of one sweep have in common besides the version: the commit that they were built from, whatever compiled
 * the kernels, or where that does not tell what was built (`-dirty`, or none), with the beginning of the digest of what was.
 *
 * @throws as `buildOf` does, where it needs the digest
 */
export function commonBuild(commit = builtCommit(), digest = () => buildOf(WORKER)): string {
  if (commit !== undefined && !commit.endsWith('-dirty')) return commit;
  return `${commit ?? 'unknown'}, build ${digest().slice(0, 12)}`;
}
