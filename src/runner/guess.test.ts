import { describe, expect, test } from '@jest/globals';
import type { DatasetOutline } from '../data/dataset.js';
import { DETECTORS, detectorNamed } from '../detectors/registry.js';
import { exampleRun } from '../results/testing/records.js';
import { guessSeconds } from './guess.js';
import { TABLE } from './testing/fakes.js';

const TEN_CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

/** Data of each family that a run trains on so many samples of. */
const outline = (family: Pick<DatasetOutline, 'shape' | 'defaults'>, samples: number): DatasetOutline =>
  family.shape.length === 1
    ? { ...TABLE, ...family, training: { count: samples / 0.6 } }
    : { ...TABLE, ...family, classNames: TEN_CLASSES, training: { count: 10 * samples } };

const MNIST = { shape: [1, 28, 28], defaults: { network: 'mnist', representationSize: 32 } } as const;
const FASHION = {
  shape: [1, 28, 28],
  defaults: { network: 'fashion-mnist', representationSize: 64 },
} as const;
const CIFAR = { shape: [3, 32, 32], defaults: { network: 'cifar10', representationSize: 128 } } as const;
const SATELLITE = {
  shape: [36],
  defaults: { network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 },
} as const;

function guess(name: string, data: DatasetOutline, given: Readonly<Record<string, unknown>> = {}) {
  const options = detectorNamed(name).resolve(given, data.defaults, data.shape);
  return guessSeconds(exampleRun({ detector: { name, options } }), data);
}

/** What so many epochs of own training and of pretraining take, a step of 128 samples in ms. */
function stepOf(family: Pick<DatasetOutline, 'shape' | 'defaults'>, name = 'deep-sad') {
  const data = outline(family, 128);
  const of = (epochs: number) => guess(name, data, { epochs, pretrain: true, pretrainEpochs: epochs });
  const [fewer, more] = [of(100), of(200)];
  return { own: 10 * (more.own - fewer.own), pretraining: 10 * (more.pretraining - fewer.pretraining) };
}

describe('a guess of a training step', () => {
  // What `npm run bench` measured on one core of an AMD EPYC with AVX-512, in ms: README.md; CIFAR-10's have become faster since then.
  test.each([
    ['MNIST', MNIST, 1.1, 1.86],
    ['Fashion-MNIST', FASHION, 7.97, 12.7],
    ['CIFAR-10', CIFAR, 36.8, 54],
    ['satellite', SATELLITE, 0.0168, 0.0332],
  ])('follows from the shapes of the network of %s', (_name, family, encoder, autoencoder) => {
    const { own, pretraining } = stepOf(family);
    for (const [guessed, measured] of [
      [own, encoder],
      [pretraining, autoencoder],
    ]) {
      expect(guessed / measured).toBeGreaterThan(0.66);
      expect(guessed / measured).toBeLessThan(1.5);
    }
  });

  test('is longer for a wider network, and for networks with both labels', () => {
    const wider = { ...SATELLITE, defaults: { ...SATELLITE.defaults, hiddenSizes: [320, 160] } };
    expect(stepOf(wider).own).toBeGreaterThan(2 * stepOf(SATELLITE).own);
    const epochs = (name: string) => guess(name, outline(MNIST, 1000), { epochs: 100 }).own;
    expect(epochs('ss-dgm')).toBeGreaterThan(2 * epochs('vae'));
  });
});

describe('a guess of a run', () => {
  /** Of a run on so many samples, beyond what any run takes. */
  const own = (
    name: string,
    samples: number,
    given = {},
    family: typeof MNIST | typeof SATELLITE = SATELLITE,
  ) => guess(name, outline(family, samples), given).own - guess(name, outline(family, 0), given).own;

  test('grows with the samples, and with the square of them where there is a kernel matrix', () => {
    expect(own('deep-sad', 2000)).toBeCloseTo(2 * own('deep-sad', 1000));
    expect(own('isolation-forest', 2000)).toBeCloseTo(2 * own('isolation-forest', 1000));
    for (const name of ['oc-svm', 'ssad', 'kde', 'oc-svm-hybrid']) {
      expect(own(name, 2000)).toBeCloseTo(4 * own(name, 1000));
    }
  });

  test('counts each fit that a choice is made of', () => {
    const fit = own('deep-svdd', 1000);
    expect(own('deep-svdd', 1000, { objective: 'best-by-test' })).toBeCloseTo(3 * fit);
    const selection = { selection: 'test-holdout' };
    expect(own('oc-svm', 1000, selection)).toBeGreaterThan(2 * own('oc-svm', 1000, { gamma: 1 }));
  });

  test('is of representations for a hybrid, and of no training for what the autoencoder itself scores', () => {
    expect(own('kde-hybrid', 1000, {}, MNIST)).toBeLessThan(own('kde', 1000, {}, MNIST));
    expect(own('autoencoder', 1000)).toBe(0);
    expect(guess('autoencoder', outline(SATELLITE, 1000)).pretraining).toBeGreaterThan(0);
  });

  test.each(DETECTORS)('is made of what $name says that its fit takes', ({ name, options }) => {
    const given = Object.hasOwn(options.shape, 'epochs') ? { epochs: 10 } : {};
    const seconds = [MNIST, SATELLITE].map((family) => own(name, 1000, given, family));
    for (const each of seconds) expect(each > 0).toBe(name !== 'autoencoder');
  });

  test('is none of a detector that is gone', () => {
    const gone = exampleRun({ detector: { name: 'gone', options: {} } });
    expect(guessSeconds(gone, outline(SATELLITE, 1000))).toEqual({ pretraining: 0, own: 0 });
  });
});
