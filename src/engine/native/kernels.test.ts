import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { loadAddon } from '../../native.js';
import {
  CHANNEL_BLOCK,
  denseScratch,
  GROUP,
  type Kernels,
  type KernelTaps,
  loadKernels,
  type Planes,
} from './kernels.js';

const { kernels } = loadKernels();

function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a bound kernel', () => {
  test('refuses arrays without room for its capacity', () => {
    const oneGroup = new Float32Array(3 * GROUP);
    expect(() => kernels.sigmoidForward(17, 3, oneGroup)).toThrow(
      'argument 2 has 48 elements where the kernel needs 96',
    );
    expect(() => kernels.sigmoidForward(16, 3, new Float64Array(48) as never)).toThrow(
      'argument 2 is not a typed array of the right kind',
    );
  });

  test.each([0, -1, 18, Number.NaN])('refuses a batch of %d where there is room for 17', (batch) => {
    const values = new Float32Array(3 * 2 * GROUP);
    const sigmoid = kernels.sigmoidForward(17, 3, values);
    expect(() => sigmoid(batch)).toThrow('room for 1 to 17');
    expect(values.every((value) => value === 0)).toBe(true);
  });

  test('computes whole groups of a batch and leaves the others', () => {
    const values = new Float32Array(2 * GROUP);
    kernels.sigmoidForward(32, 1, values)(3);
    expect([values[0], values[GROUP - 1], values[GROUP]]).toEqual([0.5, 0.5, 0]);
  });

  test('keeps its arrays for as long as it is kept', async () => {
    const bind = () => {
      const values = new Float32Array(GROUP);
      return { sigmoid: kernels.sigmoidForward(16, 1, values), kept: new WeakRef(values) };
    };
    const holder: { sigmoid: ((batch: number) => void) | undefined; kept: WeakRef<Float32Array> } = bind();
    await collectGarbage();
    holder.sigmoid?.(16);
    expect(holder.kept.deref()?.[0]).toBe(0.5);
    holder.sigmoid = undefined;
    await collectGarbage();
    await collectGarbage();
    expect(holder.kept.deref()).toBeUndefined();
  });
});

test('the layout is the one that the kernels are compiled for', () => {
  const { group, channelBlock } = loadAddon();
  expect([GROUP, CHANNEL_BLOCK]).toEqual([group, channelBlock]);
});

const TAPS: KernelTaps = { height: 1, width: 1, offsetY: 0, offsetX: 0 };
const PLANE: Planes = {
  group: GROUP,
  channel: GROUP,
  row: GROUP,
  column: GROUP,
  channels: 1,
  height: 1,
  width: 1,
  phases: [0],
};

describe('an array that is one element short is refused', () => {
  /** Samples in two groups. */
  const CAPACITY = GROUP + 1;
  const grouped = (features: number) => new Float32Array(2 * features * GROUP);
  const floats = (length: number) => new Float32Array(length);
  const doubles = (length: number) => new Float64Array(length);
  const pass = { channels: 2, height: 1, width: 1, normalize: true, pool: false, slope: 1 };
  const scratch = floats(denseScratch(CAPACITY, 3, 4));

  /** A call of each kernel with arrays as long as it needs. */
  const CALLS: readonly (readonly [name: keyof Kernels, ...args: unknown[]])[] = [
    ['correlate', CAPACITY, TAPS, grouped(1), PLANE, grouped(1), PLANE, floats(1), false],
    ['correlateGradient', CAPACITY, TAPS, grouped(1), PLANE, grouped(1), PLANE, floats(1)],
    ['gatherSums', floats(2), 2, Int32Array.of(0, 1, 2), Int32Array.of(0, 1), floats(2)],
    ['packDense', 3, 4, floats(12), floats(12), floats(12)],
    ['denseForward', CAPACITY, 3, 4, grouped(3), floats(12), grouped(4)],
    ['denseBackward', CAPACITY, 3, 4, grouped(3), grouped(4), floats(12), scratch, floats(12), grouped(3)],
    ['addBias', CAPACITY, 4, floats(4), grouped(4)],
    ['biasGradient', CAPACITY, 4, grouped(4), floats(4)],
    ['normalizeForward', CAPACITY, pass, grouped(2), floats(2), floats(2), grouped(2)],
    ['normalizeBatch', CAPACITY, pass, 1, grouped(2), floats(2), floats(2), floats(2), grouped(2)],
    ['normalizeBackward', CAPACITY, pass, grouped(2), floats(2), floats(2), grouped(2)],
    ['sigmoidForward', CAPACITY, 3, grouped(3)],
    ['sigmoidBackward', CAPACITY, 3, grouped(3), grouped(3)],
    ['squaredDistances', CAPACITY, 3, true, grouped(3), floats(3), floats(CAPACITY)],
    ['squaredDistances', CAPACITY, 3, false, grouped(3), grouped(3), floats(CAPACITY)],
    ['distanceGradient', CAPACITY, 3, true, grouped(3), floats(3), floats(CAPACITY), grouped(3)],
    ['distanceGradient', CAPACITY, 3, false, grouped(3), grouped(3), floats(CAPACITY), grouped(3)],
    ['crossEntropies', CAPACITY, 3, grouped(3), grouped(3), floats(CAPACITY)],
    ['crossEntropyGradient', CAPACITY, 3, grouped(3), grouped(3), floats(CAPACITY), grouped(3)],
    ['adam', floats(4), floats(4), floats(4), floats(4)],
    ['drawLatents', 2, false, floats(8), doubles(4), floats(4), doubles(4), doubles(2)],
    ['gatherBatch', 2, 3, floats(6), Uint32Array.of(0, 1), floats(3 * GROUP), 0, 3],
    ['scatterBatch', 2, 3, floats(3 * GROUP), 0, 3, floats(6)],
    ['pairwiseDistances', 2, 3, 4, floats(8), floats(12), floats(4), floats(6)],
    ['symmetricDistances', 2, 4, floats(8), floats(4), floats(4)],
    ['radialBasis', 1, floats(4), floats(4)],
    ['findExtremes', 0, 4, 0, 1, doubles(4), doubles(4), doubles(6)],
    ['findPartner', 0, 4, 0, 0, doubles(4), doubles(4), floats(4), floats(4), doubles(2)],
    ['addRows', 4, doubles(4), 1, floats(4), 1, floats(4)],
    ['weightedSum', 4, doubles(4), floats(4)],
    ['gaussianSums', 0, 4, 1, 2, floats(4), doubles(2)],
    ['lineOffset', floats(1)],
    ['measureFmaPeak'],
  ];
  /** Arrays that may have any length, by which the others go. */
  const GIVEN = ['adam 0', 'radialBasis 1', 'lineOffset 0'];

  test('of every kernel', () => {
    expect(new Set(CALLS.map(([name]) => name))).toEqual(new Set(Object.keys(kernels)));
  });

  const arrays = CALLS.flatMap(([name, ...args]) =>
    args.flatMap((arg, at) =>
      ArrayBuffer.isView(arg) && !GIVEN.includes(`${name} ${at}`)
        ? [{ name, at, args, array: arg as Float32Array }]
        : [],
    ),
  );
  test.each(arrays)('$name, argument $at', ({ name, at, args, array }) => {
    const call = (given: readonly unknown[]) =>
      (kernels[name] as (...all: readonly unknown[]) => unknown)(...given);
    expect(() => call(args)).not.toThrow();
    expect(() => call(args.with(at, array.subarray(0, -1)))).toThrow();
  });
});

describe('geometry', () => {
  const correlate = (outputPlanes: Planes, of: KernelTaps = TAPS) => {
    const [input, output] = [new Float32Array(GROUP), new Float32Array(GROUP)];
    return kernels.correlate(GROUP, of, input, PLANE, output, outputPlanes, Float32Array.of(1), false);
  };

  test.each<[string, Planes]>([
    ['planes end at 32 of 16', { ...PLANE, channels: 2 }],
    ['planes end at 32 of 16', { ...PLANE, phases: [GROUP] }],
    ['planes end at', { ...PLANE, phases: [-GROUP] }],
    ['planes have 0 phases', { ...PLANE, phases: [] }],
    ['planes have 5 phases', { ...PLANE, phases: [0, 0, 0, 0, 0] }],
    ['width is not a number', { ...PLANE, width: '1' as never }],
    ['phases is not an array', { ...PLANE, phases: 0 as never }],
  ])('is checked as a kernel is bound: %s', (message, planes) => {
    expect(() => correlate(PLANE)).not.toThrow();
    expect(() => correlate(planes)).toThrow(message);
  });

  test('is of the right kind', () => {
    expect(() => correlate(PLANE, 1 as never)).toThrow('argument 1 is not an object');
    expect(() => correlate(PLANE, {} as never)).toThrow('height is not a number');
  });
});
