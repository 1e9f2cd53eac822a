import type { Argv, Options } from 'yargs';
import { printData } from './output.js';
import { resultsPosition } from './status.js';
import { VERBOSE } from './verbose.js';

export const usage = 'logs <run> [results]';

export const options = {
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad logs`: what was said where a run of a submitted sweep is executed. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Print the log of the task that executes a run of a submitted sweep',
    (command) =>
      command
        .positional('run', {
          type: 'string',
          demandOption: true,
          describe: 'Id of the run, or how it begins',
        })
        .positional('results', resultsPosition)
        .options(options),
    async ({ run, results }) => {
      const [{ logOf }, { readText }] = await Promise.all([
        import('../cluster/status.js'),
        import('../files/read-file.js'),
      ]);
      const file = await logOf(results, run);
      await printData(`${file}\n${readText(file, { what: 'a log' })}`);
    },
  );
}
