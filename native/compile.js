// Compiles the kernels into one addon by calling a C++ compiler, which is all that it needs: the headers of Node-API come from npm.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));

const FLAGS = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-strict-aliasing',
  // Results must not depend on the compiler's liking for fused operations: every one is written out.
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-Wall',
  '-Wextra',
  '-Wno-psabi',
];

// Every exception becomes one of JavaScript: one of the standard library, as where memory runs out, would end the process.
const EXCEPTIONS = ['-DNODE_ADDON_API_CPP_EXCEPTIONS', '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL'];

const ADDON = [
  'addon',
  'network_bindings',
  'shallow_bindings',
  'random',
  'map_file',
  'file_system',
  'end_with_parent',
];

// A copy of the kernels for each instruction set.
const AVX2 = ['-mavx2', '-mfma'];
const AVX512 = [...AVX2, '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mprefer-vector-width=512'];
const BASELINE = { name: 'baseline', flags: ['-DDEEPSAD_ISA=baseline'] };
const INSTRUCTION_SETS = {
  x64: [
    BASELINE,
    { name: 'avx2', flags: ['-DDEEPSAD_ISA=avx2', '-DDEEPSAD_AVX2', ...AVX2] },
    { name: 'avx512', flags: ['-DDEEPSAD_ISA=avx512', '-DDEEPSAD_AVX512', ...AVX512] },
  ],
};

/** The C++ compilers that a machine may have, in the order in which they are tried: each a command and its arguments, as CXX may have some. */
export const COMPILERS = (process.env.CXX?.trim() ? [process.env.CXX] : ['c++', 'g++', 'clang++']).map(
  (words) => words.trim().split(/\s+/),
);

/** Whether a compiler is there. */
export function isThere([command, ...args]) {
  return spawnSync(command, [...args, '--version']).status === 0;
}

/** Ends the process with a message for its user. */
export function fail(message) {
  console.error(`deepsad: ${message}`);
  process.exit(1);
}

/**
 * Compiles the addon for a processor, and puts it into its place whole: whoever has the former one loaded keeps it.
 *
 * @param {object} options
 * @param {string} options.arch the processor, as `process.arch` calls it
 * @param {readonly string[]} options.compiler the command and the arguments that make it compile for that processor
 * @param {string} options.output the file to make
 * @returns {Promise<string>} the compiler's warnings
 * @throws where the compiler fails, with what it says as `stderr`
 */
export async function compileAddon({ arch, compiler: [command, ...target], output }) {
  const include = ['node-addon-api', 'node-api-headers'].map((name) => `-I${require(name).include_dir}`);
  mkdirSync(dirname(output), { recursive: true });
  const scratch = mkdtempSync(join(dirname(output), '.building-'));
  try {
    const compile = async (source, object, flags) => {
      const file = join(scratch, `${object}.o`);
      const { stderr } = await run(command, [
        ...target,
        ...FLAGS,
        ...flags,
        '-c',
        join(here, source),
        '-o',
        file,
      ]);
      warnings.push(stderr);
      return file;
    };
    const warnings = [];
    const jobs = [
      ...(INSTRUCTION_SETS[arch] ?? [BASELINE]).map(
        ({ name, flags }) =>
          () =>
            compile('kernels.cc', `kernels_${name}`, flags),
      ),
      ...ADDON.map(
        (name) => () => compile(`${name}.cc`, name, ['-DNAPI_VERSION=8', ...EXCEPTIONS, ...include]),
      ),
    ];
    const objects = await inTurns(jobs, availableParallelism());
    const shared =
      process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared', '-s'];
    const made = join(scratch, 'deepsad.node');
    await run(command, [...target, ...shared, '-o', made, ...objects]);
    renameSync(made, output);
    return warnings.join('');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What these jobs return, so many of them at a time. */
async function inTurns(jobs, atATime) {
  const results = [];
  const queue = jobs.entries();
  const work = async () => {
    for (const [index, job] of queue) results[index] = await job();
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return results;
}
