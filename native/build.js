// Builds the native kernels through node-gyp and says what is missing where that cannot be done.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

const missing = [
  [process.env.CXX ?? 'c++', 'a C++17 compiler'],
  ['make', 'make'],
  ['python3', 'python3'],
].filter(([command]) => !works(command));

if (missing.length > 0) {
  console.error(`deepsad builds its CPU kernels from source and needs ${missing.map(([, what]) => what).join(', ')}.
On Debian or Ubuntu: apt-get install -y build-essential python3
On Fedora: dnf install gcc-c++ make python3
On macOS: xcode-select --install
Then run npm ci again.`);
  process.exit(1);
}

// Node's own headers, where its installation holds them, spare a download.
const nodeDir = dirname(dirname(process.execPath));
const headers = existsSync(join(nodeDir, 'include', 'node', 'node_api.h')) ? [`--nodedir=${nodeDir}`] : [];
const build = spawnSync('node-gyp', ['rebuild', '--jobs=2', ...headers], { cwd: root, encoding: 'utf8' });
if (build.status !== 0) {
  console.error(build.stdout ?? '', build.stderr ?? build.error?.message);
  console.error('deepsad: building the CPU kernels failed; the compiler output above says why.');
  process.exit(1);
}
