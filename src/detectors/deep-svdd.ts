import * as z from 'zod';
import type { SampleShape, TrainingSet } from '../data/dataset.js';
import type { Objective } from '../engine/objective.js';
import { BEST_BY_TEST, BestByTest } from './best-by-test.js';
import { encoderCost } from './cost.js';
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

/**
 * Epochs in which the soft boundary's radius stays 0, as in the authors' experiments: the loss is then d²/ν, of which Adam, whatever the
 * scale of a gradient, makes the steps of the one-class objective with ν times the weight decay, which is no part of the loss.
 */
const WARM_UP_EPOCHS = 10;

type DeepSvddObjective =
  | { readonly objective: 'one-class' }
  | { readonly objective: 'soft-boundary'; readonly nu: number };

/** The options resolved: ν has a meaning for the soft boundary alone. */
type DeepSvddOptions = HypersphereOptions & (DeepSvddObjective | { readonly objective: typeof BEST_BY_TEST });

/** The ν of soft boundaries among which, and the one-class objective, the paper reports the best result on the test set. */
const SOFT_BOUNDARIES: readonly number[] = [0.01, 0.1];
const OBJECTIVES: readonly DeepSvddObjective[] = [
  { objective: 'one-class' },
  ...SOFT_BOUNDARIES.map((nu) => ({ objective: 'soft-boundary' as const, nu })),
];

class DeepSvdd extends HypersphereDetector {
  constructor(options: HypersphereOptions & DeepSvddObjective, shape: SampleShape) {
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
      z.enum(['one-class', 'soft-boundary', BEST_BY_TEST]),
      'one-class',
      'Pull every sample to the center, or all but a share ν into a ball around it; or of one-class and soft-boundary with ν of ' +
        `${SOFT_BOUNDARIES.join(' and ')} the one of the best AUROC on the test set, as in the paper, which every table then says`,
    ),
    nu: withDefault(
      z.number().gt(0).max(1),
      0.1,
      `ν: share of samples outside the soft boundary, which begins after ${WARM_UP_EPOCHS} epochs`,
    ),
    ...hypersphereOptions,
  }),
  resolve: ({ objective, nu, ...given }, defaults): DeepSvddOptions => ({
    ...(objective === 'soft-boundary' ? { objective, nu } : { objective }),
    ...resolveHypersphere(given, defaults),
  }),
  trains: trainedNetworkOf,
  encodes: true,
  autoencoder: hypersphereAutoencoder,
  idle: ({ objective, epochs }) => {
    if (objective === 'one-class' || epochs > WARM_UP_EPOCHS) return {};
    const why = `but on weightDecay, which counts nu times, before the soft boundary begins, after ${WARM_UP_EPOCHS} epochs`;
    return { objective: why, nu: why };
  },
  bestOf: ({ objective }) =>
    objective === BEST_BY_TEST ? { count: OBJECTIVES.length, what: 'objectives' } : undefined,
  cost: (options, shape) => encoderCost(options, options.epochs, shape),
  create: (options, shape) => {
    if (options.objective !== BEST_BY_TEST) return new DeepSvdd(options, shape);
    return new BestByTest(
      OBJECTIVES.map((own) => ({
        choice: own.objective === 'one-class' ? own.objective : `${own.objective}, ν = ${own.nu}`,
        detector: new DeepSvdd({ ...options, ...own }, shape),
      })),
    );
  },
});
