import { round } from 'es-toolkit/math/round';
import type { Argv, Options } from 'yargs';
import type { Progress } from '../detectors/detector.js';
import { examples } from './examples.js';
import { atEnd, commonOptions, dataPath, labelOptions, teller } from './own-options.js';

export const usage = 'fit <data>';

export const options = {
  ...labelOptions,
  categorical: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'A column of categories; all others hold numbers',
  },
  drop: { type: 'string', array: true, nargs: 1, describe: 'A column to leave out' },
  missing: {
    choices: ['refuse', 'fill'],
    requiresArg: true,
    defaultDescription: 'refuse',
    describe: 'What to do with missing values of a table: fill takes the mean, or a category of their own',
  },
  network: {
    choices: ['mnist', 'fashion-mnist', 'cifar10'],
    requiresArg: true,
    describe:
      'The network that images are resized for: 28 × 28 grey (mnist, the default), or 32 × 32 in colour (cifar10)',
  },
  'window-length': { type: 'number', requiresArg: true, describe: 'Time steps of a window of time series' },
  stride: { type: 'number', requiresArg: true, describe: 'Time steps from one window to the next' },
  detector: { type: 'string', default: 'deep-sad', requiresArg: true, describe: 'The method' },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Set an option of the detector: option=value, with the value in YAML',
  },
  contamination: {
    type: 'number',
    default: 0.05,
    requiresArg: true,
    describe: 'Share of the training samples, labeled anomalies aside, that the threshold may flag',
  },
  seed: { type: 'number', default: 1, requiresArg: true, describe: 'Seed of all random numbers' },
  out: { type: 'string', demandOption: true, requiresArg: true, describe: 'Folder of the model' },
  overwrite: { type: 'boolean', default: false, describe: 'Replace the model that is in the folder' },
  ...commonOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad fit`: fits a detector on a user's data and saves all that scoring needs in a folder. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Fit a model on your own data',
    (command) =>
      command
        .positional('data', {
          type: 'string',
          demandOption: true,
          describe: 'CSV table, or folder of data',
          coerce: dataPath,
        })
        .options(options)
        .example(
          examples(
            ['$0 fit parts.csv --out model', 'Deep SAD on a table without labels'],
            [
              '$0 fit parts.csv --labels label --out model',
              'with labels: 1 normal, -1 anomaly, 0 or nothing unlabeled',
            ],
            [
              '$0 fit parts.csv --labels state --normal fine --anomaly broken --out model',
              'with other labels',
            ],
            ['$0 fit parts.csv --detector isolation-forest --set trees=500 --out model', 'another method'],
            ['$0 fit bottle/train --network cifar10 --out model', 'on images, those in a folder good normal'],
            [
              '$0 fit fleet/train --window-length 32 --stride 8 --out model',
              'on time series, MACHINE.txt each',
            ],
          ),
        )
        .epilogue('deepsad score and deepsad evaluate take the model. Exit code: 0 done, 2 refused.'),
    async ({ data, labels, quiet, out, overwrite, set = [], ...given }) => {
      const [
        { fitModel },
        { writeModel },
        { checkPlace, placeFolder },
        { describeCounts },
        { LOWER_RATE, risenLoss },
        progress,
      ] = await Promise.all([
        import('../models/fit-model.js'),
        import('../models/model-folder.js'),
        import('../models/place.js'),
        import('../data/label-meanings.js'),
        import('../results/risen-loss.js'),
        import('./fit-progress.js'),
      ]);
      await checkPlace(out, overwrite);
      const say = teller({ quiet, verbose: given.verbose });
      const bar = progress.fitProgress(process.stderr, quiet);
      const ended: Progress[] = [];
      const model = await fitModel({
        ...given,
        data,
        set,
        labelColumn: labels,
        spelling: given,
        warn: (notice) => {
          bar.stop();
          say(notice);
        },
        onRead: ({ count, shape, labels }) =>
          say(`${data}: ${count} samples of ${shape.join(' × ')} values: ${describeCounts(labels)}.`),
        onProgress: (state) => {
          bar.update(state);
          if (state.done === state.total) ended.push(state);
        },
      }).finally(bar.stop);
      const risen = ended.flatMap((state) => risenLoss(model.choice, state) ?? []);
      for (const reason of risen) say(`${data}: ${reason}; ${LOWER_RATE}.`);
      await placeFolder(out, (folder) => writeModel(folder, model));
      model.detector.dispose?.();
      const { threshold } = model.details;
      say(
        `The model is in ${atEnd(out)}. It flags scores above ${threshold.value}, which at most ${round(100 * threshold.contamination, 10)} % of ` +
          'the training samples exceed, labeled anomalies aside.',
      );
    },
  );
}
