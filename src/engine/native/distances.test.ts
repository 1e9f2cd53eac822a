import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../../random.js';
import { instructionSets, type Kernels, loadKernels } from './kernels.js';

const random = randomStream(1, 'points');
const draw = (size: number, middle = 0) =>
  Float32Array.from({ length: size }, () => middle + random.uniform(-1, 1));

/** ‖a_i − b_j‖² in double precision. */
function expected(a: Float32Array, b: Float32Array, features: number, i: number, j: number): number {
  let sum = 0;
  for (let f = 0; f < features; f++) sum += (a[i * features + f] - b[j * features + f]) ** 2;
  return sum;
}

function pairwise(
  kernels: Kernels,
  a: Float32Array,
  b: Float32Array,
  features: number,
  center: Float32Array,
): Float32Array {
  const [countA, countB] = [a.length / features, b.length / features];
  const out = new Float32Array(countA * countB);
  kernels.pairwiseDistances(countA, countB, features, a, b, center, out);
  return out;
}

function symmetric(
  kernels: Kernels,
  points: Float32Array,
  features: number,
  center: Float32Array,
): Float32Array {
  const count = points.length / features;
  const out = new Float32Array(count * count);
  kernels.symmetricDistances(count, features, points, center, out);
  return out;
}

describe.each(instructionSets())('%s', (instructionSet) => {
  const { kernels } = loadKernels(instructionSet);

  test.each([
    [1, 1, 1],
    [3, 50, 5],
    [17, 33, 21],
    [64, 64, 4],
    [9, 40, 63],
    [9, 40, 64],
    [37, 70, 150],
  ])('distances of %d points to %d others of %d features', (countA, countB, features) => {
    const a = draw(countA * features);
    const b = draw(countB * features);
    const found = pairwise(kernels, a, b, features, draw(features));
    for (let i = 0; i < countA; i++) {
      for (let j = 0; j < countB; j++) {
        expect(Math.abs(found[i * countB + j] / expected(a, b, features, i, j) - 1)).toBeLessThan(1e-6);
      }
    }
  });

  test('features in which all the others are the center are passed over, to the same bits', () => {
    const features = 200;
    const center = draw(features);
    const [points, others, apart] = [draw(20 * features), draw(160 * features), draw(features, 3)];
    others.forEach((_, i) => {
      const f = i % features;
      if (f < 70 || f % 3 === 0) others[i] = center[f];
    });
    const found = pairwise(kernels, points, others, features, center);
    // With one that is elsewhere in all features, in the first part of the others or in the last, no feature is passed over there.
    const [first, last] = [
      [...apart, ...others],
      [...others, ...apart],
    ].map((more) => pairwise(kernels, points, Float32Array.from(more), features, center));
    for (let i = 0; i < 20; i++) {
      const toApart = expected(points, apart, features, i, 0);
      expect(Math.abs(first[i * 161] / toApart - 1)).toBeLessThan(1e-6);
      expect(last[i * 161 + 160]).toBe(first[i * 161]);
      for (let j = 0; j < 160; j++) {
        const distance = found[i * 160 + j];
        expect(Math.abs(distance / expected(points, others, features, i, j) - 1)).toBeLessThan(1e-5);
        expect(first[i * 161 + j + 1]).toBe(distance);
        expect(last[i * 161 + j]).toBe(distance);
      }
    }
  });

  test.each([3, 100])('distances are right among points far from the center, of %d features', (features) => {
    const near = draw(20 * features, 1000);
    // Each point also a millionth of its value away from itself.
    const points = Float32Array.of(...near, ...near.map((value) => value * (1 + 1e-6)));
    const found = symmetric(kernels, points, features, new Float32Array(features));
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 40; j++) {
        const distance = expected(points, points, features, i, j);
        expect(Math.abs(found[i * 40 + j] - distance)).toBeLessThanOrEqual(1e-6 * distance);
      }
    }
  });

  test.each([1, 2, 4])('distances are right wherever the center lies: %d from the points', (away) => {
    const features = 100;
    const points = draw(40 * features, away);
    const found = symmetric(kernels, points, features, new Float32Array(features));
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 40; j++) {
        const distance = expected(points, points, features, i, j);
        expect(Math.abs(found[i * 40 + j] - distance)).toBeLessThanOrEqual(2e-6 * distance);
      }
    }
  });

  test.each([5, 80])('distances among points are those to the same points, of %d features', (features) => {
    const points = draw(75 * features);
    const center = draw(features);
    const found = symmetric(kernels, points, features, center);
    expect(found).toEqual(pairwise(kernels, points, points, features, center));
    // Nor does it matter which points come along.
    for (const i of [0, 7, 74]) {
      const one = points.subarray(i * features, (i + 1) * features);
      expect(pairwise(kernels, one, points, features, center)).toEqual(found.subarray(i * 75, (i + 1) * 75));
      expect(found[i * 75 + i]).toBe(0);
    }
  });

  test('the radial basis function', () => {
    const distances = Float32Array.from({ length: 1000 }, (_, i) => i / 7);
    const found = new Float32Array(1000);
    kernels.radialBasis(0.5, distances, found);
    distances.forEach((distance, i) => {
      const value = Math.exp(-0.5 * distance);
      expect(Math.abs(found[i] / value - 1)).toBeLessThan(5e-6);
    });
    expect(found[0]).toBe(1);
  });
});

test.each([19, 100])('every instruction set gives the same bits, of %d features', (features) => {
  const points = draw(37 * features);
  const center = draw(features);
  const results = instructionSets().map((set) => {
    const { kernels } = loadKernels(set);
    const out = symmetric(kernels, points, features, center);
    kernels.radialBasis(0.3, out, out);
    return out;
  });
  for (const result of results) expect(result).toEqual(results[0]);
});
