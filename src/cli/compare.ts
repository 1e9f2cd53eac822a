import type { Argv, Options } from 'yargs';
import { examples } from './examples.js';
import { printPainted, WIDTH } from './output.js';
import { VERBOSE } from './verbose.js';

export const usage = 'compare <first> <second>';

export const options = {
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad compare`: two experiments or two runs beside each other on standard output. */
export function register(parser: Argv): Argv {
  const describe = 'A results folder or file of run records; FOLDER:ID is one run of it';
  return parser.command(
    usage,
    'Compare two experiments or two runs',
    (command) =>
      command
        .positional('first', { type: 'string', demandOption: true, describe })
        .positional('second', { type: 'string', demandOption: true, describe })
        .options(options)
        .example(
          examples(
            ['$0 compare results/mnist results/mnist-eta-10', 'two experiments'],
            ['$0 compare results/mnist:3fa2 results/mnist:90c1', 'two runs, by the beginnings of their ids'],
          ),
        )
        .epilogue('Runs are paired that share detector, data, classes and seed.'),
    async ({ first, second }) => {
      const [{ compareView, recordsAt }, { paintFor }] = await Promise.all([
        import('./compare-view.js'),
        import('./colour.js'),
      ]);
      const sides = [recordsAt(first), recordsAt(second)] as const;
      const width = process.stdout.columns || WIDTH;
      printPainted(compareView([first, second], sides, width, paintFor(process.stdout)));
    },
  );
}
