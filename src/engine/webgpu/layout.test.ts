import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reconstructionObjective } from '../../detectors/autoencoder.js';
import { softBoundaryObjective } from '../../detectors/deep-svdd.js';
import { buildNetworks } from '../../networks/architectures.js';
import type { Network } from '../../networks/network.js';
import { kernelCode } from './gpu.js';
import { aligned, placeTensors, type Tensor } from './layout.js';
import { SHARES } from './memory.js';
import { evaluationProgram, lanesWithin, MOST_GROUPS, samplePlaces, trainingProgram } from './program.js';
import { HARDWARE, SOFTWARE } from './tiles.js';

const overlap = (a: Tensor, b: Tensor) =>
  a.place < b.place + b.size && b.place < a.place + a.size && a.first <= b.last && b.first <= a.last;

test('no two tensors share memory while both are in use, and the lane holds them all', () => {
  const tensor = fc.record({
    size: fc.integer({ min: 1, max: 500 }),
    first: fc.integer({ min: 0, max: 20 }),
    length: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant(Number.POSITIVE_INFINITY)),
  });
  fc.assert(
    fc.property(fc.array(tensor, { maxLength: 30, size: 'max' }), (wanted) => {
      const tensors: Tensor[] = wanted.map(({ size, first, length }) => ({
        ...{ size, first, last: first + length, place: -1 },
      }));
      const lane = placeTensors(tensors);
      for (const [i, a] of tensors.entries()) {
        expect(a.place % 64).toBe(0);
        expect(a.place + a.size).toBeLessThanOrEqual(lane);
        expect(tensors.slice(i + 1).some((b) => overlap(a, b))).toBe(false);
      }
      // No more than all of them side by side.
      expect(lane).toBeLessThanOrEqual(tensors.reduce((sum, { size }) => sum + aligned(size), 0));
    }),
  );
});

test.each([
  [1, 32],
  [32, 32],
  [33, 64],
  [100, 128],
  [128, 128],
  [129, 256],
  [300, 384],
])('a batch of %i has %i places', (batch, places) => {
  expect(samplePlaces(batch)).toBe(places);
});

test.each([
  ['mnist', [1, 28, 28], 32],
  ['fashion-mnist', [1, 28, 28], 64],
  ['cifar10', [3, 32, 32], 128],
] as const)('4 GB are enough for runs of %s', (network, input, representationSize) => {
  const { encoder, decoder } = buildNetworks({ network, hiddenSizes: [], representationSize }, input);
  const whole: Network = { input, layers: [...encoder.layers, ...decoder.layers] };
  for (const tiling of [HARDWARE, SOFTWARE]) {
    const program = trainingProgram(whole, 128, reconstructionObjective(input), tiling);
    expect(lanesWithin(program, SHARES.training * 0.6 * 4e9, 2 ** 31 - 4)).toBeGreaterThan(8);
    // What a lane keeps lies in it.
    for (const place of [...program.moments, program.numbers]) expect(place).toBeLessThan(program.lane);
    expect(evaluationProgram(whole, 128, tiling).lane).toBeLessThan(program.lane);
  }
});

test.each([
  ['a network of many weights', { network: 'mlp', hiddenSizes: [512] }, [12_000], 128],
  ['large batches', { network: 'cifar10', hiddenSizes: [] }, [3, 32, 32], 3000],
] as const)(
  '%s: no dispatch has more workgroups than every GPU takes',
  (_name, architecture, input, batch) => {
    const { encoder, decoder } = buildNetworks({ ...architecture, representationSize: 32 }, input);
    const whole: Network = { input, layers: [...encoder.layers, ...decoder.layers] };
    const { dispatches } = trainingProgram(whole, batch, reconstructionObjective(input), HARDWARE);
    for (const { x, y } of dispatches) expect(Math.max(x, y)).toBeLessThanOrEqual(MOST_GROUPS);
    // Some kernels have that many.
    expect(Math.max(...dispatches.map(({ x, y }) => x * y))).toBeGreaterThan(MOST_GROUPS);
  },
);

/** Bytes of the types that workgroups keep. */
const BYTES: Readonly<Record<string, number>> = { f32: 4, vec2f: 8, vec4f: 16 };

test.each([
  ['mnist', [1, 28, 28], 128],
  ['fashion-mnist', [1, 28, 28], 1],
  ['cifar10', [3, 32, 32], 128],
  ['cifar10', [3, 32, 32], 9000],
  ['mlp', [21], 64],
] as const)(
  'no kernel of %s on %j in batches of %i asks for more than every GPU has',
  (network, input, batch) => {
    const { encoder } = buildNetworks({ network, hiddenSizes: [], representationSize: 128 }, input);
    const objective = softBoundaryObjective(new Float32Array(128), 0.1, 4);
    for (const tiling of [HARDWARE, SOFTWARE]) {
      for (const { kernel, constants } of trainingProgram(encoder, batch, objective, tiling).dispatches) {
        const code = kernelCode(kernel, constants);
        const [, x, y = '1'] = /@workgroup_size\((\d+)(?:, (\d+))?\)/.exec(code) ?? [];
        expect(Number(x) * Number(y)).toBeLessThanOrEqual(256);
        const kept = [...code.matchAll(/var<workgroup> \w+: array<(\w+), (\d+)>/g)];
        const bytes = kept.reduce((sum, [, type, count]) => sum + BYTES[type] * Number(count), 0);
        expect(bytes).toBeLessThanOrEqual(16_384);
      }
    }
  },
);
