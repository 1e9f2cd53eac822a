import { expect, test } from '@jest/globals';
import { randomStream } from '../random.js';
import type { Progress } from './detector.js';
import { runSchedule } from './training.js';

/** Trains on so many samples with losses of batches that follow each other; gives the batches and what is reported. */
async function train(samples: number, batchSize: number, epochs: number, losses: readonly number[]) {
  const batches: number[][] = [];
  const reports: Progress[] = [];
  const training = {
    epoch: async (order: Uint32Array) => {
      const before = batches.length;
      for (let first = 0; first < order.length; first += batchSize) {
        batches.push([...order.subarray(first, first + batchSize)]);
      }
      const own = losses.slice(before, batches.length);
      return own.reduce((sum, loss) => sum + loss, 0) / own.length;
    },
  };
  const schedule = { epochs, learningRate: 1, learningRateMilestones: [], weightDecay: 0 };
  const random = randomStream(1, 'test');
  await runSchedule([], training, samples, batchSize, schedule, random, 'training', (state) =>
    reports.push(state),
  );
  return { batches, reports };
}

test('an epoch is whole batches of different samples', async () => {
  const { batches } = await train(7, 3, 2, [1, 1, 1, 1]);
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 3, 3]);
  for (const epoch of [batches.slice(0, 2), batches.slice(2)]) expect(new Set(epoch.flat()).size).toBe(6);
  expect((await train(2, 3, 1, [1])).batches).toHaveLength(1);
});

test('the loss before any step is reported beside that of the epoch', async () => {
  const { reports } = await train(6, 3, 2, [1, 9, 4, 2]);
  expect(reports.map(({ done, loss, firstLoss }) => [done, loss, firstLoss])).toEqual([
    [1, 9, 1],
    [2, 3, 1],
  ]);
  expect((await train(3, 3, 1, [5])).reports).toMatchObject([{ loss: 5, firstLoss: 5 }]);
});

test('the learning rate falls to a tenth at each milestone, an epoch that begins there included', async () => {
  const rates: number[] = [];
  const training = { epoch: async (_order: Uint32Array, rate: number) => rates.push(rate) };
  const schedule = { epochs: 4, learningRate: 1, learningRateMilestones: [1, 3], weightDecay: 0 };
  await runSchedule([], training, 2, 3, schedule, randomStream(1, 'test'), 'training', () => {});
  expect(rates).toEqual([1, 0.1, 0.1, 0.01]);
});

test('a loss that is not finite ends the training', async () => {
  await expect(train(6, 3, 3, [1, Number.NaN])).rejects.toThrow(
    'the training loss is NaN in epoch 1; try a lower',
  );
});

test('weights that are not finite fail it, which no loss may have shown', async () => {
  const training = { epoch: async () => 0.5 };
  const schedule = { epochs: 1, learningRate: 1, learningRateMilestones: [], weightDecay: 0 };
  const ending = (value: number) => {
    const model = {
      weights: async () => [{}, { kernel: Float32Array.of(1, 2), mean: Float32Array.of(value) }],
    };
    return runSchedule([model], training, 2, 2, schedule, randomStream(1, 'test'), 'pretraining', () => {});
  };
  await ending(3);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(ending(value)).rejects.toThrow(
      'the pretraining left weights that are not finite; try a lower learning rate',
    );
  }
});

test.each([0, 1])('%d samples are refused, of which batch normalisation makes nothing', async (samples) => {
  await expect(train(samples, 3, 1, [1])).rejects.toThrow(
    `takes two samples at the least, and has ${samples} sample`,
  );
});
