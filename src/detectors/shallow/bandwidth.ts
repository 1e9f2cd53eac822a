import * as z from 'zod';
import type { DatasetDefaults, SampleShape } from '../../data/dataset.js';
import { rowsAt } from '../../data/rows-at.js';
import { UserError } from '../../errors.js';
import { permutation, randomStream } from '../../random.js';
import { type Cost, kernelMatrixCost } from '../cost.js';
import { type Given, withDefault } from '../options.js';
import { symmetricDistances } from './distances.js';
import type { Kernel } from './kernel.js';
import { Points } from './points.js';

/** The paper's grid of bandwidths γ: 2⁻⁷, 2⁻⁶, … 2². */
export const BANDWIDTHS: readonly number[] = Array.from({ length: 10 }, (_, k) => 2 ** (k - 7));

/** Options of a method with a kernel. */
export const kernelOptions = {
  kernel: withDefault(z.enum(['rbf', 'linear']), 'rbf', 'exp(−γ‖x − y‖²) or ⟨x, y⟩'),
  selection: z
    .enum(['test-holdout', 'median', 'none'])
    .optional()
    .describe(
      "How the bandwidth γ is chosen: by AUROC on a labeled tenth of the test set, as in the paper (default on the paper's " +
        'data sets); as the inverse of the median squared distance between training samples that differ, of at most 1000 drawn ' +
        'by the seed, without any label (default on other data); or not at all (default where gamma is given)',
    ),
  gamma: z.number().positive().optional().describe('The bandwidth γ of the rbf kernel, with selection none'),
  memoryLimit: withDefault(
    z.number().positive(),
    1000,
    'Megabytes that distances and kernel values may take while fitting',
  ),
};

/** The kernel options resolved. */
export type KernelOptions = KernelChoice & { readonly memoryLimit: number };

type KernelChoice =
  | { readonly kernel: 'linear' }
  | { readonly kernel: 'rbf'; readonly selection: 'none'; readonly gamma: number }
  | { readonly kernel: 'rbf'; readonly selection: 'test-holdout' | 'median' };

/**
 * The kernel options with their defaults filled in.
 *
 * @throws UserError where they contradict each other
 */
export function resolveKernel(
  { kernel, selection, gamma, memoryLimit }: Given<typeof kernelOptions>,
  defaults: DatasetDefaults,
): KernelOptions {
  if (kernel === 'linear') {
    if (selection !== undefined || gamma !== undefined) {
      throw new UserError(
        'a linear kernel has no bandwidth: leave out selection and gamma, or take kernel rbf',
      );
    }
    return { kernel, memoryLimit };
  }
  if (gamma !== undefined) {
    if (selection !== undefined && selection !== 'none') {
      throw new UserError(`selection ${selection} chooses gamma: leave out gamma, or take selection none`);
    }
    return { kernel, selection: 'none', gamma, memoryLimit };
  }
  if (selection === 'none') {
    throw new UserError('selection none needs a gamma: give one, or take selection median');
  }
  return { kernel, selection: selection ?? defaults.bandwidthSelection ?? 'median', memoryLimit };
}

/** Whether resolved options choose the bandwidth by a labeled part of the test set. */
export function choosesByHoldOut(options: KernelChoice): boolean {
  return options.kernel === 'rbf' && options.selection === 'test-holdout';
}

/** What the fit of a method with a kernel takes. */
export function kernelMachineCost(options: KernelChoice, shape: SampleShape): Cost {
  return kernelMatrixCost(shape, choosesByHoldOut(options) ? BANDWIDTHS.length : 1);
}

/**
 * The kernels among which resolved options choose.
 *
 * @param seed the run's, by which samples are drawn for the median
 */
export function candidateKernels(options: KernelChoice, training: Points, seed: number): Kernel[] {
  const rbf = (gamma: number): Kernel => ({ type: 'rbf', gamma });
  if (options.kernel === 'linear') return [{ type: 'linear' }];
  switch (options.selection) {
    case 'none':
      return [rbf(options.gamma)];
    case 'median':
      return [rbf(1 / medianSquaredDistance(training, seed))];
    case 'test-holdout':
      return BANDWIDTHS.map(rbf);
  }
}

/** Samples that the median is taken over at most: drawn ones, it varies by a few percent from one draw to another. */
const MEDIAN_SAMPLES = 1000;

/**
 * The median of the positive squared distances between training samples; of more than 1000, between as many that are drawn by the seed,
 * whatever order the data come in. Its inverse is the "median heuristic" for γ (Schölkopf & Smola 2002; Garreau et al. 2017): at the
 * typical distance the kernel has fallen to 1/e, neither all ones nor an identity matrix. It looks at no label and fits data of any scale.
 *
 * @throws UserError where all of these are the same
 */
export function medianSquaredDistance(training: Points, seed: number): number {
  const { count } = training;
  const points = count > MEDIAN_SAMPLES ? drawn(training, seed) : training;
  const distances = new Float32Array(points.count ** 2);
  symmetricDistances(points, distances);
  const positive = distances.filter((distance) => distance > 0).sort();
  if (positive.length === 0) {
    const which =
      points === training
        ? 'all training samples'
        : `${points.count} samples, drawn of ${count} for training,`;
    throw new UserError(`${which} are the same, so that no bandwidth fits them; give a gamma`);
  }
  return positive[positive.length >> 1];
}

function drawn({ values, features, count }: Points, seed: number): Points {
  const rows = permutation(count, randomStream(seed, 'bandwidth')).subarray(0, MEDIAN_SAMPLES);
  return new Points(rowsAt(values, features, rows), features);
}
