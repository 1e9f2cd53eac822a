// Compiles the kernels that the package ships into prebuilds/: of Linux for x64 and arm64, on a Linux machine with both compilers; of macOS
// for both, on a Mac. Those of Linux are to run wherever Node's own builds do, which need glibc 2.28 and what GCC 8 has: a symbol of a later
// version fails the build.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILERS, compileAddon } from './compile.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const TARGETS = {
  linux: [
    { arch: 'x64', compiler: process.arch === 'x64' ? COMPILERS[0] : ['x86_64-linux-gnu-g++'] },
    { arch: 'arm64', compiler: process.arch === 'arm64' ? COMPILERS[0] : ['aarch64-linux-gnu-g++'] },
  ],
  darwin: [
    { arch: 'x64', compiler: [...COMPILERS[0], '-arch', 'x86_64', '-mmacosx-version-min=11.0'] },
    { arch: 'arm64', compiler: [...COMPILERS[0], '-arch', 'arm64', '-mmacosx-version-min=11.0'] },
  ],
};

const LATEST = { GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11', GCC: '8.0.0' };

function symbolsTooNew(file) {
  const versions = execFileSync('readelf', ['--version-info', '--wide', file], { encoding: 'utf8' });
  const [, needs] = versions.split('Version needs section');
  const named = [...needs.matchAll(/Name: ([A-Z]+)_([\d.]+)/g)];
  if (named.length === 0) throw new Error(`${file}: readelf names no versions of symbols`);
  return named
    .filter(([, library, version]) => version.localeCompare(LATEST[library], 'en', { numeric: true }) > 0)
    .map(([, library, version]) => `${library}_${version}`);
}

if (!Object.hasOwn(TARGETS, process.platform)) throw new Error(`nothing is shipped for ${process.platform}`);
for (const { arch, compiler } of TARGETS[process.platform]) {
  const libc = process.platform === 'linux' ? '.glibc' : '';
  const output = join(root, 'prebuilds', `${process.platform}-${arch}`, `deepsad${libc}.node`);
  process.stderr.write(await compileAddon({ arch, compiler, output }));
  const tooNew = process.platform === 'linux' ? symbolsTooNew(output) : [];
  if (tooNew.length > 0) throw new Error(`${output} needs ${tooNew.join(', ')}`);
  console.log(output);
}
