import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { DatasetDefaults } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import {
  BANDWIDTHS,
  candidateKernels,
  kernelOptions,
  medianSquaredDistance,
  resolveKernel,
} from './bandwidth.js';
import { Points } from './points.js';

const OWN_DATA: DatasetDefaults = { network: 'mlp', representationSize: 2 };
const PAPER: DatasetDefaults = { ...OWN_DATA, bandwidthSelection: 'test-holdout' };

/** Kernel options with what is given of them. */
const resolved = (given: z.input<typeof OPTIONS>, defaults: DatasetDefaults) =>
  resolveKernel(OPTIONS.parse(given), defaults);
const OPTIONS = z.object(kernelOptions);

describe('resolveKernel', () => {
  test('selects as the paper does on its data sets, and without labels on other data', () => {
    expect(resolved({}, PAPER)).toEqual({ kernel: 'rbf', selection: 'test-holdout', memoryLimit: 1000 });
    expect(resolved({}, OWN_DATA)).toEqual({ kernel: 'rbf', selection: 'median', memoryLimit: 1000 });
    expect(resolved({ selection: 'median' }, PAPER)).toMatchObject({ selection: 'median' });
  });

  test('takes a given gamma, and needs no bandwidth for a linear kernel', () => {
    const given = { kernel: 'rbf', selection: 'none', gamma: 0.3, memoryLimit: 1000 };
    expect(resolved({ gamma: 0.3 }, PAPER)).toEqual(given);
    expect(resolved({ gamma: 0.3, selection: 'none' }, PAPER)).toEqual(given);
    expect(resolved({ kernel: 'linear', memoryLimit: 5 }, PAPER)).toEqual({
      kernel: 'linear',
      memoryLimit: 5,
    });
  });

  test.each([
    [{ selection: 'none' }, 'needs a gamma'],
    [{ selection: 'median', gamma: 1 }, 'selection median chooses gamma'],
    [{ kernel: 'linear', gamma: 1 }, 'a linear kernel has no bandwidth'],
    [{ kernel: 'linear', selection: 'test-holdout' }, 'a linear kernel has no bandwidth'],
  ] as const)('refuses %j', (given, message) => {
    expect(() => resolved(given, PAPER)).toThrow(UserError);
    expect(() => resolved(given, PAPER)).toThrow(message);
  });
});

describe('candidateKernels', () => {
  const points = new Points(Float32Array.of(0, 1, 3), 1);

  test('are the grid of the paper, the inverse median, what is given, or linear', () => {
    expect(BANDWIDTHS).toEqual([1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4]);
    const gammas = (choice: Parameters<typeof candidateKernels>[0]) =>
      candidateKernels(choice, points, 1).map((kernel) => (kernel.type === 'rbf' ? kernel.gamma : undefined));
    const kernel = 'rbf';
    expect(gammas({ kernel, selection: 'test-holdout' })).toEqual(BANDWIDTHS);
    expect(gammas({ kernel, selection: 'median' })).toEqual([1 / 4]);
    expect(gammas({ kernel, selection: 'none', gamma: 0.7 })).toEqual([0.7]);
    expect(candidateKernels({ kernel: 'linear' }, points, 1)).toEqual([{ type: 'linear' }]);
  });
});

describe('medianSquaredDistance', () => {
  const median = (values: Float32Array, features: number, seed = 1) =>
    medianSquaredDistance(new Points(values, features), seed);

  test('is over pairs of different samples, duplicates left out', () => {
    expect(median(Float32Array.of(0, 1, 3), 1)).toBe(4);
    expect(median(Float32Array.of(0, 0, 0, 0, 2), 1)).toBe(4);
    expect(median(Float32Array.of(0, 0, 3, 4), 2)).toBe(25);
  });

  test('is near that of all samples where it looks at a part, which the seed draws', () => {
    // Evenly spaced in [0, 1): half of the pairs are nearer than 1 − √½.
    const line = Float32Array.from({ length: 5000 }, (_, i) => i / 5000);
    const medians = [1, 2, 2].map((seed) => Math.sqrt(median(line, 1, seed)));
    for (const value of medians) expect(Math.abs(value - (1 - Math.SQRT1_2))).toBeLessThan(0.01);
    expect(medians[0]).not.toBe(medians[1]);
    expect(medians[1]).toBe(medians[2]);
  });

  test.each([2, 3, 7])('is that of all samples where every one of %i is of another kind', (kinds) => {
    // Of one kind near each other, of different kinds far apart.
    const values = Float32Array.from({ length: 1000 * kinds }, (_, i) => 10 * (i % kinds) + i / 1e4);
    const all = median(values.slice(0, 1000), 1);
    expect(Math.abs(median(values, 1) / all - 1)).toBeLessThan(0.1);
  });

  test('refuses samples that are all the same, and says where it looked at a part', () => {
    expect(() => median(new Float32Array(6), 2)).toThrow('all training samples are the same');
    expect(() => median(new Float32Array(2000), 1)).toThrow(
      '1000 samples, drawn of 2000 for training, are the same',
    );
  });
});
