import { expect, test } from '@jest/globals';
import { parseConfig } from './load.js';
import { quickLook } from './quick-look.js';
import { experimentSchema } from './schema.js';

function experiment(detectors: string, dataset = 'cardio') {
  return parseConfig(
    `name: x\ndataset: ${dataset}\ndetectors: ${detectors}\n`,
    'x.yaml',
    [],
    experimentSchema(),
  ).experiment;
}

test('every network is trained for so many epochs, under another name', () => {
  const { name, detectors } = quickLook(
    experiment(
      '[ssad, ssad-hybrid, {name: deep-sad, epochs: [10, 50], eta: 2}, {name: deep-svdd, pretrain: [true, false]}, autoencoder]',
    ),
    3,
  );
  expect(name).toBe('x-3-epochs');
  expect(detectors).toEqual([
    { name: 'ssad', options: {} },
    { name: 'ssad-hybrid', options: { pretrainEpochs: [3] } },
    { name: 'deep-sad', options: { eta: [2], epochs: [3] } },
    { name: 'deep-svdd', options: { pretrain: [true, false], epochs: [3], pretrainEpochs: [3] } },
    { name: 'autoencoder', options: { epochs: [3] } },
  ]);
});

test('it is refused where no network is trained', () => {
  expect(() => quickLook(experiment('[ssad, kde]'), 3)).toThrow('epochs: no detector of x trains a network');
});

test('what is pretrained on one of the data sets is pretrained for so many epochs as well', () => {
  const own = '[cardio, {file: parts.csv, normal: fine}]';
  const { detectors } = quickLook(experiment('[deep-sad, {name: deep-svdd, pretrain: false}]', own), 3);
  expect(detectors[0].options).toEqual({ epochs: [3], pretrainEpochs: [3] });
  expect(detectors[1].options).toEqual({ pretrain: [false], epochs: [3] });
});

test('what starts from a saved model is not pretrained', () => {
  const warm = '[{name: deep-sad, warmStart: model}]';
  for (const protocol of ['deepsad', 'paper'] as const) {
    const { detectors } = quickLook({ ...experiment(warm, 'mnist'), protocol }, 3);
    expect(detectors[0].options).toEqual({ warmStart: ['model'], epochs: [3] });
  }
});

test('what the protocol pretrains is pretrained for so many epochs as well', () => {
  const { detectors } = quickLook({ ...experiment('[deep-sad, deep-svdd]'), protocol: 'paper' }, 3);
  for (const { options } of detectors) expect(options).toEqual({ epochs: [3], pretrainEpochs: [3] });
});
