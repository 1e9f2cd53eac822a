import { describe, expect, test } from '@jest/globals';
import type { Rows, Steps } from '../engine/engine.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { type Batch, ReferenceModel } from '../engine/testing/reference.js';
import { softplus } from '../exponential.js';
import { initialWeights } from '../networks/initialize.js';
import type { Network } from '../networks/network.js';
import { randomStream } from '../random.js';
import {
  bounds,
  decoderNetwork,
  drawLatents,
  encoderNetwork,
  LOG_VARIANCES,
  meanLayers,
  meanWeights,
  oneHot,
} from './variational.js';

const COUNT = 3;
const LATENTS = 2;

const random = randomStream(1, 'variational');
const draw = (length: number, low = -1, high = 1) =>
  Float32Array.from({ length }, () => random.uniform(low, high));

/** The same numbers each time. */
const noise = () => randomStream(2, 'noise');
const noises = (count: number) => noise().normal(new Float64Array(count));

/** The derivative of a function by each of some values, which are changed in place, as central differences have it. */
function differences(values: Float32Array | Float64Array, of: () => number, step = 2 ** -10): number[] {
  return [...values].map((kept, i) => {
    values[i] = kept + step;
    const above = of();
    values[i] = kept - step;
    const below = of();
    values[i] = kept;
    return (above - below) / (2 * step);
  });
}

function expectNear(found: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i] - value)).toBeLessThan(tolerance);
}

describe.each(LOG_VARIANCES)('latents of %s variances', (logVariance) => {
  const outputs = draw(2 * LATENTS * COUNT);
  const weighting = draw(LATENTS * COUNT);
  const factors = [0.5, -1, 2];
  const drawn = () => drawLatents(outputs, LATENTS, logVariance, noise());

  test('are mean plus noise, and their divergence that of the densities there', () => {
    const { latents, divergences } = drawn();
    const drawnNoises = noises(LATENTS * COUNT);
    const density = (x: number, mean: number, variance: number) =>
      -((x - mean) ** 2 / variance + Math.log(2 * Math.PI * variance)) / 2;
    for (let s = 0; s < COUNT; s++) {
      let expected = 0;
      for (let i = 0; i < LATENTS; i++) {
        const [mean, a] = [outputs[2 * LATENTS * s + i], outputs[2 * LATENTS * s + LATENTS + i]];
        const variance = Math.exp(logVariance === 'softplus' ? softplus(a) : a);
        const z = mean + Math.sqrt(variance) * drawnNoises[LATENTS * s + i];
        expect(latents[LATENTS * s + i]).toBeCloseTo(z, 6);
        expected += density(z, mean, variance) - density(z, 0, 1);
      }
      expect(divergences[s]).toBeCloseTo(expected, 6);
    }
  });

  test('go back as differences say', () => {
    const loss = () => {
      const { latents, divergences } = drawn();
      return (
        latents.reduce((sum, z, i) => sum + z * weighting[i], 0) +
        divergences.reduce((sum, divergence, s) => sum + factors[s] * divergence, 0)
      );
    };
    expectNear(drawn().backward(weighting, factors), differences(outputs, loss), 1e-3);
  });
});

/** Steps in plain loops, which keep the gradients by the weights. */
class PlainSteps implements Steps {
  readonly model: ReferenceModel;
  readonly gradients: Float64Array<ArrayBufferLike>[] = [];
  private passes: ReturnType<ReferenceModel['forward']> = [];
  private targets: Float32Array = new Float32Array();

  constructor(
    network: Network,
    private readonly inputGradients = 0,
  ) {
    this.model = new ReferenceModel(network, initialWeights(network, randomStream(3, 'weights')));
  }

  forward(...inputs: readonly Rows[]): void {
    const rows = Array.from({ length: COUNT }, (_, s) =>
      Float64Array.from(
        inputs.flatMap(({ values, width, order }) => {
          const row = order?.[s] ?? s;
          return [...values.subarray(row * width, (row + 1) * width)];
        }),
      ),
    );
    this.passes = this.model.forward(rows, true);
  }

  outputs(): Float32Array {
    return Float32Array.from(this.last().flatMap((sample) => [...sample]));
  }

  crossEntropies({ values: targets }: Rows): Float32Array {
    this.targets = targets;
    return Float32Array.from(this.last(), (output, s) =>
      output.reduce((sum, x, i) => sum + softplus(x) - targets[s * output.length + i] * x, 0),
    );
  }

  backward(gradient: Float32Array): Float32Array {
    let current: Batch = this.rows(gradient, this.last()[0].length);
    for (let i = this.passes.length - 1; i >= 0; i--) {
      const { input, kernel } = this.passes[i].backward(current);
      current = input;
      if (kernel) this.gradients[i] = kernel;
    }
    return Float32Array.from(current.flatMap((sample) => [...sample.subarray(0, this.inputGradients)]));
  }

  backwardCrossEntropies(factors: Float32Array): Float32Array {
    const { targets } = this;
    return this.backward(
      Float32Array.from(
        this.last().flatMap((output, s) =>
          [...output].map((x, i) => factors[s] * (1 / (1 + Math.exp(-x)) - targets[s * output.length + i])),
        ),
      ),
    );
  }

  step(): void {}

  private last() {
    return this.passes[this.passes.length - 1].output;
  }

  private rows(values: Float32Array, size: number) {
    return Array.from({ length: values.length / size }, (_, s) =>
      Float64Array.from(values.subarray(s * size, (s + 1) * size)),
    );
  }
}

test('the bound goes back through both networks, labels and latents, as differences say', () => {
  const [size, classes] = [5, 2];
  const encoder = new PlainSteps(encoderNetwork(size + classes, [4], LATENTS));
  const decoder = new PlainSteps(decoderNetwork(LATENTS + classes, [4], size), LATENTS);
  const targets = { values: draw(COUNT * size, 0), width: size };
  const labels = oneHot([1, 0, 1], classes);
  const factors = Float32Array.of(0.5, 0.25, 1);
  const bound = () =>
    bounds(
      { encoder, decoder, latents: LATENTS, logVariance: 'softplus', noise: noise() },
      targets,
      targets,
      [labels],
    );
  const loss = () => bound().values.reduce((sum, value, s) => sum + factors[s] * value, 0);
  bound().backward(factors);
  for (const part of [encoder, decoder]) {
    const found = part.gradients.map((gradient) => gradient.slice());
    part.model.states.forEach(({ kernel }, i) => {
      if (kernel) expectNear(found[i], differences(kernel, loss), 2e-3);
    });
  }
});

test('labels are rows of the identity', () => {
  const { values, width, order } = oneHot([1, 0, 2, 1], 3);
  expect([...values]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect([width, ...(order ?? [])]).toEqual([3, 1, 0, 2, 1]);
});

test('the layers up to the means give the first half of what the encoder gives', async () => {
  const network = encoderNetwork(4, [6, 5], LATENTS);
  const weights = initialWeights(network, randomStream(4, 'weights'));
  const engine = createNativeEngine();
  const samples = draw(4 * COUNT);
  const whole = await engine.compile(network, weights).predict(samples);
  const layers = meanLayers(network, LATENTS);
  const means = await engine.compile({ input: [4], layers }, meanWeights(weights, LATENTS)).predict(samples);
  for (let s = 0; s < COUNT; s++) {
    expect([...means.subarray(LATENTS * s, LATENTS * (s + 1))]).toEqual([
      ...whole.subarray(2 * LATENTS * s, 2 * LATENTS * s + LATENTS),
    ]);
  }
});
