import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../random.js';
import {
  distanceEntropy,
  effectiveRank,
  gaussianEntropy,
  neighbourEntropy,
  spreadOf,
  type Vectors,
} from './entropy.js';

const random = randomStream(1, 'vectors');
const normal = () =>
  Math.sqrt(-2 * Math.log(1 - random.uniform(0, 1))) * Math.cos(random.uniform(0, 2 * Math.PI));

/** Vectors with independent components of these standard deviations. */
function gaussian(count: number, deviations: readonly number[], draw = normal): Vectors {
  const width = deviations.length;
  const values = Float32Array.from({ length: count * width }, (_, i) => 3 + deviations[i % width] * draw());
  return { values, count, width };
}
/**
 * Vectors on the axes, `times` on either side of each, whose components have exactly these standard deviations and no covariance: what
 * follows from these is known to rounding, and nothing is left to a draw.
 */
function onAxes(times: number, deviations: readonly number[]): Vectors {
  const width = deviations.length;
  const values = deviations.flatMap((deviation, axis) =>
    [1, -1].flatMap((sign) =>
      Array.from({ length: times * width }, (_, i) =>
        i % width === axis ? 3 + sign * deviation * Math.sqrt(width) : 3,
      ),
    ),
  );
  return { values: Float32Array.from(values), count: 2 * times * width, width };
}

/** The entropy by the fifth neighbours. */
function neighbours({ values, count, width }: Vectors): number {
  const squares = Float32Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count) * width, (at % count) * width];
    let square = 0;
    for (let k = 0; k < width; k++) square += (values[i + k] - values[j + k]) ** 2;
    return square;
  });
  return neighbourEntropy(squares, width, 5);
}
const scaled = ({ values, ...vectors }: Vectors, by: number): Vectors => ({
  ...vectors,
  values: values.map((value) => value * by),
});

/** ½ ln(2πe σ²), the mean over the components. */
const truth = (deviations: readonly number[]) =>
  deviations.reduce((total, s) => total + 0.5 * Math.log(2 * Math.PI * Math.E * s ** 2), 0) /
  deviations.length;

const DEVIATIONS = [2, 1, 0.5, 0.1];

describe('entropies of a Gaussian', () => {
  test('by its covariance are the true one', () => {
    expect(gaussianEntropy(spreadOf(onAxes(1, DEVIATIONS)), false)).toBeCloseTo(truth(DEVIATIONS), 4);
  });

  test('by the distances of neighbours come near the true one', () => {
    expect(Math.abs(neighbours(gaussian(2000, DEVIATIONS)) - truth(DEVIATIONS))).toBeLessThan(0.1);
  });

  test('by distances are the true one where it is isotropic, and more where it is not', () => {
    expect(distanceEntropy(onAxes(1, [2, 2, 2]))).toBeCloseTo(truth([2, 2, 2]), 6);
    // As of one isotropic with this mean variance.
    const meanSquare = DEVIATIONS.reduce((total, s) => total + s ** 2, 0) / DEVIATIONS.length;
    expect(distanceEntropy(onAxes(1, DEVIATIONS))).toBeCloseTo(truth([Math.sqrt(meanSquare)]), 6);
    expect(truth([Math.sqrt(meanSquare)])).toBeGreaterThan(truth(DEVIATIONS) + 0.5);
  });
});

test('every entropy grows by ln s where vectors are scaled by s, and stays where they are moved', () => {
  const vectors = gaussian(300, DEVIATIONS);
  const moved = { ...vectors, values: vectors.values.map((value) => value + 1) };
  const estimates: ((sample: Vectors) => number)[] = [
    (sample) => gaussianEntropy(spreadOf(sample), false),
    (sample) => gaussianEntropy(spreadOf(sample), true),
    (sample) => distanceEntropy(sample),
    neighbours,
  ];
  for (const estimate of estimates) {
    expect(estimate(scaled(vectors, 4)) - estimate(vectors)).toBeCloseTo(Math.log(4), 5);
    expect(estimate(moved)).toBeCloseTo(estimate(vectors), 4);
  }
});

test('the distance to a point tells a shift from it, that to the mean does not', () => {
  const vectors = gaussian(1000, [1, 1]);
  expect(distanceEntropy(vectors, [3, 3])).toBeCloseTo(distanceEntropy(vectors), 2);
  expect(distanceEntropy(vectors, [13, 3])).toBeGreaterThan(distanceEntropy(vectors) + 1);
});

test('two clusters have less entropy by their neighbours than their covariance allows', () => {
  const vectors = gaussian(1000, [0.1, 0.1]);
  const clusters = {
    ...vectors,
    values: vectors.values.map((value, i) => value + (i % 4 === 0 ? 10 : 0)),
  };
  expect(gaussianEntropy(spreadOf(clusters), false) - neighbours(clusters)).toBeGreaterThan(1);
});

describe('the spread', () => {
  test('has the eigenvalues of the covariance, in descending order', () => {
    const angle = 0.3;
    const { values } = gaussian(20_000, [2, 1]);
    const turned = values.map((_, i) =>
      i % 2 === 0
        ? Math.cos(angle) * values[i] - Math.sin(angle) * values[i + 1]
        : Math.sin(angle) * values[i - 1] + Math.cos(angle) * values[i],
    );
    const { spectrum } = spreadOf({ values: turned, count: 20_000, width: 2 });
    expect(spectrum[0]).toBeCloseTo(4, 0);
    expect(spectrum[1]).toBeCloseTo(1, 1);
  });

  test.each([1, 10, 1000])('is shrunk by the less the more vectors there are, here 4 · %d', (times) => {
    // Of variances v and w on two axes the covariance S is diag(v, w), and a vector x on one has |x|² of 2v or 2w, so that Ledoit and
    // Wolf's b², the mean of |xxᵀ − S|² over n, is (v² + w²)/n, and their d² = |S − (v + w)/2 · I|² is (v − w)²/2.
    const [v, w] = [4, 1];
    const count = 4 * times;
    const share = Math.min(1, (2 * (v ** 2 + w ** 2)) / (count * (v - w) ** 2));
    const spread = spreadOf(onAxes(times, [2, 1]));
    expect(spread.shrinkage).toBeCloseTo(share, 6);
    const shrunk = [v, w].map((variance) => Math.sqrt((1 - share) * variance + (share * (v + w)) / 2));
    expect(gaussianEntropy(spread, true)).toBeCloseTo(truth(shrunk), 5);
    expect(gaussianEntropy(spread, false)).toBeCloseTo(truth([2, 1]), 5);
  });

  test('is shrunk wholly where no direction stands out', () => {
    expect(spreadOf(onAxes(1, [1, 1, 1])).shrinkage).toBe(1);
  });

  test('in a plane has an effective rank of two, and an entropy', () => {
    const { values } = gaussian(1000, [1, 1]);
    const flat = Float32Array.from({ length: 3000 }, (_, i) =>
      i % 3 < 2 ? values[2 * Math.floor(i / 3) + (i % 3)] : 7,
    );
    const spread = spreadOf({ values: flat, count: 1000, width: 3 });
    expect(effectiveRank(spread)).toBeCloseTo(2, 1);
    expect(gaussianEntropy(spread, false)).toBeGreaterThan(-10);
  });
});

test('vectors that are equal leave what can be told of the others', () => {
  const { values } = gaussian(50, [1, 1]);
  const repeated = Float32Array.from([
    ...values,
    ...Array(6)
      .fill([...values.subarray(0, 2)])
      .flat(),
  ]);
  expect(neighbours({ values: repeated, count: 56, width: 2 })).toBeGreaterThan(-3);
});

// The volume of a ball is of another form in odd dimensions than in even ones.
test.each([1, 3])('the distances of neighbours come near the true entropy of an odd width: %d', (width) => {
  const deviations = DEVIATIONS.slice(0, width);
  expect(Math.abs(neighbours(gaussian(2000, deviations)) - truth(deviations))).toBeLessThan(0.1);
});
