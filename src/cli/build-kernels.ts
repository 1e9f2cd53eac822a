import { join } from 'node:path';
import type { Argv } from 'yargs';
import { PACKAGE_ROOT } from '../package.js';
import { examples } from './examples.js';
import { EXIT_REFUSED } from './exit-codes.js';

export const options = {};

/** Adds `deepsad build-kernels`: the C++ kernels compiled for this machine, where none come built for it. */
export function register(parser: Argv): Argv {
  return parser.command(
    'build-kernels',
    'Compile the CPU kernels for this machine, where none come built for it',
    (command) =>
      command.example(
        examples(['CXX=clang++ $0 build-kernels', 'by another C++ compiler than the system has as c++']),
      ),
    async () => {
      const { spawnSync } = await import('node:child_process');
      const { status } = spawnSync(process.execPath, [join(PACKAGE_ROOT, 'native', 'build.js')], {
        stdio: 'inherit',
      });
      if (status !== 0) process.exitCode = EXIT_REFUSED;
    },
  );
}
