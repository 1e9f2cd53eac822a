import { uniq } from 'es-toolkit/array/uniq';
import { grouped } from '../grouped.js';
import type { DetectorChoice } from './options.js';

/**
 * Steps times learning rate below which a network has hardly been trained, since a step of Adam moves a weight by about the learning rate: 1000
 * steps at the default rate, of which the paper's data sets take more but for the smallest.
 */
const LEAST_TRAINING = 0.1;

/**
 * The warning about training data of this name that are too small for the batches or the schedule of detectors.
 *
 * @param isOfPaper whether the data set is one of the paper's, with its schedule
 */
export function smallData(
  name: string,
  detectors: readonly DetectorChoice[],
  samples: number,
  isOfPaper: boolean,
): string[] {
  const batchSizes = detectors.flatMap(({ options }) => [options.batchSize, options.pretrainBatchSize]);
  const batches = largerThanAll(name, 'batchSize', batchSizes, samples);
  const few = isOfPaper ? [] : fewSteps(detectors, samples);
  if (few.length === 0) return batches;
  const [small = `${name}: ${samples} training samples are few`] = batches;
  return [
    `${small}: ${few.join(', and ')}; the default schedule is for thousands: set a higher learning rate, more epochs or a smaller batchSize`,
  ];
}

/** Which detectors are hardly trained by so many samples, and in how many steps. */
function fewSteps(detectors: readonly DetectorChoice[], samples: number): string[] {
  const short = detectors.flatMap(({ name, options }) => {
    if (options.warmStart !== undefined) return [];
    // What has no training of its own has an autoencoder's.
    const [epochs, rate, batchSize] =
      options.epochs === undefined
        ? (['pretrainEpochs', 'pretrainLearningRate', 'pretrainBatchSize'] as const)
        : (['epochs', 'learningRate', 'batchSize'] as const);
    if (options[epochs] === undefined) return [];
    const steps =
      Number(options[epochs]) *
      Math.max(1, Math.floor(samples / Number(options[batchSize] ?? options.batchSize)));
    if (steps * Number(options[rate]) >= LEAST_TRAINING) return [];
    return [{ name, said: `about ${steps} steps at ${rate} ${options[rate]}` }];
  });
  return [...grouped(short, ({ said }) => said)].map(
    ([said, own]) => `${said} hardly train ${uniq(own.map(({ name }) => name)).join(', ')}`,
  );
}

/** The options that say how many training samples something is made of, and what that is. */
const PARTS = { batchSize: 'a batch', treeSamples: 'a tree' };

/**
 * The warning about batches or trees that are to have more samples than the training data of this name.
 *
 * @param values what was given for the option, and what is no number
 */
export function largerThanAll(
  name: string,
  option: keyof typeof PARTS,
  values: readonly unknown[],
  samples: number,
): string[] {
  const largest = Math.max(0, ...uniq(values.map((value) => Number(value ?? 0))));
  if (largest <= samples) return [];
  return [
    `${name}: ${PARTS[option]} is all of its ${samples} training samples, fewer than ${option} ${largest}`,
  ];
}
