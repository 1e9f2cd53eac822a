import { expect, test } from '@jest/globals';
import { parseConfig } from './load.js';
import { quickLook } from './quick-look.js';
import { experimentSchema } from './schema.js';

function experiment(detectors: string) {
  return parseConfig(`name: x\ndataset: cardio\ndetectors: ${detectors}\n`, 'x.yaml', [], experimentSchema())
    .experiment;
}

test('every network is trained for so many epochs, under another name', () => {
  const { name, detectors } = quickLook(
    experiment('[ssad, ssad-hybrid, {name: deep-sad, epochs: [10, 50], eta: 2}, autoencoder]'),
    3,
  );
  expect(name).toBe('x-3-epochs');
  expect(detectors).toEqual([
    { name: 'ssad', options: {} },
    { name: 'ssad-hybrid', options: { pretrainEpochs: [3] } },
    { name: 'deep-sad', options: { eta: [2], epochs: [3], pretrainEpochs: [3] } },
    { name: 'autoencoder', options: { epochs: [3] } },
  ]);
});

test('it is refused where no network is trained', () => {
  expect(() => quickLook(experiment('[ssad, kde]'), 3)).toThrow('epochs: no detector of x trains a network');
});
