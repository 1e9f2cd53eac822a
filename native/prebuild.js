// Compiles the kernels that the package ships into prebuilds/: of Linux for x64 and arm64, on a Linux machine with both compilers; of macOS
// for both, on a Mac. Those of Linux are to run wherever Node's own builds do, which need glibc 2.28 and what GCC 8 has: a symbol of a later
// version fails the build.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILERS, compileAddon, fail, isThere } from './compile.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A compiler, and the package of Debian that brings it: this machine's own, and those of Linux for another processor. */
const OWN = { compiler: COMPILERS[0], debian: 'g++' };
const CROSS = {
  x64: { compiler: ['x86_64-linux-gnu-g++'], debian: 'g++-x86-64-linux-gnu' },
  arm64: { compiler: ['aarch64-linux-gnu-g++'], debian: 'g++-aarch64-linux-gnu' },
};

const TARGETS = {
  linux: ['x64', 'arm64'].map((arch) => ({ arch, ...(arch === process.arch ? OWN : CROSS[arch]) })),
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

if (!Object.hasOwn(TARGETS, process.platform)) fail(`nothing is shipped for ${process.platform}`);
const targets = TARGETS[process.platform];
const lacking = targets.find(({ compiler }) => !isThere(compiler));
if (lacking) {
  const remedy = lacking.debian
    ? `apt-get install -y ${lacking.debian} on Debian or Ubuntu`
    : 'xcode-select --install';
  fail(
    `the kernels for ${lacking.arch} need the compiler ${lacking.compiler.join(' ')}, which is not there: ${remedy}`,
  );
}
for (const { arch, compiler } of targets) {
  const libc = process.platform === 'linux' ? '.glibc' : '';
  const output = join(root, 'prebuilds', `${process.platform}-${arch}`, `deepsad${libc}.node`);
  try {
    process.stderr.write(await compileAddon({ arch, compiler, output }));
  } catch (error) {
    fail(
      `compiling the kernels for ${arch} by ${compiler.join(' ')} failed: ${error.stderr ?? error.message}`,
    );
  }
  const tooNew = process.platform === 'linux' ? symbolsTooNew(output) : [];
  if (tooNew.length > 0) fail(`${output} needs ${tooNew.join(', ')}`);
  console.log(output);
}
