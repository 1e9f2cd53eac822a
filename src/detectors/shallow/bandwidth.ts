import * as z from 'zod';
import type { DatasetDefaults, SampleShape } from '../../data/dataset.js';
import { rowsAt } from '../../data/rows-at.js';
import { UserError } from '../../errors.js';
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
        'data sets); as the inverse of the median squared distance between training samples that differ, without any label ' +
        '(default on other data); or not at all (default where gamma is given)',
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

/** The kernels among which resolved options choose. */
export function candidateKernels(options: KernelChoice, training: Points): Kernel[] {
  const rbf = (gamma: number): Kernel => ({ type: 'rbf', gamma });
  if (options.kernel === 'linear') return [{ type: 'linear' }];
  switch (options.selection) {
    case 'none':
      return [rbf(options.gamma)];
    case 'median':
      return [rbf(1 / medianSquaredDistance(training))];
    case 'test-holdout':
      return BANDWIDTHS.map(rbf);
  }
}

/** Samples that the median is taken over; more would not move it. */
const MEDIAN_SAMPLES = 1000;

/**
 * The median of the positive squared distances between training samples, over an even choice of at most 1000 of them. Its inverse
 * is the "median heuristic" for γ (Schölkopf & Smola 2002; Garreau et al. 2017): at the typical distance the kernel has fallen
 * to 1/e, neither all ones nor an identity matrix. It looks at no label and fits data of any scale.
 *
 * @throws UserError where all of these are the same
 */
export function medianSquaredDistance({ values, features, count }: Points): number {
  const chosen = Math.min(count, MEDIAN_SAMPLES);
  const even = Array.from({ length: chosen }, (_, k) => Math.floor((k * count) / chosen));
  const distances = new Float32Array(chosen * chosen);
  symmetricDistances(new Points(rowsAt(values, features, even), features), distances);
  const positive = distances.filter((distance) => distance > 0).sort();
  if (positive.length === 0) {
    const which =
      chosen < count ? `${chosen} training samples, an even choice of ${count},` : 'all training samples';
    throw new UserError(`${which} are the same, so that no bandwidth fits them; give a gamma`);
  }
  return positive[positive.length >> 1];
}
