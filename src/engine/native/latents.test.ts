import { describe, expect, test } from '@jest/globals';
import { exponential, logarithm } from '../../exponential.js';
import { randomStream } from '../../random.js';
import { instructionSets, loadKernels } from './kernels.js';

const SAMPLES = 500;
const LATENTS = 11;
const COUNT = SAMPLES * LATENTS;

const random = randomStream(1, 'latents');
/** Near 0 and far from it, and past where an exponential has a value. */
const outputs = Float32Array.from(
  { length: 2 * COUNT },
  () => random.uniform(-1, 1) * [1, 20, 700, 1000][random.integer(4)],
);
const noises = random.normal(new Float64Array(COUNT));

/** What the kernel makes, in plain loops. */
function plainLatents(softplus: boolean) {
  const latents = new Float32Array(COUNT);
  const [noisy, slopes] = [new Float64Array(COUNT), new Float64Array(COUNT).fill(1)];
  const divergences = new Float64Array(SAMPLES);
  for (let s = 0; s < SAMPLES; s++) {
    for (let i = 0; i < LATENTS; i++) {
      const at = s * LATENTS + i;
      const place = 2 * s * LATENTS + i;
      const a = outputs[place + LATENTS];
      const variance = softplus ? 1 + exponential(a) : exponential(a);
      const log = softplus ? logarithm(variance) : a;
      if (softplus) slopes[at] = 1 - 1 / variance;
      noisy[at] = Math.sqrt(variance) * noises[at];
      const z = outputs[place] + noisy[at];
      latents[at] = z;
      divergences[s] += (z * z - noises[at] * noises[at] - log) / 2;
    }
  }
  return { noises: noisy, latents, slopes, divergences };
}

describe.each(instructionSets())('latents by %s', (set) => {
  const { kernels } = loadKernels(set);

  test.each([true, false])('have the bits of plain loops, of a softplus: %s', (softplus) => {
    const found = {
      noises: noises.slice(),
      latents: new Float32Array(COUNT),
      slopes: new Float64Array(COUNT),
      divergences: new Float64Array(SAMPLES),
    };
    const { noises: noisy, latents, slopes, divergences } = found;
    kernels.drawLatents(LATENTS, softplus, outputs, noisy, latents, slopes, divergences);
    expect(found).toEqual(plainLatents(softplus));
  });

  test('refuse outputs of another number of latents, and arrays that are too short', () => {
    const draw = (count: number, short: number) =>
      kernels.drawLatents(
        count,
        true,
        outputs.subarray(0, 12),
        new Float64Array(6),
        new Float32Array(6 - short),
        new Float64Array(6),
        new Float64Array(2),
      );
    expect(() => draw(4, 0)).toThrow('another number of latents');
    expect(() => draw(3, 1)).toThrow('has 5 elements where the kernel needs 6');
  });
});
