import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { once } from 'es-toolkit/function/once';

/** The folder of this package: its checkout, or where it is installed. */
export const PACKAGE_ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What comes with this package, by its path from the working directory; a whole one where it is not below that. */
export function shippedPath(name: string): string {
  const path = join(PACKAGE_ROOT, name);
  const below = relative('', path);
  return isAbsolute(below) || below.split(sep)[0] === '..' ? path : below;
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(`${PACKAGE_ROOT}/package.json`, 'utf8')) as Manifest;

/** The version of this package. */
export const VERSION = manifest.version;

/** What the bundle was built from. */
interface Build {
  readonly commit?: string;
  /** The version of each package in it. */
  readonly packages: Readonly<Record<string, string>>;
}

const build = once(
  () => JSON.parse(readFileSync(join(PACKAGE_ROOT, 'bundle', 'build.json'), 'utf8')) as Build,
);

/** The git commit that this package was built from, marked `-dirty` where files differed from it; undefined where it was no checkout. */
export function builtCommit(): string | undefined {
  return build().commit;
}

/** The version of each package that this one uses: those in its bundle, and those that are installed with it. */
export function packageVersions(): Record<string, string> {
  const bundled = build().packages;
  const installed = Object.keys(manifest.dependencies)
    .filter((name) => !Object.hasOwn(bundled, name))
    .map((name) => [name, installedVersion(name) ?? 'missing']);
  return Object.fromEntries([...Object.entries(bundled), ...installed].sort());
}

/** The packages that this one can use where they are installed, and the versions it takes. */
export const PEER_DEPENDENCIES = manifest.peerDependencies;

/** The version in the manifest of a package, found where Node would find the package; undefined where it is not installed. */
export function installedVersion(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const file = folders
    .map((folder) => join(folder, name, 'package.json'))
    .find((candidate) => existsSync(candidate));
  return file && (JSON.parse(readFileSync(file, 'utf8')) as Manifest).version;
}
