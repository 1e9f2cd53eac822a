import type { Argv, Options } from 'yargs';
import { DEVICE_CHOICES, type Device } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { expectPlace } from '../files/folders.js';
import { expectWhole } from '../whole-number.js';
import { examples } from './examples.js';
import { INTERRUPTED } from './exit-codes.js';
import { refuseIdle } from './idle-options.js';

export const usage = 'run <config>';

/** Gigabytes of trained autoencoders that are kept unless `--cache-size` says otherwise. */
export const CACHE_SIZE = 2;

export const options = {
  out: {
    type: 'string',
    default: 'results',
    requiresArg: true,
    describe: 'Folder for results; the experiment gets one of its name in it',
  },
  jobs: {
    type: 'number',
    defaultDescription: 'the physical cores that it may use; 64 on webgpu',
    requiresArg: true,
    describe: 'How many runs to execute at a time, on the CPU and on a GPU each where both are at work',
  },
  device: {
    choices: DEVICE_CHOICES,
    default: 'cpu',
    requiresArg: true,
    describe:
      'What to train networks on, auto for a GPU where there is one and the data are images: see deepsad devices',
  },
  'gpu-memory': {
    type: 'number',
    requiresArg: true,
    describe: 'Gigabytes that webgpu may take  [default: 60 % of what the system says the GPU has, else 1.5]',
  },
  'data-dir': {
    type: 'string',
    requiresArg: true,
    describe: 'Folder of data files  [default: the environment variable DEEPSAD_DATA, else a cache folder]',
  },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Override a value of the config: key.path=value, * for all of a list, the value in YAML',
  },
  epochs: {
    type: 'number',
    requiresArg: true,
    describe: 'Train every network for so many epochs, for a quick look: results go to NAME-N-epochs',
  },
  'retry-failed': { type: 'boolean', default: false, describe: 'Repeat runs that failed before' },
  cache: {
    type: 'boolean',
    default: true,
    describe: 'Take trained autoencoders from earlier runs; --no-cache trains them anew',
  },
  'cache-size': {
    type: 'number',
    defaultDescription: String(CACHE_SIZE),
    requiresArg: true,
    describe: 'Most gigabytes of trained autoencoders to keep',
  },
  'save-models': { type: 'boolean', default: false, describe: 'Keep fitted weights and anomaly scores' },
  open: { type: 'boolean', default: false, describe: 'Open the page of results' },
  quiet: { type: 'boolean', default: false, describe: 'Show no progress' },
  verbose: {
    type: 'boolean',
    default: false,
    describe: 'Tell all that notices sum up, and show stack traces',
  },
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad run`: the runs of an experiment, their progress on standard error and their table on standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Run an experiment',
    (command) =>
      command
        .positional('config', { type: 'string', demandOption: true, describe: 'YAML or JSON file' })
        .options(options)
        .check(checkExecution)
        .example(
          examples(
            ['$0 run configs/quickstart.yaml', 'Deep SAD, Deep SVDD and the autoencoder on MNIST'],
            ['$0 run configs/cardio.yaml --data-dir data', 'a classic benchmark from data/odds/cardio.mat'],
            ['$0 run configs/cardio.yaml --set seeds=1..5 --set detectors.*.eta=10', 'with other values'],
            ['$0 run configs/mnist.yaml --epochs 3', 'a quick look'],
          ),
        )
        .epilogue(
          'A repeated run goes on where it stopped. Ctrl-C once finishes what runs, twice stops at once. Exit code: 0 all runs done, ' +
            `1 some failed, 2 refused, ${INTERRUPTED}.`,
        ),
    async ({ config, set = [], cacheSize = CACHE_SIZE, ...execution }) => {
      const { executeExperiments } = await import('./experiments.js');
      await executeExperiments([config], { ...execution, cacheSize, set });
    },
  );
}

/** No machine has as many cores to give to runs. */
export const MOST_JOBS = 1024;

/**
 * Checks the options that say how to execute runs, before anything is read.
 *
 * @throws UserError where a number is not possible, an option counts for nothing, or a file is in the place of the results folder
 */
export function checkExecution(given: {
  out: string;
  device: Device;
  cache: boolean;
  jobs?: number | undefined;
  epochs?: number | undefined;
  'gpu-memory'?: number | undefined;
  'cache-size'?: number | undefined;
}): true {
  expectWhole('jobs', given.jobs, 1, MOST_JOBS);
  expectWhole('epochs', given.epochs, 1);
  const { 'gpu-memory': memory, 'cache-size': size } = given;
  if (memory !== undefined && !(memory > 0)) {
    throw new UserError(`--gpu-memory: expected gigabytes, more than 0, found ${memory}`);
  }
  if (size !== undefined && !(size >= 0)) {
    throw new UserError(`--cache-size: expected gigabytes, at least 0, found ${size}`);
  }
  const { device } = given;
  if (device !== 'webgpu' && device !== 'auto') {
    refuseIdle({ 'gpu-memory': memory }, 'with --device webgpu or --device auto');
  }
  if (!given.cache) refuseIdle({ 'cache-size': size }, 'without --no-cache');
  expectPlace(given.out);
  return true;
}
