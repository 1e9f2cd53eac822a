import type { Argv, Options } from 'yargs';
import { examples } from './examples.js';
import { INTERRUPTED } from './exit-codes.js';
import { options as runOptions } from './run.js';
import { VERBOSE } from './verbose.js';

export const options = {
  'data-dir': runOptions['data-dir'],
  group: {
    choices: ['paper', 'odds', 'adbench', 'mvtec'],
    requiresArg: true,
    describe: 'Only the data sets of this group',
  },
  json: { type: 'boolean', default: false, describe: 'Print JSON' },
  quiet: { type: 'boolean', default: false, describe: 'Show no progress' },
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

const { group, json, quiet, ...common } = options;

/** The commands under `deepsad datasets`, each with its options. */
export const subcommands = {
  list: { ...common, group, json },
  'info <name>': common,
  'fetch <names..>': { ...common, quiet },
  verify: common,
  path: common,
} as const satisfies Readonly<Record<string, Readonly<Record<string, Options>>>>;

/** Adds `deepsad datasets`: what data sets there are, and getting and checking their files. */
export function register(parser: Argv): Argv {
  return parser.command('datasets', 'List, fetch and verify data sets', (command) =>
    command
      .command(
        'list',
        'List data sets, and which are here',
        (list) =>
          list
            .options(subcommands.list)
            .example(
              examples(
                ['$0 datasets list --group paper', 'those that the paper uses'],
                ['$0 datasets list --json', 'for programs'],
              ),
            ),
        async (args) => (await import('./dataset-actions.js')).list(args),
      )
      .command(
        'info <name>',
        'Say all that is known of a data set',
        (info) =>
          info
            .positional('name', { type: 'string', demandOption: true, describe: 'Name of a data set' })
            .options(subcommands['info <name>']),
        async (args) => (await import('./dataset-actions.js')).info(args),
      )
      .command(
        'fetch <names..>',
        'Download data sets that are missing or damaged',
        (fetch) =>
          fetch
            .positional('names', {
              type: 'string',
              array: true,
              demandOption: true,
              describe: `Names of data sets, or of groups: ${group.choices.join(', ')}`,
            })
            .options(subcommands['fetch <names..>'])
            .example(
              examples(
                ['$0 datasets fetch cardio fashion-mnist', 'two data sets'],
                ['$0 datasets fetch paper', 'all that the paper uses'],
                ['$0 datasets fetch adbench --data-dir data', 'the 47 tables of ADBench, into data/'],
              ),
            )
            .epilogue(
              'Goes on where an interrupted download stopped. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured. ' +
                `Exit code: 0 all are there, 1 some could not be fetched, 2 refused, ${INTERRUPTED}.`,
            ),
        async (args) => (await import('./dataset-actions.js')).fetch(args),
      )
      .command(
        'verify',
        'Check every file that is there against its checksum',
        (verify) => verify.options(subcommands.verify).epilogue('Exit code: 0 none is damaged, 1 some are.'),
        async (args) => (await import('./dataset-actions.js')).verify(args),
      )
      .command(
        'path',
        'Print the folder of data files',
        (path) =>
          path.options(subcommands.path).example(examples(['ls "$($0 datasets path)"', 'what is there'])),
        async (args) => (await import('./dataset-actions.js')).path(args),
      )
      .demandCommand(
        1,
        `expected one of ${Object.keys(subcommands)
          .map((usage) => usage.split(' ')[0])
          .join(', ')}`,
      )
      .example(
        examples(
          ['$0 datasets list', 'all data sets, and which are there'],
          ['$0 datasets info cifar10', 'size, classes, licence, addresses'],
          ['$0 datasets fetch cifar10 odds', 'a data set, and a group of them'],
          ['$0 datasets verify', 'check all files that are there'],
        ),
      ),
  );
}
