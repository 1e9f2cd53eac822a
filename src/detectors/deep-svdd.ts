import * as z from 'zod';
import type { SampleShape, TrainingSet } from '../data/dataset.js';
import { type Objective, objectiveOf } from '../engine/objective.js';
import type { Detector, DetectorDefinition, FitContext } from './detector.js';
import {
  HypersphereDetector,
  hypersphereAutoencoder,
  hypersphereOptions,
  resolveHypersphere,
} from './hypersphere.js';
import type { Options } from './options.js';
import { withoutLabeledAnomalies } from './unsupervised.js';

/** The one-class Deep SVDD objective (Ruff et al. 2018, eq. 4): the squared distance to the center. */
export function oneClassObjective(center: Float32Array): Objective {
  return objectiveOf({
    target: { center },
    loss: (distance) => distance,
    slopeIn: ({ constant }) => constant(1),
  });
}

/**
 * The soft-boundary Deep SVDD objective (Ruff et al. 2018, eq. 3): R² + 1/ν · max(0, d² − R²). Once `warmUpSteps` have let
 * the network settle, R is set after each step to the (1 − ν) quantile of the batch's distances.
 */
export function softBoundaryObjective(center: Float32Array, nu: number, warmUpSteps: number): Objective {
  let squaredRadius = 0;
  let steps = 0;
  return objectiveOf({
    target: { center },
    loss: (distance) => squaredRadius + Math.max(0, distance - squaredRadius) / nu,
    slopeIn: ({ constant, add, bySign }, distance) => {
      const outside = add(distance, constant(-squaredRadius));
      return bySign(outside, constant(0), constant(0), constant(1 / nu));
    },
    afterStep: (distances) => {
      if (++steps > warmUpSteps) squaredRadius = quantile(distances, 1 - nu) ** 2;
    },
  });
}

/** The quantile of the square roots of `squares`, linearly interpolated as numpy does. */
function quantile(squares: Float32Array, fraction: number): number {
  const sorted = Float64Array.from(squares, Math.sqrt).sort();
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/** Epochs in which the soft boundary's radius stays 0, as in the authors' experiments. */
const WARM_UP_EPOCHS = 10;

class DeepSvdd extends HypersphereDetector {
  constructor(options: Options, shape: SampleShape) {
    super(options, shape, (center, batches) =>
      options.objective === 'soft-boundary'
        ? softBoundaryObjective(center, options.nu as number, WARM_UP_EPOCHS * batches)
        : oneClassObjective(center),
    );
  }

  override fit(training: TrainingSet, context: FitContext): Promise<void> {
    return super.fit(withoutLabeledAnomalies(training), context);
  }
}

export const deepSvdd: DetectorDefinition = {
  name: 'deep-svdd',
  title: 'Deep SVDD',
  options: z.object({
    objective: z
      .enum(['one-class', 'soft-boundary'])
      .optional()
      .describe(
        'Pull every sample to the center, or all but a share ν into a ball around it (default one-class)',
      ),
    nu: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('ν: share of samples outside the soft boundary (default 0.1)'),
    ...hypersphereOptions,
  }),
  resolve: (given, defaults) => {
    const objective = (given.objective as string | undefined) ?? 'one-class';
    const boundary = objective === 'soft-boundary' ? { nu: (given.nu as number | undefined) ?? 0.1 } : {};
    return { objective, ...boundary, ...resolveHypersphere(given, defaults) };
  },
  autoencoder: hypersphereAutoencoder,
  create: (options, shape): Detector => new DeepSvdd(options, shape),
};
