import { describe, expect, test } from '@jest/globals';
import type { Dataset, DatasetDefaults } from '../../data/dataset.js';
import { TABLE_DEFAULTS } from '../../data/table/own-defaults.js';
import { deepSad } from '../../detectors/deep-sad.js';
import { DETECTORS } from '../../detectors/registry.js';
import { isolationForest } from '../../detectors/shallow/isolation-forest.js';
import { ssDgm } from '../../detectors/ss-dgm.js';
import { supervised } from '../../detectors/supervised.js';
import { vae } from '../../detectors/vae.js';
import { parseConfig } from '../load.js';
import type { Run } from '../run.js';
import { experimentSchema } from '../schema.js';
import { imagesOf, schema, tableOf } from '../testing/examples.js';
import { type Expansion, expand } from './expand.js';

const DIGITS = imagesOf(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
const CARDIO = tableOf(1000, 100);

function expansionOf(keys: Record<string, unknown>, dataset: Dataset, known = schema): Expansion {
  const config = { name: 'example', dataset: 'mnist', detectors: 'deep-sad', ...keys };
  return expand(parseConfig(JSON.stringify(config), 'example.json', [], known).experiment, dataset);
}

const runsOf = (keys: Record<string, unknown>, dataset: Dataset) => expansionOf(keys, dataset).runs;

function complaints(keys: Record<string, unknown>, dataset: Dataset): string[] {
  try {
    runsOf(keys, dataset);
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  throw new Error('the config was accepted');
}

const pairs = (runs: readonly Run[]) =>
  runs.map((run) => [String(run.normalClass), ...run.knownAnomalyClasses]);

test("on the user's own labels, the detectors and seeds; the ratios are what these labels come to", () => {
  const semiTargets = new Int8Array(110).fill(1, 0, 20).fill(-1, 100, 105);
  const table = tableOf(100, 10);
  const runs = runsOf(
    { detectors: [{ name: 'deep-sad', eta: [1, 10] }, 'autoencoder'], seeds: [1, 2] },
    { ...table, training: { ...table.training, semiTargets } },
  );
  expect(runs).toHaveLength(6);
  expect(new Set(runs.map(({ id }) => id)).size).toBe(6);
  for (const run of runs) {
    expect(run).toMatchObject({
      normalClass: 'normal',
      knownAnomalyClasses: ['anomaly'],
      labeledAnomalyRatio: 0.0455,
      labeledNormalRatio: 0.1818,
      pollutionRatio: 0.0588,
    });
  }
});

test('runs that are tested on next to nothing of a kind are said', () => {
  const said = (normal: number, anomalies: number) =>
    expansionOf({ detectors: 'autoencoder', seeds: [1, 2] }, tableOf(normal, anomalies)).notices.filter(
      (notice) => notice.includes('tested on'),
    );
  expect(said(100, 8)).toEqual([]);
  expect(said(100, 5)).toEqual([
    'cardio: runs are tested on as few as 2 anomalies; their AUROC is a matter of single samples: label more, or give more to test on',
  ]);
  expect(said(5, 2)).toEqual([expect.stringContaining('as few as 2 normal samples and 1 anomaly;')]);
});

describe('a detector that needs labeled anomalies', () => {
  const known = experimentSchema(['mnist'], [deepSad, supervised]);
  const keys = { normalClass: 0, knownAnomalyClass: 1, detectors: ['deep-sad', 'supervised'] };

  test('is left out where there are none, which is said', () => {
    const { runs, notices } = expansionOf({ ...keys, labeledAnomalyRatio: [0, 0.01] }, DIGITS, known);
    expect(runs.map(({ detector, labeledAnomalyRatio }) => [detector.name, labeledAnomalyRatio])).toEqual([
      ['deep-sad', 0],
      ['deep-sad', 0.01],
      ['supervised', 0.01],
    ]);
    expect(notices).toContain('mnist: supervised is left out where there are no labeled anomalies');
  });

  test('may need unlabeled samples too', () => {
    const ss = experimentSchema(['mnist'], [deepSad, ssDgm]);
    const ratios = { labeledAnomalyRatio: 0.1, labeledNormalRatio: [0.5, 0.9] };
    const both = { ...keys, ...ratios, detectors: ['deep-sad', 'ss-dgm'] };
    const { runs, notices } = expansionOf(both, DIGITS, ss);
    expect(runs.map(({ detector, labeledNormalRatio }) => [detector.name, labeledNormalRatio])).toEqual([
      ['deep-sad', 0.5],
      ['ss-dgm', 0.5],
      ['deep-sad', 0.9],
    ]);
    expect(notices).toContain('mnist: ss-dgm is left out where there are no unlabeled samples');
    expect(() => expansionOf({ ...both, labeledNormalRatio: 0.9 }, DIGITS, ss)).toThrow(
      /detectors\.1: on mnist, ss-dgm learns from unlabeled samples too, and there are none; /,
    );
    const table = tableOf(100, 10);
    const given = new Int8Array(110).fill(1).fill(-1, 100);
    const own = (semiTargets: Int8Array) =>
      expansionOf({ detectors: 'ss-dgm' }, { ...table, training: { ...table.training, semiTargets } }, ss);
    expect(() => own(given)).toThrow('ss-dgm learns from unlabeled samples too');
    // A single unlabeled sample goes to the test.
    expect(() => own(given.fill(0, 0, 1))).toThrow('ss-dgm learns from unlabeled samples too');
    expect(own(given.fill(0, 0, 2)).runs).toHaveLength(1);
  });

  test('is left out where a ratio comes to less than one, and trained where the rounded ratio of labels is 0', () => {
    const small = tableOf(50, 20);
    const ratios = { labeledAnomalyRatio: [0.01, 0.1], detectors: ['deep-sad', 'supervised'] };
    const both = experimentSchema(['cardio'], [deepSad, supervised]);
    const { runs, notices } = expansionOf({ ...ratios, dataset: 'cardio' }, small, both);
    expect(runs.map(({ detector, labeledAnomalyRatio }) => [detector.name, labeledAnomalyRatio])).toEqual([
      ['deep-sad', 0.01],
      ['deep-sad', 0.1],
      ['supervised', 0.1],
    ]);
    expect(notices).toEqual([
      'cardio: supervised is left out where there are no labeled anomalies',
      'cardio: labeledAnomalyRatio 0.01 of 30 training samples is less than one; such runs are the same as with 0',
      expect.stringContaining('a batch is all of its 30 training samples'),
    ]);
    const none = { ...ratios, labeledAnomalyRatio: 0.01, dataset: 'cardio' };
    expect(expansionOf(none, small, both).runs.map(({ detector }) => detector.name)).toEqual(['deep-sad']);
    expect(() => expansionOf({ ...none, detectors: 'supervised' }, small, both)).toThrow(
      'detectors.0: on cardio, supervised needs labeled anomalies, of which the ratios ask for less than one; give other ratios',
    );

    const large = tableOf(100_000, 10);
    const semiTargets = new Int8Array(100_010).fill(-1, 100_007);
    const own = expansionOf(
      { detectors: 'supervised', dataset: 'cardio' },
      { ...large, training: { ...large.training, semiTargets } },
      both,
    );
    expect(own.runs).toMatchObject([{ labeledAnomalyRatio: 1.7e-5, knownAnomalyClasses: ['anomaly'] }]);
  });

  test('is refused where there never are any', () => {
    expect(() => expansionOf(keys, DIGITS, known)).toThrow(
      /detectors\.1: on mnist, supervised learns .* give knownAnomalyClass and/,
    );
  });
});

test('a detector that only the native engine computes is said where another is asked for', () => {
  const config = JSON.stringify({
    name: 'example',
    dataset: 'mnist',
    normalClass: 0,
    detectors: ['deep-sad', 'vae'],
  });
  const { experiment } = parseConfig(config, 'example.json', [], experimentSchema(['mnist'], [deepSad, vae]));
  const notice = 'vae: computed on the CPU, by the native engine';
  expect(expand(experiment, DIGITS, 'webgpu').notices).toContain(notice);
  expect(expand(experiment, DIGITS).notices).not.toContain(notice);
});

test('a detector that comes to the same as one before it is said', () => {
  const noticesOf = (...detectors: unknown[]) => expansionOf({ normalClass: 0, detectors }, DIGITS).notices;
  expect(noticesOf('deep-sad', { name: 'deep-sad', eta: 1 })).toContain(
    'detectors.1, deep-sad, comes to the same as one before it',
  );
  expect(noticesOf('deep-sad', { name: 'deep-sad', eta: [1, 2] }).join()).not.toContain('the same');
});

describe('the grid', () => {
  test('is all combinations, detectors innermost', () => {
    const runs = runsOf(
      {
        normalClass: [3, 0],
        knownAnomalyClass: 1,
        labeledAnomalyRatio: [0.01, 0.05],
        pollutionRatio: [0, 0.1],
        seeds: [1, 2],
        detectors: ['autoencoder', { name: 'deep-sad', eta: [0.1, 10] }],
      },
      DIGITS,
    );
    expect(runs).toHaveLength(2 * 2 * 2 * 2 * 3);
    expect(runs.slice(0, 4).map(({ detector, seed }) => [detector.name, detector.options.eta, seed])).toEqual(
      [
        ['autoencoder', undefined, 1],
        ['deep-sad', 0.1, 1],
        ['deep-sad', 10, 1],
        ['autoencoder', undefined, 2],
      ],
    );
    expect(runs[0]).toMatchObject({
      dataset: 'mnist',
      dataChecksum: DIGITS.checksum,
      normalClass: '3',
      knownAnomalyClasses: ['1'],
      labeledAnomalyRatio: 0.01,
      labeledNormalRatio: 0,
      pollutionRatio: 0,
    });
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
  });

  test('fills in the defaults of the data set', () => {
    const [digits] = runsOf({ normalClass: 0 }, DIGITS);
    const [cardio] = runsOf({}, CARDIO);
    expect(digits.detector.options).toMatchObject({ network: 'mnist', representationSize: 32 });
    expect(cardio.detector.options).toMatchObject({
      network: 'mlp',
      hiddenSizes: [32, 16],
      representationSize: 8,
    });
  });

  test('takes a list within the list for classes that are normal at once', () => {
    const { runs, notices } = expansionOf(
      {
        normalClass: [[3, 0], 5, [0, 3]],
        knownAnomalyClass: 'each',
        labeledAnomalyRatio: 0.01,
        detectors: { name: 'deep-sad', batchSize: 8 },
      },
      DIGITS,
    );
    const together = runs.filter(({ normalClass }) => typeof normalClass !== 'string');
    expect(
      together.map(({ normalClass, knownAnomalyClasses }) => [normalClass, knownAnomalyClasses]),
    ).toEqual(['1', '2', '4', '5', '6', '7', '8', '9'].map((known) => [['0', '3'], [known]]));
    expect(runs).toHaveLength(8 + 9);
    expect(notices).toEqual([]);
    expect(runsOf({ normalClass: [[3]] }, DIGITS)).toEqual(runsOf({ normalClass: 3 }, DIGITS));
    expect(
      complaints(
        {
          normalClass: [
            [0, 'x'],
            ['all', 1],
          ],
        },
        DIGITS,
      ),
    ).toEqual([
      expect.stringContaining('mnist has no class x'),
      expect.stringContaining('mnist has no class all'),
    ]);
    expect(
      complaints({ normalClass: [[0, 1]], knownAnomalyClass: 1, labeledAnomalyRatio: 0.1 }, DIGITS),
    ).toEqual([expect.stringContaining('1 is a normal class')]);
    expect(complaints({ normalClass: [[0, 1]], knownAnomalyClassCount: 9 }, DIGITS)).toEqual([
      expect.stringContaining('expected at most 8'),
    ]);
  });

  test('has the ninety pairs of the paper', () => {
    const runs = runsOf({ normalClass: 'all', knownAnomalyClass: 'each', labeledAnomalyRatio: 0.05 }, DIGITS);
    expect(new Set(pairs(runs).map(String)).size).toBe(90);
    expect(runs.every((run) => !run.knownAnomalyClasses.includes(String(run.normalClass)))).toBe(true);
  });

  test('leaves out pairs of a class with itself, and says how many', () => {
    const detectors = { name: 'deep-sad', batchSize: 8 };
    const keys = { normalClass: 'all', knownAnomalyClass: [1, 2], labeledAnomalyRatio: [0, 0.05], detectors };
    const { runs, notices } = expansionOf(keys, DIGITS);
    expect(notices).toEqual([
      'mnist: 2 of 20 pairs of a normal and a known anomaly class are left out, which would be one class (classes 1, 2)',
    ]);
    expect(runs.filter((run) => run.labeledAnomalyRatio > 0)).toHaveLength(18);
    // Without labeled anomalies the known class says nothing.
    const unlabeled = runs.filter((run) => run.labeledAnomalyRatio === 0);
    expect(pairs(unlabeled)).toEqual(DIGITS.classNames.map((name) => [name]));
    expect(expansionOf({ ...keys, labeledAnomalyRatio: 0 }, DIGITS).notices).toEqual([]);
    expect(expansionOf({ ...keys, normalClass: 0 }, DIGITS).notices).toEqual([]);
  });

  test('says where a batch is more than the training samples', () => {
    const noticesOf = (...batchSize: number[]) =>
      expansionOf({ detectors: { name: 'deep-sad', batchSize } }, tableOf(100, 50)).notices;
    expect(noticesOf(32, 60)).toEqual([]);
    expect(noticesOf(32, 61, 128)).toEqual([
      expect.stringMatching(/: a batch is all of its 60 training samples, fewer than batchSize 128$/),
    ]);
  });

  test('says where the schedule is short, on data that are not the paper’s', () => {
    const small = tableOf(300, 50);
    const noticesOf = (defaults: DatasetDefaults) => expansionOf({}, { ...small, defaults }).notices;
    expect(noticesOf(small.defaults)).toEqual([]);
    expect(noticesOf(TABLE_DEFAULTS)).toEqual([
      expect.stringContaining('about 150 steps at learningRate 0.0001 hardly train deep-sad'),
    ]);
  });

  test('says where a tree was asked to be of more than the training samples, which it is by default too', () => {
    const known = experimentSchema(['mnist'], [isolationForest]);
    const noticesOf = (options = {}) =>
      expansionOf({ detectors: { name: 'isolation-forest', ...options } }, tableOf(100, 50), known).notices;
    expect(noticesOf()).toEqual([]);
    expect(noticesOf({ treeSamples: 60 })).toEqual([]);
    expect(noticesOf({ treeSamples: [60, 61] })).toEqual([
      expect.stringMatching(/: a tree is all of its 60 training samples, fewer than treeSamples 61$/),
    ]);
  });

  test('is refused where options do not fit the data, with each detector that has such', () => {
    const detectors = [
      { name: 'deep-sad', network: 'fashion-mnist' },
      'deep-svdd',
      { name: 'autoencoder', network: 'cifar10' },
    ];
    expect(complaints({ detectors }, CARDIO)).toEqual([
      expect.stringMatching(/^detectors\.0: on cardio, network: fashion-mnist takes samples of /),
      expect.stringMatching(/^detectors\.2: on cardio, network: cifar10 takes samples of /),
    ]);
  });

  test('says which options have no effect on a data set', () => {
    const noticesOf = (detector: object) => expansionOf({ detectors: detector }, CARDIO).notices;
    const epochs = { name: 'deep-sad', pretrainEpochs: [3, 5] };
    expect(noticesOf({ ...epochs, pretrain: false })).toEqual([
      'cardio: deep-sad is not pretrained, so that pretrainEpochs has no effect; pretrain: true starts it from an autoencoder',
    ]);
    expect(noticesOf({ ...epochs, pretrain: [false, true] })).toEqual([]);
    expect(noticesOf({ name: 'deep-svdd', nu: 0.2 })).toEqual([
      'cardio: deep-svdd: nu has no effect with its other options',
    ]);
  });

  test('says which encoders are not probed', () => {
    const noticesOf = (detectors: unknown, protocol = 'deepsad') =>
      expansionOf({ detectors, protocol, diagnostics: 'entropy' }, CARDIO).notices.filter((notice) =>
        notice.startsWith('diagnostics'),
      );
    const best = { name: 'deep-svdd', objective: 'best-by-test' };
    const chosen = [
      'diagnostics entropy: deep-svdd trains several encoders, of which the test set chooses, and none is probed',
    ];
    expect(noticesOf(best)).toEqual(chosen);
    expect(noticesOf(['deep-sad', best])).toEqual(chosen);
    expect(noticesOf('deep-svdd', 'paper')).toEqual(chosen);
    expect(noticesOf(['deep-svdd', 'autoencoder'])).toEqual([]);
    expect(noticesOf('autoencoder')).toEqual([
      expect.stringContaining('diagnostics entropy: no detector here trains an encoder; '),
    ]);
  });

  test('has one run where the known anomaly class cannot matter', () => {
    const runs = runsOf(
      { normalClass: [0, 1], knownAnomalyClass: 'each', labeledAnomalyRatio: [0, 0.05] },
      DIGITS,
    );
    expect(runs.filter((run) => run.labeledAnomalyRatio > 0)).toHaveLength(2 * 9);
    expect(pairs(runs.filter((run) => run.labeledAnomalyRatio === 0))).toEqual([['0'], ['1']]);
  });

  test('drops duplicates, also those that options of other objectives make', () => {
    const runs = runsOf(
      {
        normalClass: [0, '0'],
        seeds: [1],
        detectors: [{ name: 'deep-svdd', nu: [0.1, 0.2] }, 'deep-svdd'],
      },
      DIGITS,
    );
    expect(runs).toHaveLength(1);
  });

  test('takes the classes of a two-class table from the data set', () => {
    expect(pairs(runsOf({ labeledAnomalyRatio: 0.01 }, CARDIO))).toEqual([['normal', 'anomaly']]);
  });
});

describe('of a test part with classes that training lacks', () => {
  const { classNames, training, ...rest } = imagesOf(['0', '1', '2']);
  const data: Dataset = {
    ...rest,
    classNames: [...classNames, 'novel'],
    training,
    test: { ...training, classes: training.classes.map((_, index) => index % 4) },
  };
  const labeled = { normalClass: 0, labeledAnomalyRatio: 0.05, seeds: [1, 2, 3, 4, 5] };

  test('each, all and those drawn at random are those that training has', () => {
    const each = pairs(runsOf({ ...labeled, seeds: 1, knownAnomalyClass: 'each' }, data));
    expect(each).toEqual([
      ['0', '1'],
      ['0', '2'],
    ]);
    const drawn = pairs(runsOf({ ...labeled, knownAnomalyClassCount: 1 }, data)).map(([, known]) => known);
    expect([...new Set(drawn)].sort()).toEqual(['1', '2']);
    expect(complaints({ ...labeled, knownAnomalyClassCount: 3 }, data)).toEqual([
      'knownAnomalyClassCount.0: expected at most 2, the anomaly classes for training of mnist, found 3',
    ]);
    const all = runsOf({ normalClass: 'all' }, data);
    expect(all.map((run) => run.normalClass)).toEqual(['0', '1', '2']);
  });

  test('a single one that training has is the known one', () => {
    const two = { ...data, training: { ...training, classes: training.classes.map((label) => label % 2) } };
    expect(pairs(runsOf({ ...labeled, seeds: 1 }, two))).toEqual([['0', '1']]);
  });

  test('one that is named is refused', () => {
    expect(complaints({ ...labeled, knownAnomalyClass: 'novel' }, data)[0]).toContain(
      'known anomaly class novel has no samples for training; classes that have: 0, 1, 2',
    );
  });
});

describe('known anomaly classes drawn at random', () => {
  const draws = (count: number | number[], seeds: number | number[], normalClass: unknown = 'all') =>
    runsOf({ normalClass, knownAnomalyClassCount: count, labeledAnomalyRatio: 0.05, seeds }, DIGITS);

  // Else a run would have another id, and done ones would be run anew.
  test('are k anomaly classes, each once, in the order of the data set', () => {
    for (const run of draws([1, 2, 5, 9], [1, 2, 3])) {
      const known = new Set(run.knownAnomalyClasses);
      expect([1, 2, 5, 9]).toContain(known.size);
      expect(known.size).toBe(run.knownAnomalyClasses.length);
      expect(known.has(String(run.normalClass))).toBe(false);
      expect(run.knownAnomalyClasses).toEqual(DIGITS.classNames.filter((name) => known.has(name)));
    }
  });

  test('depend on the seed and the normal class alone', () => {
    expect(pairs(draws(3, [1, 2]))).toEqual(pairs(draws(3, [1, 2])));
    // The places of the drawn among the anomaly classes.
    const ofSeeds = (normalClass: number) => {
      const anomalies = DIGITS.classNames.filter((name) => name !== String(normalClass));
      const runs = draws(2, [1, 2, 3, 4, 5], normalClass);
      return runs.map((run) => run.knownAnomalyClasses.map((name) => anomalies.indexOf(name)).join());
    };
    expect(new Set(ofSeeds(0)).size).toBeGreaterThan(1);
    expect(ofSeeds(0)).not.toEqual(ofSeeds(9));
  });

  test('are none for k = 0, and then nothing is labeled', () => {
    expect(draws(0, 1, 0)).toEqual(runsOf({ normalClass: 0 }, DIGITS));
  });
});

describe('a run id', () => {
  const every = experimentSchema(['mnist'], DETECTORS);
  const id = (keys: Record<string, unknown>, dataset = CARDIO) => runsOf(keys, dataset)[0].id;

  test('is the same for the same content, however the config writes it', () => {
    const written = { labeledAnomalyRatio: [0.01], detectors: [{ eta: 1, epochs: 150, name: 'deep-sad' }] };
    expect(id(written)).toBe(
      id({ detectors: { name: 'deep-sad' }, labeledAnomalyRatio: 0.01, knownAnomalyClass: 'each' }),
    );
    expect(id(written)).toMatch(/^[0-9a-f]{16}$/);
  });

  test('differs with the data, an option and the seed', () => {
    const others = [{}, { seeds: 2 }, { detectors: { name: 'deep-sad', eta: 2 } }].map((keys) => id(keys));
    expect(new Set([...others, id({}, { ...CARDIO, checksum: 'ef'.repeat(32) })]).size).toBe(4);
  });

  test.each(['oc-svm', 'oc-svm-hybrid', 'ssad', 'ssad-hybrid'])('of %s covers no memory', (name) => {
    const detectors = { name, memoryLimit: [10, 1000] };
    const runs = expansionOf({ detectors }, CARDIO, every).runs;
    expect(runs).toMatchObject([{ id: expansionOf({ detectors: name }, CARDIO, every).runs[0].id }]);
  });

  test('covers what a saved model holds, in whatever folder', () => {
    const from = (warmStart: string | string[], digit: string) =>
      ({ name: 'deep-sad', warmStart, warmStartChecksum: digit.repeat(64) }) as const;
    const { runs, notices } = expansionOf(
      { detectors: [from('M', 'a'), from(['./M', '/b/M'], 'a')] },
      CARDIO,
    );
    expect(runs).toHaveLength(1);
    expect(notices).toContain('detectors.1, deep-sad, comes to the same as one before it');
    expect(id({ detectors: from('M', 'a') })).not.toBe(id({ detectors: from('M', 'b') }));
    expect(id({ detectors: from('M', 'a') })).not.toBe(id({ detectors: 'deep-sad' }));
  });

  test.each([
    ['deep-sad', 2],
    ['autoencoder', 2],
    ['kde-hybrid', 2],
    ['kde', 1],
    ['oc-svm', 1],
  ])('of %s is one of %d by the engines', (name, ids) => {
    const { experiment } = parseConfig(
      '{name: a, dataset: cardio, detectors: deep-sad}',
      'a.json',
      [],
      schema,
    );
    const detectors = [{ name, options: {} }];
    const runs = (['native', 'tfjs'] as const).flatMap(
      (engine) => expand({ ...experiment, detectors }, CARDIO, engine).runs,
    );
    expect(new Set(runs.map((run) => run.id)).size).toBe(ids);
  });
});

describe('what the data set cannot meet', () => {
  test('is refused all at once', () => {
    expect(
      complaints({ normalClass: [12, 0], knownAnomalyClass: [0, 'eech'] }, imagesOf(['0', '1'])),
    ).toEqual([
      'normalClass.0: mnist has no class 12; did you mean 1? valid: 0, 1, all',
      'knownAnomalyClass.1: mnist has no class eech; did you mean each? valid: 0, 1, each',
      'knownAnomalyClass.0: 0 is a normal class; expected an anomaly class, or each for every class but the normal one in turn',
    ]);
  });

  test.each([
    [{}, 'normalClass: missing; expected a class of mnist (one, a list, or all): 0, 1, 2'],
    [
      { normalClass: 0, labeledAnomalyRatio: 0.1 },
      'knownAnomalyClass: missing; expected a class of mnist (one, a list, or each, or else knownAnomalyClassCount): 0, 1, 2',
    ],
    [
      { normalClass: [1, '1'], knownAnomalyClass: [1, 'each'] },
      'knownAnomalyClass.0: 1 is a normal class; expected an anomaly class, or each for every class but the normal one in turn',
    ],
    [
      { normalClass: 0, knownAnomalyClassCount: [2, 3] },
      'knownAnomalyClassCount.1: expected at most 2, the anomaly classes for training of mnist, found 3',
    ],
    [
      {
        normalClass: [
          [0, 1],
          [2, 1, 0],
        ],
        knownAnomalyClass: 'each',
        labeledAnomalyRatio: 0.1,
      },
      'normalClass.1: all classes of mnist are normal; leave one out at least, to be the anomalies',
    ],
  ])('%j', (keys, message) => {
    expect(complaints(keys, imagesOf(['0', '1', '2']))).toEqual([message]);
  });

  test('counts included, once for each value of a ratio', () => {
    const ratios = { labeledAnomalyRatio: [0.01, 0.6], pollutionRatio: [0.1, 0.8] };
    const messages = complaints(
      { normalClass: 'all', knownAnomalyClass: 'each', ...ratios },
      imagesOf(['0', '1', '2']),
    );
    expect(messages).toEqual([
      expect.stringMatching(
        /^pollutionRatio.1: on mnist, pollutionRatio 0.8 asks for .* can be at most 0\.\d+$/,
      ),
      expect.stringMatching(
        /^labeledAnomalyRatio.1: on mnist, labeledAnomalyRatio 0.6 asks for .* can be at most 0\.\d+$/,
      ),
    ]);
  });

  test('the test part included', () => {
    const onlyNormal = { count: 2, values: new Uint8Array(2), classes: new Uint8Array(2) };
    expect(complaints({ normalClass: 0 }, { ...imagesOf(['0', '1']), test: onlyNormal })).toEqual([
      expect.stringMatching(
        /^dataset: on mnist, the test set of mnist .* has 2 normal samples and 0 anomalies/,
      ),
    ]);
  });
});
