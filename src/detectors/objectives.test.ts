import { describe, expect, test } from '@jest/globals';
import type { Objective } from '../engine/objective.js';
import { reconstructionObjective } from './autoencoder.js';
import { deepSadObjective } from './deep-sad.js';
import { oneClassObjective, softBoundaryObjective } from './deep-svdd.js';

const CENTER = Float32Array.of(0.5, -0.5);

/** A soft boundary of radius 1. */
function settledBoundary(): Objective {
  const objective = softBoundaryObjective(CENTER, 0.2, 0);
  objective.afterStep?.(Float32Array.of(1, 1, 1));
  return objective;
}

describe('the slope of an objective is the derivative of its loss', () => {
  test.each([
    ['Deep SAD', deepSadObjective(CENTER, 3)],
    ['one-class Deep SVDD', oneClassObjective(CENTER)],
    ['soft-boundary Deep SVDD', settledBoundary()],
    ['reconstruction', reconstructionObjective([3, 2, 2])],
  ])('%s', (_name, objective) => {
    for (const semiTarget of [-1, 0, 1]) {
      for (const distance of [0.01, 0.3, 0.99, 1.01, 7]) {
        const step = 1e-5 * distance;
        const rise =
          objective.loss(distance + step, semiTarget) - objective.loss(distance - step, semiTarget);
        const slope = objective.slope(distance, semiTarget);
        expect(Math.abs(rise / (2 * step) - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      }
    }
  });
});
