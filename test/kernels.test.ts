import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addonFile } from '../src/native.js';
import { PACKAGE_ROOT } from '../src/package.js';
import { deepsad, PATIENCE, writeParts } from './testing/program.js';

// Where the kernels are looked for: in a folder other than the package's.
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernels-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const quickstart = () => ['run', join(PACKAGE_ROOT, 'configs', 'quickstart.yaml'), '--out', folder];

test(
  'kernels that are missing are said with the command that compiles them',
  async () => {
    const { code, stderr } = await deepsad(quickstart(), undefined, { DEEPSAD_PREBUILD: folder });
    expect(stderr).toMatch(
      /no CPU kernels come built for this machine \(\w+-\w+\): compile them by "deepsad build-kernels"/,
    );
    expect(stderr).toMatch(/C\+\+17 compiler/);
    expect(code).toBe(2);
  },
  PATIENCE,
);

test(
  'without kernels what does not train goes on: the devices are listed, and a config is written',
  async () => {
    const listed = await deepsad(['devices'], undefined, { DEEPSAD_PREBUILD: folder });
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(
      /^cpu +missing: no CPU kernels [\s\S]*^webgpu [\s\S]*^--device auto finds nothing/m,
    );
    const [table, out] = [join(folder, 'parts.csv'), join(folder, 'parts.yaml')];
    writeParts(table);
    const written = await deepsad(['init', table, '--out', out], undefined, { DEEPSAD_PREBUILD: folder });
    expect(written).toMatchObject({ code: 0, stderr: expect.stringContaining(`Wrote ${out}.`) });
  },
  PATIENCE,
);

test(
  'without kernels nothing is written that others might write too, since they lock files as well',
  async () => {
    const fetching = ['datasets', 'fetch', 'cardio', '--data-dir', join(folder, 'data')];
    const { code, stderr } = await deepsad(fetching, undefined, { DEEPSAD_PREBUILD: folder });
    expect(stderr).toMatch(/no CPU kernels come built .*: compile them by "deepsad build-kernels"/);
    expect(code).toBe(2);
  },
  PATIENCE,
);

test(
  'kernels that cannot be loaded are said with the reason',
  async () => {
    mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
    writeFileSync(join(folder, 'build', 'Release', 'deepsad.node'), 'no addon');
    const { code, stderr } = await deepsad(quickstart(), undefined, { DEEPSAD_PREBUILD: folder });
    expect(stderr).toMatch(/the CPU kernels cannot be loaded on this machine \(.*deepsad\.node.*\): compile/);
    expect(code).toBe(2);
  },
  PATIENCE,
);

test(
  'a compiler that is missing is said with how to install one',
  async () => {
    const { code, stderr } = await deepsad(['build-kernels'], undefined, { CXX: join(folder, 'c++') });
    expect(stderr).toMatch(/needs a C\+\+17 compiler .*there is no .*c\+\+/);
    expect(stderr).toMatch(/apt-get install -y g\+\+/);
    expect(code).toBe(2);
  },
  PATIENCE,
);

test('a compiler may be named with arguments, as CXX often does', async () => {
  const compiler = join(folder, 'c++');
  writeFileSync(compiler, `#!/bin/sh\necho "$0 $*" >&2\n[ "$2" = --version ]\n`, { mode: 0o755 });
  const { stderr } = await deepsad(['build-kernels'], undefined, { CXX: `env ${compiler} -m64 ` });
  expect(stderr).toContain(
    `compiling the CPU kernels by env ${compiler} -m64 failed:\n${compiler} -m64 -std=c++17`,
  );
});

// Elsewhere than on Linux the memory of a process has no limit that one could set.
(process.platform === 'linux' ? test : test.skip)('a kernel without memory to work in throws', () => {
  const program = `
    const { kernels, instructionSets } = require(${JSON.stringify(addonFile())});
    const features = 2 ** 24;
    const point = new Float32Array(features);
    try {
      kernels(instructionSets()[0]).pairwiseDistances(1, 1, features, point, point, point, new Float32Array(1));
    } catch ({ message }) {
      console.log(message);
    }`;
  const limited = ['-c', 'ulimit -v 4000000; exec "$@"', 'bash', process.execPath];
  const { stdout, signal } = spawnSync('bash', [...limited, '--max-old-space-size=256', '-e', program]);
  expect({ signal, said: String(stdout) }).toEqual({ signal: null, said: 'std::bad_alloc\n' });
});

const onLinux = process.platform === 'linux' ? test : test.skip;
onLinux('prebuilds say in a line which compiler is missing and what brings it, before they compile', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // This machine's own compiler is there, and would be found to be none if it were to compile.
  writeFileSync(join(bin, 'c++'), '#!/bin/sh\ntest "$1" = --version\n', { mode: 0o755 });
  const prebuild = join(PACKAGE_ROOT, 'native', 'prebuild.js');
  const env = { ...process.env, PATH: bin, CXX: '' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [prebuild], { env, encoding: 'utf8' });
  const [arch, name] = process.arch === 'arm64' ? ['x64', 'x86_64'] : ['arm64', 'aarch64'];
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr:
      `deepsad: the kernels for ${arch} need the compiler ${name}-linux-gnu-g++, which is not there: ` +
      `apt-get install -y g++-${name.replace('_', '-')}-linux-gnu on Debian or Ubuntu\n`,
  });
});
