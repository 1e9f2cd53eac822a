// What installing the package takes: packs it as it is built, installs it into an empty project, twice so that npm has everything in its
// cache, and prints packages, megabytes and seconds. Fails where there are more of the first two than promised, or where a package wants a
// script to be run, or npm warns of anything. `npx tsx bench/install.ts [FOLDER]` leaves the project in that folder.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median } from 'simple-statistics';
import { PACKAGE_ROOT } from '../src/package.js';

const [MOST_PACKAGES, MOST_MEGABYTES] = [60, 110];

/** Seconds that a command takes in a folder. */
function time(folder: string, command: string, args: readonly string[]): number {
  const start = performance.now();
  execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return (performance.now() - start) / 1000;
}

/** The bytes of all files below a folder. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true })
    .map((name) => statSync(join(folder, String(name))))
    .reduce((bytes, found) => bytes + (found.isFile() ? found.size : 0), 0);
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
}

const scratch = mkdtempSync(join(tmpdir(), 'install-'));
try {
  const [given = join(scratch, 'project')] = process.argv.slice(2);
  const project = resolve(given);
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', scratch];
  const tarball = join(scratch, execFileSync('npm', pack, { cwd: PACKAGE_ROOT, encoding: 'utf8' }).trim());
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true }));
  const install = ['install', '--no-audit', '--no-fund', tarball];
  const said = spawnSync('npm', install, { cwd: project, encoding: 'utf8' }).stderr;
  const warnings = said.split('\n').filter((line) => /^npm warn/i.test(line));
  for (const made of ['node_modules', 'package-lock.json']) rmSync(join(project, made), { recursive: true });
  const seconds = time(project, 'npm', install);

  const lock = JSON.parse(readFileSync(join(project, 'node_modules', '.package-lock.json'), 'utf8')) as Lock;
  const packages = Object.entries(lock.packages);
  const scripts = packages.flatMap(([name, { hasInstallScript }]) => (hasInstallScript ? [name] : []));
  const megabytes = bytesOf(join(project, 'node_modules')) / 1e6;
  const program = join(project, 'node_modules', '.bin', 'deepsad');
  const starts = Array.from({ length: 5 }, () => time(project, program, ['--version']));
  const packed = statSync(tarball).size / 1e6;
  console.log(
    `${packages.length} packages, ${megabytes.toFixed(1)} MB, installed in ${seconds.toFixed(1)} s from npm's cache; ` +
      `${packed.toFixed(1)} MB packed; deepsad --version takes ${median(starts).toFixed(2)} s`,
  );
  if (packages.length > MOST_PACKAGES) throw new Error(`more than ${MOST_PACKAGES} packages`);
  if (megabytes > MOST_MEGABYTES) throw new Error(`more than ${MOST_MEGABYTES} MB`);
  if (warnings.length > 0) throw new Error(warnings.join('\n'));
  if (scripts.length > 0) throw new Error(`install scripts: ${scripts.join(', ')}`);
} finally {
  rmSync(scratch, { recursive: true });
}
