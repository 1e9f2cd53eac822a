// Compiles the kernels for this machine into build/, where they are found before those that come built (prebuilds/), or into a given file.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILERS, compileAddon, fail, isThere } from './compile.js';

const [given] = process.argv.slice(2);
const output =
  given ?? join(dirname(dirname(fileURLToPath(import.meta.url))), 'build', 'Release', 'deepsad.node');

const inWords = (compiler) => compiler.join(' ');

if (process.platform === 'win32') fail('the CPU kernels do not compile on Windows: use deepsad in WSL');

const compiler = COMPILERS.find(isThere);
if (compiler === undefined) {
  fail(`compiling the CPU kernels needs a C++17 compiler (g++ 9, clang 14, or later), and there is no ${COMPILERS.map(inWords).join(', ')}
On Debian or Ubuntu: apt-get install -y g++
On Fedora: dnf install gcc-c++
On Alpine: apk add g++
On macOS: xcode-select --install
Then run the same command again. Another compiler can be named by the environment variable CXX.`);
}

try {
  process.stderr.write(await compileAddon({ arch: process.arch, compiler, output }));
} catch (error) {
  if (error.stderr === undefined) fail(`compiling the CPU kernels failed: ${error.message}`);
  fail(`compiling the CPU kernels by ${inWords(compiler)} failed:\n${error.stderr}`);
}
const sets = createRequire(import.meta.url)(resolve(output)).instructionSets();
console.log(`deepsad: compiled the CPU kernels for ${process.platform}-${process.arch} (${sets.join(', ')})`);
