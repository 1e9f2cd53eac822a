import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../../random.js';
import { instructionSets, type Kernels, loadKernels } from './kernels.js';

const LEVELS = 10;

/** Squared distances, some far more than a Gaussian of the greatest variance reaches and some equal. */
const DISTANCES = (() => {
  const random = randomStream(1, 'distances');
  return Float32Array.from(
    { length: 103 },
    () => [0, random.uniform(0, 9), random.uniform(9, 900)][random.integer(3)] + 0.3,
  );
})();

function sums(kernels: Kernels, from: number, to: number, precision: number, levels = LEVELS) {
  const found = new Float64Array(levels);
  const nearest = kernels.gaussianSums(from, to, precision, levels, DISTANCES, found);
  return { nearest, sums: [...found] };
}

describe.each(instructionSets())('%s', (set) => {
  const { kernels } = loadKernels(set);

  test.each([
    [0, 0],
    [0, 8],
    [5, 30],
    [13, 103],
    [96, 96],
    [1, 102],
  ])('sums of Gaussians over all but [%i, %i) are those of plain loops', (from, to) => {
    for (const precision of [1e-4, 0.02, 1, 40]) {
      const rest = [...DISTANCES].filter((_, j) => j < from || j >= to);
      const nearest = Math.min(...rest);
      const found = sums(kernels, from, to, precision);
      expect(found.nearest).toBe(nearest);
      found.sums.forEach((sum, k) => {
        const expected = rest.reduce((all, d) => all + Math.exp((nearest - d) * precision * 2 ** k), 0);
        // A power of two squares the error of one exponential so many times over.
        expect(Math.abs(sum / expected - 1)).toBeLessThan(2 ** k * 1e-15);
      });
    }
  });

  test('one exponential is that of the C library to a few units in the last place', () => {
    for (let x = 0; x < 50; x += 0.0137) {
      const found = new Float64Array(1);
      kernels.gaussianSums(0, 0, x, 1, Float32Array.of(0, 1), found);
      // Beside the 1 of the nearest, what is small has lost digits: the sum is what is held.
      expect(Math.abs(found[0] - (1 + Math.exp(-x)))).toBeLessThanOrEqual(4.5e-16);
    }
  });

  test('all samples left out leave nothing', () => {
    expect(sums(kernels, 0, 103, 1)).toEqual({
      nearest: Number.POSITIVE_INFINITY,
      sums: Array(LEVELS).fill(0),
    });
  });

  test('what does not fit is refused', () => {
    expect(() => sums(kernels, -1, 3, 1)).toThrow('begins at -1');
    expect(() => sums(kernels, 5, 3, 1)).toThrow('ends at 3');
    expect(() => sums(kernels, 0, 104, 1)).toThrow('ends at 104');
    expect(() => sums(kernels, 0, 0, 1, 17)).toThrow('17 levels');
    expect(() => sums(kernels, 0, 0, 1, 0)).toThrow('0 levels');
    expect(() => kernels.gaussianSums(0, 0, 1, 2, DISTANCES, new Float64Array(1))).toThrow('1 element');
  });
});

test('every instruction set gives the same bits', () => {
  const results = instructionSets().map((set) => sums(loadKernels(set).kernels, 3, 20, 0.01));
  for (const result of results) expect(result).toEqual(results[0]);
});
