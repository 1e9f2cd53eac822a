import * as z from 'zod';
import type { SampleShape, TrainingSet } from '../data/dataset.js';
import type { Objective } from '../engine/objective.js';
import { defineDetector, type FitContext } from './detector.js';
import {
  HypersphereDetector,
  type HypersphereOptions,
  hypersphereAutoencoder,
  hypersphereOptions,
  resolveHypersphere,
} from './hypersphere.js';
import { trainedNetworkOf, withDefault } from './options.js';
import { withoutLabeledAnomalies } from './unsupervised.js';

/** The one-class Deep SVDD objective (Ruff et al. 2018, eq. 4): the squared distance to the center. */
export function oneClassObjective(center: Float32Array): Objective {
  return {
    target: { center },
    numbers: [],
    lossIn: (_arithmetic, distance) => distance,
    slopeIn: ({ constant }) => constant(1),
  };
}

/**
 * The soft-boundary Deep SVDD objective (Ruff et al. 2018, eq. 3): R² + 1/ν · max(0, d² − R²). Once `warmUpSteps` have let
 * the network settle, R is set after each step to the (1 − ν) quantile of the batch's distances.
 */
export function softBoundaryObjective(center: Float32Array, nu: number, warmUpSteps: number): Objective {
  return {
    target: { center },
    numbers: [1 / nu, 0],
    lossIn: ({ constant, add, multiply, bySign }, distance, _semiTarget, [weight, minusSquaredRadius]) => {
      const outside = add(distance, minusSquaredRadius);
      const squaredRadius = multiply(constant(-1), minusSquaredRadius);
      return add(squaredRadius, bySign(outside, constant(0), constant(0), multiply(weight, outside)));
    },
    slopeIn: ({ constant, add, bySign }, distance, _semiTarget, [weight, minusSquaredRadius]) =>
      bySign(add(distance, minusSquaredRadius), constant(0), constant(0), weight),
    follows: { number: 1, quantile: 1 - nu, from: warmUpSteps + 1 },
  };
}

/** Epochs in which the soft boundary's radius stays 0, as in the authors' experiments. */
const WARM_UP_EPOCHS = 10;

/** The options resolved: ν has no meaning for the one-class objective. */
type DeepSvddOptions = HypersphereOptions &
  ({ readonly objective: 'one-class' } | { readonly objective: 'soft-boundary'; readonly nu: number });

class DeepSvdd extends HypersphereDetector {
  constructor(options: DeepSvddOptions, shape: SampleShape) {
    super(options, shape, (center, batches) =>
      options.objective === 'soft-boundary'
        ? softBoundaryObjective(center, options.nu, WARM_UP_EPOCHS * batches)
        : oneClassObjective(center),
    );
  }

  override fit(training: TrainingSet, context: FitContext): Promise<void> {
    return super.fit(withoutLabeledAnomalies(training), context);
  }
}

export const deepSvdd = defineDetector({
  name: 'deep-svdd',
  title: 'Deep SVDD',
  options: z.object({
    objective: withDefault(
      z.enum(['one-class', 'soft-boundary']),
      'one-class',
      'Pull every sample to the center, or all but a share ν into a ball around it',
    ),
    nu: withDefault(z.number().gt(0).max(1), 0.1, 'ν: share of samples outside the soft boundary'),
    ...hypersphereOptions,
  }),
  resolve: ({ objective, nu, ...given }, defaults): DeepSvddOptions => ({
    ...(objective === 'one-class' ? { objective } : { objective, nu }),
    ...resolveHypersphere(given, defaults),
  }),
  trains: trainedNetworkOf,
  autoencoder: hypersphereAutoencoder,
  create: (options, shape) => new DeepSvdd(options, shape),
});
