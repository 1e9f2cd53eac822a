import { expect, test } from '@jest/globals';
import type { OptionValue } from './options.js';
import { smallData } from './small-data.js';

const choice = (name: string, options: Record<string, OptionValue> = {}) => ({
  name,
  options: { batchSize: 128, epochs: 150, learningRate: 1e-4, ...options },
});
const HYBRID = {
  name: 'kde-hybrid',
  options: { batchSize: 128, pretrainEpochs: 150, pretrainLearningRate: 1e-4 },
};
const FOREST = { name: 'isolation-forest', options: { trees: 100 } };
const REMEDY =
  '; the default schedule is for thousands: set a higher learning rate, more epochs or a smaller batchSize';
const said = (samples: number, ...detectors: Parameters<typeof smallData>[1]) =>
  smallData('a.csv', detectors, samples, false);

test('says in how many steps a network is hardly trained, and what to set', () => {
  expect(said(280, choice('deep-sad'), choice('vae'), choice('deep-sad'), FOREST)).toEqual([
    `a.csv: 280 training samples are few: about 300 steps at learningRate 0.0001 hardly train deep-sad, vae${REMEDY}`,
  ]);
});

test('says of a hybrid what its autoencoder is trained in', () => {
  expect(said(280, HYBRID)[0]).toContain('300 steps at pretrainLearningRate 0.0001 hardly train kde-hybrid');
});

test('says it in one sentence with a batch that is larger than the data', () => {
  expect(said(100, choice('vae', { epochs: 10 }), choice('deep-sad'))).toEqual([
    'a.csv: a batch is all of its 100 training samples, fewer than batchSize 128: about 10 steps at learningRate 0.0001 hardly train vae, ' +
      `and about 150 steps at learningRate 0.0001 hardly train deep-sad${REMEDY}`,
  ]);
  expect(said(100, choice('vae', { learningRate: 0.01 }))).toEqual([
    'a.csv: a batch is all of its 100 training samples, fewer than batchSize 128',
  ]);
});

test.each([
  ['a thousand steps', said(1000, choice('vae'))],
  ['a higher learning rate', said(280, choice('vae', { learningRate: 1e-3 }))],
  ['more epochs', said(280, choice('vae', { epochs: 500 }))],
  ['smaller batches', said(280, choice('vae', { batchSize: 32 }))],
  ['a start from a saved model', said(280, choice('deep-sad', { warmStart: 'model' }))],
  ['no network', said(10, FOREST)],
  ["the paper's data sets", smallData('arrhythmia', [choice('deep-sad')], 271, true)],
])('says nothing of %s', (_, notices) => expect(notices).toEqual([]));
