import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../../random.js';
import { GROUP, instructionSets, loadKernels } from './kernels.js';

/** In whole groups, far more samples than are summed in single precision. */
const BATCH = 16_384;
const SLOPE = 0.5;
const EPSILON = 1e-5;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The greatest difference, by the greatest value. */
function errorOf(found: Float32Array, expected: readonly number[]): number {
  const [differences, values] = [
    expected.map((value, i) => Math.abs(found[i] - value)),
    expected.map(Math.abs),
  ];
  const greatest = (all: readonly number[]) => all.reduce((most, value) => Math.max(most, value), 0);
  return greatest(differences) / greatest(values);
}

describe.each(instructionSets())('%s', (instructionSet) => {
  const { kernels } = loadKernels(instructionSet);

  // Each lane has one value over and over, so that what a sum in single precision loses adds up.
  test.each([1, 3, 16])('sums over many samples of planes of %d', (positions) => {
    const random = randomStream(positions, 'values');
    const repeated = () => {
      const ofLane = Array.from({ length: GROUP }, () => 100 + random.uniform(-1, 1));
      return Float32Array.from({ length: BATCH * positions }, (_, i) => ofLane[i % GROUP]);
    };
    const [x, dy] = [repeated(), repeated()];
    const [means, variances, scales, y] = [1, 1, 1, x.length].map((length) => new Float32Array(length));
    const pass = { channels: 1, height: 1, width: positions, normalize: true, pool: false, slope: SLOPE };
    const values = [...x];
    const dx = x.slice();
    kernels.normalizeBatch(BATCH, pass, EPSILON, x, means, variances, scales, y)(BATCH);
    kernels.normalizeBackward(BATCH, pass, dx, means, scales, dy)(BATCH);

    const middle = mean(values);
    const variance = mean(values.map((value) => (value - middle) ** 2));
    expect(errorOf(means, [middle])).toBeLessThan(5e-7);
    expect(errorOf(variances, [variance])).toBeLessThan(5e-7);
    // By the statistics that were found: the activation has a kink.
    const normal = values.map((value) => (value - means[0]) * scales[0]);
    const gradients = normal.map((h, i) => (h > 0 ? 1 : SLOPE) * dy[i]);
    const share = mean(gradients);
    const along = mean(gradients.map((gradient, i) => gradient * normal[i]));
    const expected = gradients.map((gradient, i) => (gradient - share - normal[i] * along) * scales[0]);
    expect(errorOf(dx, expected)).toBeLessThan(5e-6);
  });
});
