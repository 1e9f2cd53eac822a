import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Run } from '../config/run.js';
import type { SampleShape } from '../data/dataset.js';
import type { FoundDevice } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { Unwritable } from '../errors.js';
import type { Weights } from '../networks/network.js';
import { AutoencoderCache, withCache } from './autoencoder-cache.js';
import type { TrainedAutoencoder } from './task.js';
import { CPU, DEVICES, DONE, FakeExecutor, GPU, runOf } from './testing/fakes.js';

const AUTOENCODER: TrainedAutoencoder = {
  weights: [
    { kernel: Float32Array.of(1.5, -0.1, 1e-30) },
    {},
    { mean: Float32Array.of(0), variance: Float32Array.of(1) },
  ],
  losses: Float32Array.of(0.5, 0.1),
};

let directory: string;
let cache: AutoencoderCache;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cache-'));
  cache = new AutoencoderCache(directory, 1e6);
});
afterEach(() => rmSync(directory, { recursive: true }));

const fileOf = (id: string) => join(directory, `${id}.weights`);

describe('with another one beyond', () => {
  const nodes = () => [0, 1].map((node) => new AutoencoderCache(join(directory, String(node)), 1e6, cache));

  test('what one node has trained is there for the next, which keeps it', async () => {
    const [first, second] = nodes();
    await first.put('id', AUTOENCODER);
    expect(await second.get('id')).toEqual(AUTOENCODER);
    rmSync(fileOf('id'));
    expect(await Promise.all(nodes().map((node) => node.get('id')))).toEqual([AUTOENCODER, AUTOENCODER]);
  });

  test('the own one is asked first, and goes on where the other is gone', async () => {
    const [first, second] = nodes();
    rmSync(directory, { recursive: true });
    mkdirSync(join(directory, '0'), { recursive: true });
    await first.put('id', AUTOENCODER);
    writeFileSync(fileOf('id'), 'damaged');
    expect(await first.get('id')).toEqual(AUTOENCODER);
    expect(await second.get('id')).toBeUndefined();
  });
});

describe('an entry', () => {
  test('comes back as it was', async () => {
    await cache.put('id', AUTOENCODER);
    expect(await new AutoencoderCache(directory, 1e6).get('id')).toEqual(AUTOENCODER);
  });

  test('that is not there is undefined', async () => {
    expect(await cache.get('id')).toBeUndefined();
  });

  test('of another id is not trusted', async () => {
    await cache.put('id', AUTOENCODER);
    writeFileSync(fileOf('other'), readFileSync(fileOf('id')));
    expect(await cache.get('other')).toBeUndefined();
  });

  test('that is damaged anywhere, or cut off, is not trusted', async () => {
    await cache.put('id', AUTOENCODER);
    const whole = readFileSync(fileOf('id'));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] ^= change;
        for (const bytes of [damaged, whole.subarray(0, at)]) {
          writeFileSync(fileOf('id'), bytes);
          expect(await cache.get('id')).toBeUndefined();
        }
      }),
      { numRuns: 50 },
    );
    await cache.put('id', AUTOENCODER);
    expect(await cache.get('id')).toEqual(AUTOENCODER);
  });
});

test('entries beyond the limit go, the least recently used first, and nothing else', async () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64));
  await cache.put(a, AUTOENCODER);
  const { size } = statSync(fileOf(a));
  const other = join(directory, 'yolov3.weights');
  writeFileSync(other, 'mine');
  utimesSync(other, 0, 0);
  const small = new AutoencoderCache(directory, 3.5 * size);
  for (const [hour, id] of [a, b, c].entries()) {
    await small.put(id, AUTOENCODER);
    utimesSync(fileOf(id), new Date(2020, 0, 1, hour), new Date(2020, 0, 1, hour));
  }
  expect(await small.get(a)).toEqual(AUTOENCODER);
  await small.put(d, AUTOENCODER);
  expect(readdirSync(directory).sort()).toEqual([
    ...[a, c, d].map((id) => `${id}.weights`),
    'yolov3.weights',
  ]);
});

test('a folder that cannot be made is refused', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(() => new AutoencoderCache(join(directory, 'file', 'cache'), 1)).toThrow(Unwritable);
});

describe('an executor with a cache', () => {
  const BUILD = 'ab';

  /** The steps of a run, and what the detector got and who else. */
  const execute = async (
    run: Run,
    device: DeviceName = 'cpu',
    devices = DEVICES,
    build = BUILD,
    shape: SampleShape = [2],
  ) => {
    const executor = new FakeExecutor(new Map([[run, 'it']]));
    const got: (Weights | undefined)[] = [];
    executor.detected = async (_run, weights) => {
      got.push(weights);
      return DONE;
    };
    const watcher = {
      progress: () => {},
      pretrained: ({ weights }: TrainedAutoencoder) => got.push(weights),
    };
    const datasets = new Map([[run.dataChecksum, { shape }]]);
    const cached = withCache(executor, cache, datasets, devices, build);
    expect(await cached.execute(run, device, undefined, watcher)).toBe(DONE);
    return { got, steps: executor.log };
  };

  test('trains what is not there, and no more', async () => {
    const weights = [{ kernel: Float32Array.of(1) }];
    const first = await execute(runOf('deep-sad'));
    expect(first).toEqual({
      got: [weights, weights],
      steps: ['pretrain it', 'detect it from an autoencoder'],
    });
    const again = await execute(runOf('deep-svdd', { epochs: 3 }));
    expect(again).toEqual({ got: [weights, weights], steps: ['detect it from an autoencoder'] });
  });

  test.each([
    ['seed', runOf('deep-sad', {}, { seed: 2 })],
    ['data', runOf('deep-sad', {}, { dataChecksum: 'cd'.repeat(32) })],
    ['split', runOf('deep-sad', {}, { pollutionRatio: 0.1 })],
    ['architecture', runOf('deep-sad', { representationSize: 3 })],
    ['schedule', runOf('deep-sad', { pretrainEpochs: 3 })],
  ])('trains anew for another %s', async (_what, run) => {
    await execute(runOf('deep-sad'));
    expect((await execute(run)).steps).toContain('pretrain it');
  });

  test('trains one apart where it is not there, and no more', async () => {
    const run = runOf('kde-hybrid');
    const executor = new FakeExecutor(new Map([[run, 'it']]));
    const datasets = new Map([[run.dataChecksum, { shape: [2] } as const]]);
    const pretrain = () =>
      withCache(executor, cache, datasets, DEVICES, BUILD).pretrain(run, 'webgpu', () => {});
    const { autoencoder, seconds } = await pretrain();
    expect(autoencoder.weights).toEqual([{ kernel: Float32Array.of(1) }]);
    expect(seconds).toBe(5);
    expect(await pretrain()).toEqual({ autoencoder, seconds: 0 });
    expect(executor.log).toEqual(['pretrain it alone on webgpu']);
    expect((await execute(runOf('deep-sad'), 'webgpu')).steps).toEqual([
      'detect it from an autoencoder on webgpu',
    ]);
  });

  test('trains anew for samples of another shape', async () => {
    await execute(runOf('deep-sad'));
    expect((await execute(runOf('deep-sad'), 'cpu', DEVICES, BUILD, [3])).steps).toContain('pretrain it');
  });

  test('trains anew where deepsad was built anew, with the same version too', async () => {
    await execute(runOf('deep-sad'));
    expect((await execute(runOf('deep-sad'), 'cpu', DEVICES, 'cd')).steps).toContain('pretrain it');
  });

  test('trains anew on another GPU, and not with another instruction set', async () => {
    const other = (device: FoundDevice) =>
      new Map(DEVICES).set(device.name, { ...device, adapter: 'another' });
    await execute(runOf('deep-sad'));
    expect((await execute(runOf('deep-sad'), 'cpu', other(CPU))).steps).toHaveLength(1);
    expect((await execute(runOf('deep-sad'), 'webgpu')).steps).toHaveLength(2);
    expect((await execute(runOf('deep-sad'), 'webgpu')).steps).toHaveLength(1);
    expect((await execute(runOf('deep-sad'), 'webgpu', other(GPU))).steps).toHaveLength(2);
  });
});
