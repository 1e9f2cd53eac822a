import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { loadAddon } from '../../native.js';
import { CHANNEL_BLOCK, GROUP, type KernelTaps, loadKernels, type Planes } from './kernels.js';

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

describe('geometry', () => {
  const taps: KernelTaps = { height: 1, width: 1, offsetY: 0, offsetX: 0 };
  const plane: Planes = {
    group: GROUP,
    channel: GROUP,
    row: GROUP,
    column: GROUP,
    channels: 1,
    height: 1,
    width: 1,
    phases: [0],
  };
  const correlate = (outputPlanes: Planes, of: KernelTaps = taps) => {
    const [input, output] = [new Float32Array(GROUP), new Float32Array(GROUP)];
    return kernels.correlate(GROUP, of, input, plane, output, outputPlanes, Float32Array.of(1), false);
  };

  test.each<[string, Planes]>([
    ['planes end at 32 of 16', { ...plane, channels: 2 }],
    ['planes end at 32 of 16', { ...plane, phases: [GROUP] }],
    ['planes end at', { ...plane, phases: [-GROUP] }],
    ['planes have 0 phases', { ...plane, phases: [] }],
    ['planes have 5 phases', { ...plane, phases: [0, 0, 0, 0, 0] }],
    ['width is not a number', { ...plane, width: '1' as never }],
    ['phases is not an array', { ...plane, phases: 0 as never }],
  ])('is checked as a kernel is bound: %s', (message, planes) => {
    expect(() => correlate(plane)).not.toThrow();
    expect(() => correlate(planes)).toThrow(message);
  });

  test('is of the right kind', () => {
    expect(() => correlate(plane, 1 as never)).toThrow('argument 1 is not an object');
    expect(() => correlate(plane, {} as never)).toThrow('height is not a number');
  });
});
