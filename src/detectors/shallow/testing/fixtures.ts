import { readFileSync } from 'node:fs';
import type { TrainingSet } from '../../../data/dataset.js';
import type { Engine } from '../../../engine/engine.js';
import type { FitContext } from '../../detector.js';

/** What scikit-learn computes on one data set: see test/fixtures/make_fixtures.py. */
export interface Fixture {
  readonly training: TrainingSet;
  readonly test: Float32Array;
  readonly anomalies: Uint8Array;
  readonly nu: number;
  readonly ocSvm: readonly { kernel: 'rbf' | 'linear'; gamma?: number; decisions: readonly number[] }[];
  readonly kde: readonly { bandwidth: number; logDensities: readonly number[] }[];
  readonly isolationForestAurocs: readonly number[];
}

export const FIXTURES = ['breast-cancer', 'digits', 'wine'];

export function readFixture(name: string): Fixture {
  const file = new URL(`../../../../test/fixtures/${name}.json`, import.meta.url);
  const { features, training, test, anomalies, ...results } = JSON.parse(readFileSync(file, 'utf8'));
  return {
    ...results,
    training: unlabeled(Float32Array.from(training), features),
    test: Float32Array.from(test),
    anomalies: Uint8Array.from(anomalies),
  };
}

/** A training set of which nothing is known. */
export function unlabeled(samples: Float32Array, features: number): TrainingSet {
  const count = samples.length / features;
  return { shape: [features], count, samples, semiTargets: new Int8Array(count) };
}

const noEngine: Engine = {
  name: 'native',
  device: 'none',
  compile: () => {
    throw new Error('a shallow method compiles no network');
  },
};

/** A context for methods that train no network. */
export function context(more: Partial<FitContext> = {}): FitContext {
  return { seed: 1, engine: noEngine, report: () => {}, ...more };
}
