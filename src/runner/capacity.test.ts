import { expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { capacitiesFor } from './capacity.js';
import { grouped, runOf } from './testing/fakes.js';

const many = (detector: string, count: number): Run[] =>
  Array.from({ length: count }, (_, seed) => runOf(detector, {}, { seed }));
/** What is executed at a time, as "processes × runs in each", on a machine with 16 cores. */
async function found(groups: Parameters<typeof capacitiesFor>[0], jobs?: number, cores = 16) {
  const capacities = await capacitiesFor(groups, jobs, async () => cores);
  return Object.fromEntries(
    [...capacities].map(([device, { slots, together }]) => [
      device,
      together ? `1 × ${slots}` : `${slots} × 1`,
    ]),
  );
}

test('on the CPU alone, a run a core, or as many as the user says', async () => {
  const groups = grouped(many('deep-sad', 100));
  expect(await found(groups)).toEqual({ cpu: '16 × 1' });
  expect(await found(groups, 40)).toEqual({ cpu: '40 × 1' });
  expect(await found(groups.slice(0, 3))).toEqual({ cpu: '3 × 1' });
});

test('on a GPU alone, 64 lanes in a process, or as many as the user says', async () => {
  const groups = grouped(many('deep-sad', 100), 'webgpu');
  expect(await found(groups)).toEqual({ webgpu: '1 × 64' });
  expect(await found(groups, 5)).toEqual({ webgpu: '1 × 5' });
  expect(await found(groups.slice(0, 3))).toEqual({ webgpu: '1 × 3' });
});

test('on both at once, the CPU has the cores that the process of the GPU leaves, and at least one', async () => {
  const groups = [...grouped(many('deep-sad', 100), 'webgpu'), ...grouped(many('deep-sad', 101).slice(100))];
  const mixed = [...groups, ...grouped(many('kde', 50))];
  expect(await found(mixed)).toEqual({ webgpu: '1 × 64', cpu: '15 × 1' });
  expect(await found(mixed, 4)).toEqual({ webgpu: '1 × 4', cpu: '4 × 1' });
  expect(await found(mixed, 40)).toEqual({ webgpu: '1 × 40', cpu: '15 × 1' });
  expect(await found(mixed, undefined, 1)).toEqual({ webgpu: '1 × 64', cpu: '1 × 1' });
  expect(await found(groups)).toEqual({ webgpu: '1 × 64', cpu: '1 × 1' });
});

test('a hybrid needs a lane for its autoencoder and a core for its solver, one without autoencoder a core', async () => {
  expect(await found(grouped([runOf('kde-hybrid')], 'webgpu'))).toEqual({ webgpu: '1 × 1', cpu: '1 × 1' });
  const sharing = ['deep-sad', 'kde-hybrid', 'oc-svm-hybrid', 'kde'].map((name) => runOf(name));
  expect(await found(grouped(sharing, 'webgpu'))).toEqual({ webgpu: '1 × 1', cpu: '3 × 1' });
  expect(await found(grouped(many('kde', 3), 'webgpu'))).toEqual({ cpu: '3 × 1' });
  // As when a sweep goes on whose networks are all trained.
  expect(await found(grouped(many('kde', 100), 'webgpu'), 64)).toEqual({ cpu: '16 × 1' });
});

test('where each run has a process of its own on any device, both kinds share the cores', async () => {
  const [gpu, cpu] = [grouped(many('deep-sad', 100), 'cuda'), grouped(many('deep-sad', 100))];
  expect(await found(gpu)).toEqual({ cuda: '16 × 1' });
  expect(await found([...gpu, ...cpu])).toEqual({ cuda: '8 × 1', cpu: '8 × 1' });
});

test('nothing needs nothing, and few runs no question to the system', async () => {
  const asked = async () => {
    throw new Error('asked for the cores');
  };
  expect(await capacitiesFor([], undefined, asked)).toEqual(new Map());
  expect(await capacitiesFor(grouped([runOf('deep-sad')]), undefined, asked)).toEqual(
    new Map([['cpu', { slots: 1, together: false }]]),
  );
  expect(await capacitiesFor(grouped(many('deep-sad', 9)), 2, asked)).toEqual(
    new Map([['cpu', { slots: 2, together: false }]]),
  );
});
