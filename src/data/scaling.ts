import { UserError } from '../errors.js';
import { quantile } from '../quantile.js';
import type { Dataset, Samples } from './dataset.js';
import { featureNames, sampleSize } from './dataset.js';
import { normalClassesOf, type Preparation, type SplitRequest } from './split.js';

/**
 * What became 0 and 1: of each feature, with the mean that missing values take; or of all values, as of an image or of windows that are
 * scaled already, which have none.
 */
export type ScaledRange = Pick<FeatureRange, 'low' | 'high'> &
  Partial<FeatureRange> & {
    /** An image was contrast normalised before. */
    readonly contrast?: true;
  };

/**
 * Whole parts that are scaled alike for every run, as long as one has them: the test set of CIFAR-10 is 123 MB, and a process may execute 64
 * runs at a time. Those who share them write neither to them nor to the data sets.
 */
export type ScaledWholes = WeakMap<Samples, WeakRef<Float32Array>>;

/** Makes training and test sets of raw samples. */
export interface Scaler {
  readonly range: ScaledRange;
  /** Scales the samples of the given indices, one after the other, into an array of its own, or a shared one (`ScaledWholes`). */
  scale(samples: Samples, indices: Uint32Array): Float32Array;
}

/**
 * The scaler of a data set. Usually image bytes go to [0, 1], table features to the training part's range, by {@link scaleRow}, and
 * what is scaled already stays as it is; a request may ask for another preparation.
 *
 * @param training the samples of `dataset.training` that features are fitted on
 * @param wholes where those whom it scales for share whole parts
 * @throws UserError where every feature is constant, one is missing in all of them, or (when scaling) a value is so far out that it overflows
 */
export function scalerFor(
  dataset: Dataset,
  training: Uint32Array,
  { normalClass, preparation = {} }: Partial<Pick<SplitRequest, 'normalClass' | 'preparation'>> = {},
  wholes?: ScaledWholes,
): Scaler {
  const { shape, scaled, classNames, training: samples } = dataset;
  if (scaled) return commonScaler(1, sampleSize(shape), wholes);
  if (shape.length === 1) return featureScaler(dataset, training, shape[0], preparation.tableScaling);
  if (preparation.imageScaling !== 'contrast') return commonScaler(255, sampleSize(shape), wholes);
  const names = normalClassesOf(normalClass ?? []);
  const normal = training.filter((index) => names.includes(classNames[samples.classes[index]]));
  return contrastScaler(samples, normal, sampleSize(shape));
}

/** Maps 0 to 0 and `high` to 1, all values alike. */
function commonScaler(high: number, size: number, wholes?: ScaledWholes): Scaler {
  const scale: Scaler['scale'] = (samples, indices) => {
    const isShared = wholes && indices.length === samples.count && indices.every((index, i) => index === i);
    const known = isShared ? wholes.get(samples)?.deref() : undefined;
    if (known) return known;
    const { values } = samples;
    const scaled = new Float32Array(indices.length * size);
    if (isShared) wholes.set(samples, new WeakRef(scaled));
    for (let i = 0; i < indices.length; i++) {
      for (let j = 0; j < size; j++) scaled[i * size + j] = values[indices[i] * size + j] / high;
    }
    return scaled;
  };
  return { range: { low: Float64Array.of(0), high: Float64Array.of(high) }, scale };
}

/**
 * Global contrast normalisation as in the authors' code of Deep SVDD (Ruff et al. 2018): of each image its mean is subtracted, and what
 * is left divided by its mean absolute value; then the range of the normal training images becomes [0, 1].
 */
function contrastScaler(samples: Samples, normal: Uint32Array, size: number): Scaler {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const index of normal) {
    for (const value of contrastNormalized(samples, index, size)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const span = high - low || 1;
  const scale: Scaler['scale'] = (given, indices) => {
    const scaled = new Float32Array(indices.length * size);
    indices.forEach((index, i) => {
      scaled.set(
        contrastNormalized(given, index, size).map((value) => (value - low) / span),
        i * size,
      );
    });
    return scaled;
  };
  return { range: { low: Float64Array.of(low), high: Float64Array.of(high), contrast: true }, scale };
}

/** An image less its mean, over its mean absolute value then; one of a single colour is 0. */
function contrastNormalized({ values }: Samples, index: number, size: number): Float64Array {
  const image = Float64Array.from(values.subarray(index * size, (index + 1) * size));
  const mean = image.reduce((sum, value) => sum + value, 0) / size;
  const centered = image.map((value) => value - mean);
  const contrast = centered.reduce((sum, value) => sum + Math.abs(value), 0) / size;
  return centered.map((value) => value / (contrast || 1));
}

/** What messages call the features of a table, by the columns that they are of, where these have names. */
export function featureNamer(columns: Dataset['columns']): (feature: number) => string {
  const names = columns && featureNames(columns);
  return (feature) => (names ? `column ${names[feature]}` : `feature ${feature + 1} (counted from 1)`);
}

/** Scales by what the training part says of each feature, as {@link scaleRow} does. */
function featureScaler(
  { name, columns, training: { values } }: Dataset,
  training: Uint32Array,
  features: number,
  scaling: Preparation['tableScaling'],
): Scaler {
  const nameOf = featureNamer(columns);
  const fullRange = emptyRange(features);
  for (const index of training) widenRange(fullRange, values, index * features);
  checkRange(fullRange, training.length, name, nameOf);
  const range = scaling ? { ...fullRange, ...BOUNDS[scaling](values, training, fullRange) } : fullRange;
  const scale: Scaler['scale'] = (samples, indices) => {
    const scaled = new Float32Array(indices.length * features);
    for (let i = 0; i < indices.length; i++) {
      const from = indices[i] * features;
      const overflow = scaleRow(range, samples.values, from, scaled, i * features);
      if (overflow !== undefined) {
        const place = samples.rows ? `row ${samples.rows[indices[i]]}` : `sample ${indices[i] + 1}`;
        throw new UserError(
          `${samples.file ?? name}, ${place}, ${nameOf(overflow)}: ${overflowMessage(range, overflow, samples.values[from + overflow])}`,
        );
      }
    }
    return scaled;
  };
  return { range, scale };
}

/** What becomes 0 and 1 of each feature, where that is not the range of the training part. */
const BOUNDS: Readonly<
  Record<
    NonNullable<Preparation['tableScaling']>,
    (
      values: Samples['values'],
      training: Uint32Array,
      range: FeatureRange,
    ) => Pick<FeatureRange, 'low' | 'high'>
  >
> = {
  /** The mean, and one (population) standard deviation above it. */
  standardize: (values, training, { mean }) => {
    const deviations = mean.map((center, j) => {
      const present = presentValues(values, training, mean.length, j);
      return rootMeanSquare(present.map((value) => value - center));
    });
    return { low: mean, high: mean.map((center, j) => center + deviations[j]) };
  },
  /** The median, and the distance between the quartiles above it. */
  robust: (values, training, { mean }) => {
    const low = new Float64Array(mean.length);
    const high = new Float64Array(mean.length);
    for (let j = 0; j < low.length; j++) {
      const sorted = presentValues(values, training, mean.length, j).sort();
      low[j] = quantile(sorted, 0.5);
      high[j] = low[j] + (quantile(sorted, 0.75) - quantile(sorted, 0.25));
    }
    return { low, high };
  },
};

function presentValues(
  values: Samples['values'],
  training: Uint32Array,
  features: number,
  feature: number,
): Float64Array {
  return Float64Array.from(training, (index) => values[index * features + feature]).filter(
    (value) => !Number.isNaN(value),
  );
}

/** Sums of squares below this have lost digits, as squares of numbers below 1e-154 have. */
const LEAST_SQUARES = 2 ** -960;

/** The root of the mean square, where squares are beyond all numbers or next to 0 too. */
function rootMeanSquare(values: Float64Array): number {
  const squares = values.reduce((sum, value) => sum + value ** 2, 0);
  if (squares >= LEAST_SQUARES && squares < Number.POSITIVE_INFINITY) {
    return Math.sqrt(squares / values.length);
  }
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return largest;
  return largest * rootMeanSquare(values.map((value) => value / largest));
}

/** The least and the greatest value of each feature, and their mean, which takes the place of missing ones. */
export interface FeatureRange {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly mean: Float64Array;
}

/** A range that grows with every row, and how many values of each feature it has seen. */
export interface GrowingRange extends FeatureRange {
  readonly counts: Float64Array;
}

/** The range of no values, to be widened. */
export function emptyRange(features: number): GrowingRange {
  return {
    low: new Float64Array(features).fill(Number.POSITIVE_INFINITY),
    high: new Float64Array(features).fill(Number.NEGATIVE_INFINITY),
    mean: new Float64Array(features),
    counts: new Float64Array(features),
  };
}

/** Widens a range so that it holds the row of values that starts at `from`; NaN is a missing value. */
export function widenRange(range: GrowingRange, values: ArrayLike<number>, from: number): void {
  const { low, high, mean, counts } = range;
  for (let j = 0; j < low.length; j++) {
    const value = values[from + j];
    if (Number.isNaN(value)) continue;
    if (value < low[j]) low[j] = value;
    if (value > high[j]) high[j] = value;
    counts[j]++;
    // Not by the sum, which may overflow.
    mean[j] += (value - mean[j]) / counts[j];
  }
}

/**
 * Checks a range that `count` rows made.
 *
 * @param file what errors call their file
 * @param nameOf and a feature
 * @throws UserError where every feature is constant, or one is missing in all rows
 */
export function checkRange(
  { low, high, counts }: GrowingRange,
  count: number,
  file: string,
  nameOf: (feature: number) => string,
): void {
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new UserError(
      `${file}: ${nameOf(empty)} is missing in all of the ${count} training samples; leave it out`,
    );
  }
  if (low.some((value, j) => value !== high[j])) return;
  throw new UserError(
    `${file}: every one of the ${low.length} features is constant over the ${count} training samples; there is nothing to learn from: give features that vary`,
  );
}

/**
 * Maps each feature of a row linearly so that its values on the training part span [0, 1]; other values may lie outside. The
 * paper standardises first; but min-max scaling undoes any scale and shift before it, so the result is the same.
 * A feature that is constant over the training part is only shifted, to 0 there, as scikit-learn's scalers do: a value that
 * departs from it stays visible. A missing value, NaN, takes the mean of the training part.
 *
 * @param from where the row starts in `values`
 * @param to where it goes in `out`
 * @returns the first feature whose value is so far out that it overflows, if any
 */
export function scaleRow(
  { low, high, mean }: FeatureRange,
  values: ArrayLike<number>,
  from: number,
  out: Float32Array,
  to: number,
): number | undefined {
  for (let j = 0; j < low.length; j++) {
    const value = Number.isNaN(values[from + j]) ? mean[j] : values[from + j];
    const span = high[j] - low[j];
    const result = Math.fround((value - low[j]) / (span || 1));
    // By a span beyond all numbers everything would be 0.
    if (!Number.isFinite(result) || !Number.isFinite(span)) return j;
    out[to + j] = result;
  }
  return undefined;
}

/** What to say of a feature's value that overflows. */
export function overflowMessage({ low, high }: FeatureRange, feature: number, value: number): string {
  return (
    `${value} cannot be scaled by the training range ${low[feature]} to ${high[feature]} in single precision; ` +
    'drop or transform this feature'
  );
}
