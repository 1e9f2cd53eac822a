import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of this package: its checkout, or where it is installed. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(`${PACKAGE_ROOT}/package.json`, 'utf8')) as Manifest;

/** The version of this package. */
export const VERSION = manifest.version;

/** The names of the packages that this one needs at run time. */
export const DEPENDENCIES: readonly string[] = Object.keys(manifest.dependencies);
