import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../../random.js';
import { instructionSets, loadKernels } from './kernels.js';

const random = randomStream(1, 'points');
const draw = (size: number) => Float32Array.from({ length: size }, () => random.uniform(-1, 1));

describe.each(instructionSets())('%s', (instructionSet) => {
  const { kernels } = loadKernels(instructionSet);

  test.each([
    [1, 1, 1],
    [3, 50, 5],
    [17, 33, 21],
    [64, 64, 4],
  ])('distances of %d points to %d others of %d features', (countA, countB, features) => {
    const a = draw(countA * features);
    const b = draw(countB * features);
    const found = new Float32Array(countA * countB);
    kernels.pairwiseDistances(countA, countB, features, a, b, found);
    for (let i = 0; i < countA; i++) {
      for (let j = 0; j < countB; j++) {
        let expected = 0;
        for (let f = 0; f < features; f++) expected += (a[i * features + f] - b[j * features + f]) ** 2;
        expect(Math.abs(found[i * countB + j] / expected - 1)).toBeLessThan(1e-6);
      }
    }
  });

  test('the radial basis function', () => {
    const distances = Float32Array.from({ length: 1000 }, (_, i) => i / 7);
    const found = new Float32Array(1000);
    kernels.radialBasis(0.5, distances, found);
    distances.forEach((distance, i) => {
      const expected = Math.exp(-0.5 * distance);
      expect(Math.abs(found[i] / expected - 1)).toBeLessThan(5e-6);
    });
    expect(found[0]).toBe(1);
  });
});

test('every instruction set gives the same bits', () => {
  const a = draw(37 * 19);
  const results = instructionSets().map((set) => {
    const out = new Float32Array(37 * 37);
    const { kernels } = loadKernels(set);
    kernels.pairwiseDistances(37, 37, 19, a, a, out);
    kernels.radialBasis(0.3, out, out);
    return out;
  });
  for (const result of results) expect(result).toEqual(results[0]);
});
