import { describe, expect, test } from '@jest/globals';
import { pickBy } from 'es-toolkit/object/pickBy';
import type { TrainingSet } from '../data/dataset.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { followBatch, lossOf, type Objective, slopeOf } from '../engine/objective.js';
import { slopeExpression } from '../engine/webgpu/formula.js';
import { NUMBER_COUNT } from '../engine/webgpu/program.js';
import { softBoundaryObjective } from './deep-svdd.js';
import { fitDetector } from './fit.js';
import { DETECTORS } from './registry.js';
import { objectives } from './testing/objectives.js';

const CENTER = Float32Array.of(0.5, -0.5);

const OBJECTIVES = objectives(CENTER, [3, 2, 2]);

/** The numbers of an objective after steps with distances of 1, more than any waits for. */
function settled(objective: Objective): number[] {
  const numbers = [...objective.numbers];
  for (let step = 1; step <= 10; step++) followBatch(objective, numbers, step, [1, 1, 1]);
  return numbers;
}

describe('the slope of an objective is the derivative of its loss', () => {
  test.each(Object.entries(OBJECTIVES))('%s', (_name, objective) => {
    const numbers = settled(objective);
    for (const semiTarget of [-1, 0, 1]) {
      for (const measure of [0.01, 0.3, 0.99, 1.01, 7, ...(objective.target === 'none' ? [-3, -0.2] : [])]) {
        const step = 1e-5 * Math.abs(measure);
        const rise =
          lossOf(objective, measure + step, semiTarget, numbers) -
          lossOf(objective, measure - step, semiTarget, numbers);
        const slope = slopeOf(objective, measure, semiTarget, numbers);
        expect(Math.abs(rise / (2 * step) - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      }
    }
  });
});

test.each(Object.entries(OBJECTIVES))('%s: no loss is finite of what is not', (_name, objective) => {
  for (const semiTarget of [-1, 0, 1]) {
    for (const measure of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(Number.isFinite(lossOf(objective, measure, semiTarget, settled(objective)))).toBe(false);
    }
  }
});

test('losses are those of the papers', () => {
  const at = (name: keyof typeof OBJECTIVES, distance: number, semiTarget: number) =>
    lossOf(OBJECTIVES[name], distance, semiTarget, settled(OBJECTIVES[name]));
  expect(at('Deep SAD', 0.5, 0)).toBe(0.5);
  expect(at('Deep SAD', 0.5, 1)).toBeCloseTo(3 * 0.5, 5);
  expect(at('Deep SAD', 0.5, -1)).toBeCloseTo(3 / 0.5, 4);
  expect(at('one-class Deep SVDD', 0.5, -1)).toBe(0.5);
  // R² + (d² − R²) / ν with R = 1 and ν = 0.2.
  expect(at('soft-boundary Deep SVDD', 0.5, 0)).toBeCloseTo(1);
  expect(at('soft-boundary Deep SVDD', 3, 0)).toBeCloseTo(1 + 2 / 0.2);
  expect(at('reconstruction', 6, 0)).toBeCloseTo(0.5);
  const cross = (logit: number) => -Math.log(1 / (1 + Math.exp(-logit)));
  expect(at('classification', 0.7, -1)).toBeCloseTo(3 * cross(0.7));
  expect(at('classification', 0.7, 0)).toBeCloseTo(0.5 * cross(-0.7));
  expect(at('classification', 0.7, 1)).toBeCloseTo(0.5 * cross(-0.7));
});

test('the soft boundary follows the quantile of distances, as numpy has it, once it has warmed up', () => {
  const objective = softBoundaryObjective(CENTER, 0.2, 2);
  const numbers = [...objective.numbers];
  // numpy.quantile([1, 2, 3, 5], 0.8) = 3.8
  const squares = Float32Array.of(25, 1, 9, 4);
  for (const step of [1, 2]) followBatch(objective, numbers, step, squares);
  expect(numbers).toEqual([5, 0]);
  followBatch(objective, numbers, 3, squares);
  expect(numbers[1]).toBeCloseTo(-(3.8 ** 2), 12);
  expect(objective.numbers).toEqual([5, 0]);
});

test.each(DETECTORS)('that of $name is among those that all engines are held against', async (definition) => {
  const training: TrainingSet = {
    shape: [3],
    count: 12,
    samples: Float32Array.from({ length: 36 }, (_, i) => (i % 7) / 7),
    semiTargets: Int8Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? -1 : 0)),
  };
  const trained: Objective[] = [];
  const native = createNativeEngine();
  const engine: typeof native = {
    ...native,
    compile(network, weights) {
      const model = native.compile(network, weights);
      const train = model.train.bind(model);
      model.train = (task) => {
        trained.push(task.objective);
        return train(task);
      };
      return model;
    },
  };
  const quick = { epochs: 1, pretrainEpochs: 1, bandwidth: 1, selection: 'median' };
  const given = pickBy(quick, (_, option) => Object.hasOwn(definition.options.shape, option));
  const defaults = { network: 'mlp', hiddenSizes: [4], representationSize: 2 } as const;
  const options = definition.resolve(given, defaults, training.shape);
  await fitDetector({ name: definition.name, options }, training, { seed: 1, engine, report: () => {} });
  const known = Object.values(OBJECTIVES).map(slopeExpression);
  for (const objective of trained) expect(known).toContain(slopeExpression(objective));
});

test('none has more numbers than a GPU has places for', () => {
  for (const { numbers } of Object.values(OBJECTIVES))
    expect(numbers.length).toBeLessThanOrEqual(NUMBER_COUNT);
});
