import os from 'node:os';
import { join } from 'node:path';
import type { Argv, Options } from 'yargs';
import { EXIT_FAILED } from './exit-codes.js';
import { expectWhole } from './numbers.js';

export const options = {
  out: {
    type: 'string',
    default: 'results',
    requiresArg: true,
    describe: 'Folder for results; the experiment gets one of its name in it',
  },
  jobs: {
    type: 'number',
    default: os.availableParallelism(),
    defaultDescription: 'the cores of this machine',
    requiresArg: true,
    describe: 'How many runs to execute at a time',
  },
  device: {
    choices: ['auto', 'cpu'],
    default: 'auto',
    requiresArg: true,
    describe: 'What to compute on',
  },
  'data-dir': {
    type: 'string',
    requiresArg: true,
    describe: 'Folder of data files  [default: the environment variable DEEPSAD_DATA]',
  },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Override a value of the config: key.path=value, with the value in YAML',
  },
  'save-models': { type: 'boolean', default: false, describe: 'Keep fitted weights and anomaly scores' },
  quiet: { type: 'boolean', default: false, describe: 'Show no progress' },
  verbose: { type: 'boolean', default: false, describe: 'Show stack traces' },
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad run`: the runs of an experiment, their progress on standard error and their table on standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    'run <config>',
    'Run an experiment',
    (command) =>
      command
        .positional('config', { type: 'string', demandOption: true, describe: 'YAML or JSON file' })
        .options(options)
        .check(({ jobs }) => {
          expectWhole('jobs', jobs, 1);
          return true;
        })
        .example('$0 run configs/quickstart.yaml', 'Deep SAD, Deep SVDD and the autoencoder on MNIST')
        .example(
          '$0 run configs/cardio.yaml --data-dir data',
          'a classic benchmark from data/odds/cardio.mat',
        )
        .example('$0 run configs/cardio.yaml --set seeds=[1,2] --set detectors.0.eta=10', 'with other values')
        .epilogue(
          'A repeated run goes on where it stopped. Exit code: 0 all runs done, 1 some failed, 2 refused.',
        ),
    async ({ config: file, out, jobs, device, dataDir, set = [], saveModels, quiet }) => {
      const [{ loadConfig }, { executePlan, planExperiment }, { showProgress }, { renderTable }] =
        await Promise.all([
          import('../config/load.js'),
          import('../experiment.js'),
          import('./progress.js'),
          import('../results/tables.js'),
        ]);
      const config = loadConfig(file, set);
      const plan = await planExperiment(config, dataDir);
      const directory = join(out, config.experiment.name);
      const { signal } = interruption();
      const progress = showProgress(process.stderr, { quiet, runs: plan.runs });
      const { on } = progress;
      const records = await executePlan(plan, { directory, jobs, device, saveModels, signal, on }).finally(
        progress.stop,
      );
      if (signal.aborted) {
        process.stderr.write(
          `Interrupted: ${records.length} of ${plan.runs.length} runs are done and kept in ${directory}. ` +
            'The same command goes on from there.\n',
        );
        process.exitCode = 128 + os.constants.signals[signal.reason as NodeJS.Signals];
        return;
      }
      process.stdout.write(renderTable(records));
      if (!quiet) process.stderr.write(`Results are in ${directory}.\n`);
      if (records.some(({ status }) => status === 'failed')) process.exitCode = EXIT_FAILED;
    },
  );
}

/** Aborts, with the signal's name as reason, when the process is asked to end; a second request ends it at once. */
export function interruption(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(name));
  return controller;
}
