import { describe, expect, test } from '@jest/globals';
import { initialWeights } from '../../networks/initialize.js';
import { type Network, TRAINED_WEIGHTS } from '../../networks/network.js';
import { randomStream } from '../../random.js';
import type { Rows, Steps } from '../engine.js';
import { biased, leakyRelu, normalization } from '../testing/layers.js';
import { type Batch, ReferenceModel } from '../testing/reference.js';
import { instructionSets } from './kernels.js';
import { createNativeEngine } from './native-engine.js';

const NETWORK: Network = { input: [11], layers: [biased(9), normalization, leakyRelu, biased(6)] };
const RATE = 1e-3;
const WEIGHT_DECAY = 1e-3;
const BATCH = 19;

const random = randomStream(1, 'steps');
const rows = (size: number, low: number) =>
  Float32Array.from({ length: BATCH * size }, () => random.uniform(low, 1));
const inputs = rows(11, -1);
const targets = rows(6, 0);
const weighting = rows(6, -1);
const factors = rows(1, -1);

const batchOf = (values: Float32Array): Batch =>
  Array.from({ length: BATCH }, (_, s) =>
    Float64Array.from(values.subarray((s * values.length) / BATCH, ((s + 1) * values.length) / BATCH)),
  );

function start(set: string, inputGradients = 11) {
  const weights = initialWeights(NETWORK, randomStream(2, 'steps'));
  const model = createNativeEngine(set).compile(NETWORK, weights);
  const task = { capacity: BATCH + 14, weightDecay: WEIGHT_DECAY, inputGradients };
  return { weights, model, steps: model.steps?.(task) as Steps };
}

const LOSSES: Readonly<Record<string, (steps: Steps) => Float32Array>> = {
  'a gradient from outside': (steps) => steps.backward(weighting),
  'cross-entropies': (steps) => {
    steps.crossEntropies({ values: targets, width: 6 });
    return steps.backwardCrossEntropies(factors);
  },
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The gradient by the outputs of the reference. */
function outputGradient(name: string, outputs: Batch): Batch {
  if (name !== 'cross-entropies') return batchOf(weighting);
  const wanted = batchOf(targets);
  return outputs.map((output, s) => output.map((x, i) => factors[s] * (sigmoid(x) - wanted[s][i])));
}

function near(found: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expect(found).toHaveLength(expected.length);
  const size = Math.max(...expected.map(Math.abs));
  expect(Math.max(...expected.map((x, i) => Math.abs(x - found[i])))).toBeLessThan(tolerance * size);
}

const flat = (batch: Batch) => batch.flatMap((sample) => [...sample]);

describe.each(instructionSets())('steps of %s', (set) => {
  test.each(Object.keys(LOSSES))('by %s are those of plain loops', async (name) => {
    const { weights, model, steps } = start(set);
    steps.forward({ values: inputs, width: 11 });
    const found = LOSSES[name](steps);

    const reference = new ReferenceModel(NETWORK, weights);
    const passes = reference.forward(batchOf(inputs), true);
    const outputs = passes[passes.length - 1].output;
    near(steps.outputs(), flat(outputs), 5e-6);
    let gradient = outputGradient(name, outputs);
    const trained: number[] = [];
    for (let i = passes.length - 1; i >= 0; i--) {
      const { input, ...ofWeights } = passes[i].backward(gradient);
      gradient = input;
      trained.unshift(...TRAINED_WEIGHTS.flatMap((key) => [...(ofWeights[key] ?? [])]));
    }
    near(found, flat(gradient), 2e-5);

    // Adam's first step moves each weight by the rate against the sign of its gradient.
    steps.step(RATE);
    const before = weights.flatMap((layer) => TRAINED_WEIGHTS.flatMap((key) => [...(layer[key] ?? [])]));
    const after = (await model.weights()).flatMap((layer) =>
      TRAINED_WEIGHTS.flatMap((key) => [...(layer[key] ?? [])]),
    );
    for (const [i, weight] of before.entries()) {
      const slope = trained[i] + WEIGHT_DECAY * weight;
      // A bias before batch normalisation has no gradient but rounding.
      if (Math.abs(slope) < 1e-4) continue;
      expect(after[i] - weight).toBeCloseTo(-RATE * Math.sign(slope), 5);
    }
  });

  test('take rows side by side, of an order, as the rows that they make', () => {
    const outcome = (...parts: readonly Rows[]) => {
      const { steps } = start(set, 4);
      steps.forward(...parts);
      return [steps.outputs(), steps.backward(weighting)];
    };
    const order = Uint32Array.from({ length: BATCH }, (_, s) => (5 * s) % BATCH);
    const part = (first: number, width: number): Rows => {
      const values = new Float32Array(BATCH * width);
      for (let s = 0; s < BATCH; s++) {
        const row = order.indexOf(s);
        values.set(inputs.subarray(11 * row + first, 11 * row + first + width), width * s);
      }
      return { values, width, order };
    };
    const [outputs, gradient] = outcome({ values: inputs, width: 11 });
    expect(gradient).toHaveLength(4 * BATCH);
    expect(outcome(part(0, 4), part(4, 6), part(10, 1))).toEqual([outputs, gradient]);
  });

  test('refuse inputs of another width', () => {
    const { steps } = start(set);
    expect(() => steps.forward({ values: inputs, width: 11 }, { values: inputs, width: 1 })).toThrow(
      'no features past 11',
    );
    expect(() => steps.forward({ values: inputs, width: 10 })).toThrow('10 inputs of 11');
  });

  test('cross-entropies are those of plain loops, far from 0 too', () => {
    const { steps } = start(set);
    steps.forward({ values: inputs.map((x) => 300 * x), width: 11 });
    const outputs = batchOf(steps.outputs());
    const wanted = batchOf(targets);
    const expected = outputs.map((output, s) =>
      output.reduce((sum, x, i) => {
        const y = wanted[s][i];
        return sum + Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - y * x;
      }, 0),
    );
    near(steps.crossEntropies({ values: targets, width: 6 }), expected, 1e-6);
  });

  test('have the same bits as those of any other', async () => {
    const [first] = instructionSets();
    const outcome = async (used: string) => {
      const { model, steps } = start(used);
      steps.forward({ values: inputs, width: 11 });
      const losses = steps.crossEntropies({ values: targets, width: 6 });
      const gradient = steps.backwardCrossEntropies(factors);
      steps.step(RATE);
      return [losses, gradient, ...(await model.weights()).flatMap((layer) => Object.values(layer))];
    };
    expect(await outcome(set)).toEqual(await outcome(first));
  });
});
