import { chunk } from 'es-toolkit/array/chunk';
import * as z from 'zod';
import { isOfPaper, type SampleShape, sampleSize, type TrainingSet } from '../../data/dataset.js';
import { rowsAt } from '../../data/rows-at.js';
import { UserError } from '../../errors.js';
import { logarithm } from '../../exponential.js';
import { permutation, randomStream } from '../../random.js';
import { kernelMatrixCost } from '../cost.js';
import { type Detector, defineDetector, type FitContext } from '../detector.js';
import { native } from '../native.js';
import {
  type OptionValue,
  resolveUnlabeled,
  type TrainingSamples,
  unlabeledOptions,
  unlessUsual,
} from '../options.js';
import { greatest, SINGLE_PRECISION } from '../resolution.js';
import { type DetectorState, positiveFact } from '../state.js';
import { placesOf, samplesOf } from '../unsupervised.js';
import { distanceRows } from './kernel.js';
import { Points, savedPoints } from './points.js';

/** The bandwidths h from 2^5 down to 2^least, in powers of 2 that are half a step apart: the square of each is half that of the one before. */
function gridDownTo(least: number): readonly number[] {
  return Array.from({ length: 2 * (5 - least) + 1 }, (_, k) =>
    k % 2 === 0 ? 2 ** (5 - k / 2) : Math.SQRT2 * 2 ** (4.5 - k / 2),
  );
}

/** What a bandwidth is chosen from: the paper's grid, or one that also suits the features of other data, which are scaled to [0, 1]. */
const GRIDS = { paper: gridDownTo(0.5), wide: gridDownTo(-8) };

/** How many bandwidths are made of one exponential; squared any oftener it would lose more digits. */
const LEVELS = 10;

const FOLDS = 5;

/** Scores a sample by its negative log-density under a Gaussian kernel density estimate (Parzen 1962). */
class KernelDensity implements Detector {
  private training: Points | undefined;

  constructor(
    private readonly shape: SampleShape,
    private bandwidth: number | undefined,
    private readonly bandwidths: readonly number[],
    private readonly trainOn: TrainingSamples,
  ) {}

  async fit(training: TrainingSet, { seed, report }: FitContext): Promise<void> {
    const { samples, count } = samplesOf(training, this.trainOn);
    this.training = new Points(samples, sampleSize(this.shape));
    this.bandwidth ??= crossValidatedBandwidth(this.training, this.bandwidths, seed, (done) =>
      report({ phase: 'training', done, total: count }),
    );
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    if (!this.training || this.bandwidth === undefined) throw new Error('score before fit');
    return logDensities(this.training, this.bandwidth, samples).map((value) => -value);
  }

  /** Leave-one-out: a sample's own Gaussian, the nearest that can be, would make each of them look more normal than any other sample. */
  async scoreTraining(training: TrainingSet): Promise<Float64Array> {
    if (!this.training || this.bandwidth === undefined) throw new Error('score before fit');
    if (this.training.count === 1) {
      throw new UserError(
        'KDE cannot score its one training sample, which leaves no other to do it by; give more',
      );
    }
    const own = new Map(placesOf(training, this.trainOn).map((sample, place) => [sample, place]));
    return logDensities(this.training, this.bandwidth, training.samples, own).map((value) => -value);
  }

  resolution(scores: Float64Array): number {
    // A score is made of an exponent, whose error is relative, and of logarithms of the order of 1.
    return SINGLE_PRECISION * Math.max(1, greatest(scores));
  }

  async state(): Promise<DetectorState> {
    if (!this.training || this.bandwidth === undefined) throw new Error('state before fit');
    return { facts: { bandwidth: [this.bandwidth] }, arrays: { training: this.training.values } };
  }

  restore({ facts, arrays }: DetectorState): void {
    this.bandwidth = positiveFact(facts, 'bandwidth', this.bandwidth);
    this.training = savedPoints(arrays, 'training', sampleSize(this.shape));
  }

  notes(): Record<string, OptionValue> {
    return this.bandwidth === undefined ? {} : { bandwidth: this.bandwidth };
  }
}

/**
 * The log-density of each sample under Gaussians of standard deviation `bandwidth` around the training samples.
 *
 * @param own where a sample is among the training samples: it is left out of these for itself, but for copies of it
 */
export function logDensities(
  training: Points,
  bandwidth: number,
  samples: Float32Array,
  own: ReadonlyMap<number, number> = new Map(),
): Float64Array {
  const precision = 1 / (2 * bandwidth * bandwidth);
  const points = new Points(samples, training.features);
  const result = new Float64Array(points.count);
  const sum = new Float64Array(1);
  for (const [i, distances] of distanceRows(points, training)) {
    // Measured from the nearest, the sum neither vanishes nor overflows.
    const from = own.get(i) ?? 0;
    const to = own.has(i) ? from + 1 : from;
    const nearest = native().gaussianSums(from, to, precision, 1, distances, sum);
    result[i] =
      logarithm(sum[0]) -
      nearest * precision -
      normalizer(training.count - (to - from), training.features, bandwidth);
  }
  return result;
}

/** The logarithm of what a sum of `count` unnormalised Gaussians is to be divided by. */
function normalizer(count: number, features: number, bandwidth: number): number {
  return logarithm(count) + (features / 2) * logarithm(2 * Math.PI * bandwidth * bandwidth);
}

/**
 * The paper's choice of bandwidth: that of the greatest log-likelihood in a 5-fold cross-validation (of n folds, where there are
 * only n < 5 samples), with folds drawn from the seed.
 *
 * @param bandwidths the grid, the widest first
 * @throws UserError for a single sample, which cannot be divided
 */
export function crossValidatedBandwidth(
  training: Points,
  bandwidths: readonly number[],
  seed: number,
  report: (done: number) => void,
): number {
  const { count, features } = training;
  if (count === 1)
    throw new UserError('KDE cannot choose a bandwidth by one training sample; give a bandwidth');
  const order = permutation(count, randomStream(seed, 'folds'));
  const shuffled = new Points(rowsAt(training.values, features, order), features);

  const folds = Math.min(FOLDS, count);
  const startOf = (fold: number) => Math.floor((fold * count) / folds);
  const likelihoods = bandwidths.map(() => 0);
  const parts = chunk(bandwidths, LEVELS);
  const sums = new Float64Array(LEVELS);
  let fold = 0;
  for (const [i, distances] of distanceRows(shuffled, shuffled)) {
    if (i === startOf(fold + 1)) fold++;
    const [from, to] = [startOf(fold), startOf(fold + 1)];
    parts.forEach((part, p) => {
      // The widest bandwidth's first: with h² halved a Gaussian is squared.
      const precision = 1 / (2 * part[0] * part[0]);
      const nearest = native().gaussianSums(from, to, precision, part.length, distances, sums);
      part.forEach((bandwidth, k) => {
        likelihoods[p * LEVELS + k] +=
          logarithm(sums[k]) -
          nearest / (2 * bandwidth * bandwidth) -
          normalizer(count - (to - from), features, bandwidth);
      });
    });
    report(i + 1);
  }
  return bandwidths[likelihoods.indexOf(Math.max(...likelihoods))];
}

/** What to say of a bandwidth at an end of its grid, beyond which a better one may lie. */
function doubtBandwidth(grid: keyof typeof GRIDS, chosen: OptionValue | undefined): string | undefined {
  const place = { [GRIDS[grid][0]]: 'widest', [GRIDS[grid].at(-1) as number]: 'narrowest' }[Number(chosen)];
  if (place === undefined) return undefined;
  const wider = grid === 'paper' && place === 'narrowest' ? ', or bandwidthGrid wide' : '';
  return `bandwidth ${Number(chosen).toPrecision(3)} is the ${place} that was tried, and one beyond it may do better (set bandwidth${wider})`;
}

export const kde = defineDetector({
  name: 'kde',
  title: 'KDE',
  options: z.object({
    bandwidth: z
      .number()
      .positive()
      .optional()
      .describe(
        'h: standard deviation of the Gaussian around each training sample (default: chosen from a grid by 5-fold ' +
          'cross-validated log-likelihood)',
      ),
    bandwidthGrid: z
      .enum(['paper', 'wide'])
      .optional()
      .describe(
        "What the bandwidth is chosen from: 2^0.5 … 2^5 (paper, the default on the paper's data sets), or 2^-8 … 2^5 (wide, the " +
          'default on other data)',
      ),
    ...unlabeledOptions,
  }),
  resolve: ({ bandwidth = null, bandwidthGrid, ...given }, defaults) => ({
    bandwidth,
    ...(bandwidth === null &&
      unlessUsual('bandwidthGrid', bandwidthGrid ?? (isOfPaper(defaults) ? 'paper' : 'wide'))),
    ...resolveUnlabeled(given),
  }),
  doubt: ({ bandwidth, bandwidthGrid = 'paper' }, notes) =>
    bandwidth === null ? doubtBandwidth(bandwidthGrid, notes.bandwidth) : undefined,
  cost: ({ bandwidth, bandwidthGrid = 'paper' }, shape) =>
    kernelMatrixCost(shape, bandwidth === null ? GRIDS[bandwidthGrid].length : 1),
  create: ({ bandwidth, bandwidthGrid = 'paper', trainOn = 'without-anomalies' }, shape) =>
    new KernelDensity(shape, bandwidth ?? undefined, GRIDS[bandwidthGrid], trainOn),
});
