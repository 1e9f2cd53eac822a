import * as z from 'zod';
import type { Objective } from '../engine/objective.js';
import { encoderCost } from './cost.js';
import { defineDetector } from './detector.js';
import {
  HypersphereDetector,
  hypersphereAutoencoder,
  hypersphereOptions,
  resolveHypersphere,
} from './hypersphere.js';
import { trainedNetworkOf, trainingSamples, unlessUsual, withDefault } from './options.js';

/** Added to a labeled sample's squared distance, whose inverse would else be unbounded. */
const EPSILON = 1e-6;

/**
 * The Deep SAD objective (Ruff et al. 2020, eq. 7): squared distances of unlabeled samples, and η times those of labeled
 * normal samples or the inverse of those of labeled anomalies.
 */
export function deepSadObjective(center: Float32Array, eta: number): Objective {
  return {
    target: { center },
    numbers: [eta],
    lossIn: ({ constant, add, multiply, divide, bySign }, distance, semiTarget, [weight]) => {
      const shifted = add(distance, constant(EPSILON));
      return bySign(semiTarget, divide(weight, shifted), distance, multiply(weight, shifted));
    },
    slopeIn: ({ constant, add, multiply, divide, bySign }, distance, semiTarget, [weight]) => {
      const shifted = add(distance, constant(EPSILON));
      const anomaly = divide(multiply(constant(-1), weight), multiply(shifted, shifted));
      return bySign(semiTarget, anomaly, constant(1), weight);
    },
  };
}

export const deepSad = defineDetector({
  name: 'deep-sad',
  title: 'Deep SAD',
  options: z.object({
    eta: withDefault(z.number().positive(), 1, 'η: weight of the labeled samples in the objective'),
    ...hypersphereOptions,
    centerOf: trainingSamples('Training samples whose mean representation is the center'),
  }),
  resolve: ({ eta, centerOf, ...given }, defaults) => ({
    eta,
    ...resolveHypersphere(given, defaults),
    ...unlessUsual('centerOf', centerOf),
  }),
  trains: trainedNetworkOf,
  encodes: true,
  autoencoder: hypersphereAutoencoder,
  cost: (options, shape) => encoderCost(options, options.epochs, shape),
  create: (options, shape) =>
    new HypersphereDetector(options, shape, (center) => deepSadObjective(center, options.eta)),
});
