import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../errors.js';
import { loadConfig, parseConfig } from './load.js';
import type { Experiment } from './schema.js';
import { schema } from './testing/examples.js';

const MINIMAL = 'name: example\ndataset: cardio\ndetectors: deep-sad\n';

function parse(text: string, ...assignments: string[]): Experiment {
  return parseConfig(text, 'example.yaml', assignments, schema).experiment;
}

/** The lines of the message with which a config is refused. */
function complaints(text: string, ...assignments: string[]): string[] {
  try {
    parse(text, ...assignments);
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
  throw new Error('the config was accepted');
}

describe('a valid config', () => {
  test('gets the defaults, every value as a list', () => {
    expect(parse(MINIMAL)).toEqual({
      name: 'example',
      protocol: 'deepsad',
      dataset: ['cardio'],
      labeledAnomalyRatio: [0],
      labeledNormalRatio: [0],
      pollutionRatio: [0],
      detectors: [{ name: 'deep-sad', options: {} }],
      seeds: [1],
    });
  });

  test('names classes by numbers, texts and truth values', () => {
    const { normalClass, knownAnomalyClass, dataset } = parse(
      `${MINIMAL.replace('cardio', '{file: own.csv, label: kind, normal: [yes, 0, true]}')}normalClass: 0\nknownAnomalyClass: [1, Ankle boot]\n`,
    );
    expect(normalClass).toEqual(['0']);
    expect(knownAnomalyClass).toEqual(['1', 'Ankle boot']);
    expect(dataset).toEqual([{ file: 'own.csv', label: 'kind', normal: ['yes', '0', 'true'] }]);
  });

  test('names classes by numbers as they are written, but for other spellings of one in decimals', () => {
    const written = '[0x1f, 1e2, 0o17, 007, 1.50, -0, 12345678901234567890, 1.5e1, 3]';
    const names = ['0x1f', '1e2', '0o17', '7', '1.5', '0', '12345678901234567890', '15', '3'];
    const table = `{file: a.csv, normal: ${written}}`;
    const { dataset, ...others } = parse(
      `${MINIMAL.replace('cardio', table)}normalClass: ${written}\nknownAnomalyClass: ${written}\n`,
    );
    expect(dataset).toEqual([{ file: 'a.csv', normal: names }]);
    expect(others).toMatchObject({ normalClass: names, knownAnomalyClass: names });
    const set = parse(
      MINIMAL.replace('cardio', '{file: a.csv, normal: 0}'),
      'dataset.normal=0x1f',
      'normalClass=[[1, 1e2]]',
      'knownAnomalyClass=1e2',
      'seeds=0x1f',
    );
    expect(set).toMatchObject({
      dataset: [{ normal: ['0x1f'] }],
      normalClass: [['1', '1e2']],
      knownAnomalyClass: ['1e2'],
      seeds: [31],
    });
  });

  test('reads a table with semi-targets in any way', () => {
    const own =
      '{file: a.csv, test: b.csv, semiTarget: s, label: y, normal: ok, categorical: x, drop: [u, v], missing: fill}';
    expect(parse(MINIMAL.replace('cardio', own)).dataset).toEqual([
      {
        file: 'a.csv',
        test: 'b.csv',
        semiTarget: 's',
        label: 'y',
        normal: ['ok'],
        categorical: ['x'],
        drop: ['u', 'v'],
        missing: 'fill',
      },
    ]);
    expect(parse(MINIMAL.replace('cardio', '{file: a.csv, semiTarget: s}')).dataset).toEqual([
      { file: 'a.csv', semiTarget: 's' },
    ]);
  });

  test('says where a single seed may be meant as a count', () => {
    const noticesOf = (seeds: string) =>
      parseConfig(`${MINIMAL}seeds: ${seeds}\n`, 'example.yaml', [], schema).notices;
    expect(noticesOf('10')).toEqual([
      'example.yaml:4:1: seeds: one seed, the number 10; for several give a range, such as 1..10',
    ]);
    expect(['1', '[10]', '[1, 2]'].flatMap(noticesOf)).toEqual([]);
  });

  test('says where no sample of the known anomaly classes is labeled', () => {
    const noticesOf = (key: string, ratio = '') =>
      parseConfig(`${MINIMAL}${key}\n${ratio}`, 'example.yaml', [], schema).notices;
    for (const key of ['knownAnomalyClass', 'knownAnomalyClassCount']) {
      const notices = [
        `example.yaml:4:1: ${key}: changes nothing, since no labeledAnomalyRatio is above 0: no run has labeled anomalies`,
      ];
      expect(noticesOf(`${key}: 1`)).toEqual(notices);
      expect(noticesOf(`${key}: 1`, 'labeledAnomalyRatio: [0, 0.0]\n')).toEqual(notices);
      expect(noticesOf(`${key}: 1`, 'labeledAnomalyRatio: [0, 0.1]\n')).toEqual([]);
    }
  });

  test('names images of your own', () => {
    const images = '{images: scans, labels: scans.csv, label: kind, network: cifar10}';
    const { dataset } = parse(MINIMAL.replace('cardio', `[${images}, {images: bottle}]`));
    expect(dataset).toEqual([
      { images: 'scans', labels: 'scans.csv', label: 'kind', network: 'cifar10' },
      { images: 'bottle' },
    ]);
  });

  test('names time series of your own', () => {
    const { dataset } = parse(
      MINIMAL.replace(
        'cardio',
        '[{series: smd, windowLength: 8, stride: 4}, {series: smd, machine: m, windowLength: 8, stride: 4}]',
      ),
    );
    expect(dataset).toEqual([
      { series: 'smd', windowLength: 8, stride: 4 },
      { series: 'smd', machine: 'm', windowLength: 8, stride: 4 },
    ]);
  });

  test('lifts detector options, those that are lists themselves from lists of lists', () => {
    const { detectors } = parse(`
      name: example
      dataset: cardio
      detectors:
        - {name: deep-sad, eta: [0.1, 10], hiddenSizes: [32, 16], learningRateMilestones: []}
        - {name: autoencoder, hiddenSizes: [[32, 16], []]}`);
    expect(detectors).toEqual([
      {
        name: 'deep-sad',
        options: { eta: [0.1, 10], hiddenSizes: [[32, 16]], learningRateMilestones: [[]] },
      },
      { name: 'autoencoder', options: { hiddenSizes: [[32, 16], []] } },
    ]);
  });

  test('may be JSON with tabs and a schema for editors', () => {
    const json =
      '{\n\t"$schema": "schema.json",\n\t"name": "example", "dataset": "cardio", "detectors": ["deep-sad"]}';
    expect(parse(json)).toEqual(parse(MINIMAL));
  });
});

describe('overrides', () => {
  test('set top-level keys, list entries and options of detectors given by name', () => {
    const experiment = parse(
      MINIMAL.replace('deep-sad', '[deep-sad, {name: deep-svdd, epochs: 5}]'),
      'seeds=[1, 2]',
      'detectors.0.eta=10',
      'detectors.1.epochs=7',
      'pollutionRatio=0.1',
    );
    expect(experiment.seeds).toEqual([1, 2]);
    expect(experiment.pollutionRatio).toEqual([0.1]);
    expect(experiment.detectors).toEqual([
      { name: 'deep-sad', options: { eta: [10] } },
      { name: 'deep-svdd', options: { epochs: [7] } },
    ]);
  });

  test('leave other aliases of a YAML anchor as they are', () => {
    const { detectors } = parse(
      MINIMAL.replace('deep-sad', '[&same {name: deep-sad, eta: 1}, *same]'),
      'detectors.0.eta=5',
    );
    expect(detectors.map(({ options }) => options.eta)).toEqual([[5], [1]]);
  });

  test('are named where their value is wrong', () => {
    expect(complaints(MINIMAL, 'seeds=x')).toEqual([
      'set seeds=x: seeds: found "x"; expected a whole number, or a range such as 1..5',
    ]);
  });

  test.each([
    ['seeds', 'set seeds: expected key.path=value'],
    ['__proto__.x=1', 'set __proto__.x=1: expected key.path=value'],
    ['seeds=[', 'set seeds=[: the value is not YAML'],
    ['name.x=1', 'set name.x=1: name.x: name is the single value "example" and has no x'],
    ['foo.x=1', 'set foo.x=1: foo: unknown key'],
  ])('%s is refused', (assignment, message) => {
    expect(complaints(MINIMAL, assignment)[0]).toContain(message);
  });

  test('set members of lists alone', () => {
    expect(complaints(MINIMAL.replace('deep-sad', '[deep-sad]'), 'detectors.length=1')).toEqual([
      'set detectors.length=1: detectors.length: detectors is a list with positions 0 to 0 and has no length',
    ]);
  });

  test('do not lengthen lists', () => {
    expect(complaints(`${MINIMAL}seeds: [1, 2]\n`, 'seeds.99999999=1')).toEqual([
      'set seeds.99999999=1: seeds.99999999: seeds is a list with positions 0 to 1 and has no 99999999',
    ]);
  });
});

describe('an invalid config', () => {
  test('texts that are written like numbers or truth values want quotes', () => {
    const text =
      'name: 2020\ndetectors: deep-sad\ndataset: {file: a.csv, normal: 1, label: True, drop: [007, b], categorical: 1.0}\n';
    expect(complaints(text)).toEqual([
      'example.yaml:1:1: name: found 2020; expected a text in quotes',
      'example.yaml:3:35: dataset.label: found true; expected a text in quotes',
      'example.yaml:3:55: dataset.drop.0: found 7; expected a text in quotes',
      expect.stringContaining('dataset.categorical: found 1; expected a text in quotes or a list'),
    ]);
  });

  test('is refused with all its problems, each with its place and what would be valid', () => {
    const text = `nam: example
dataset: mnits
labeledAnomalyRatio: [0.5, x, 2]
labeledNormalRatio: 0.7
pollutionRatio: {}
seeds: 1.5
knownAnomalyClass: each
knownAnomalyClassCount: -1
detectors:
  - deep-sd
  - {name: deep-svd}
  - name: deep-sad
    etta: 3
    eta: [1, -1]
    hiddenSizes: [3, x]
  - 4
  - {eta: 3}
`;
    const detectors = 'valid: autoencoder, deep-svdd, deep-sad';
    expect(complaints(text)).toEqual([
      'example.yaml:1:1: name: missing; expected a text',
      expect.stringMatching(
        /^example.yaml:1:1: nam: unknown key; did you mean name\? valid: .*pollutionRatio/,
      ),
      'example.yaml:2:1: dataset: found "mnits"; did you mean mnist? valid: mnist, fashion-mnist, cardio',
      'example.yaml:3:1: labeledAnomalyRatio: 0.5 and a labeledNormalRatio of 0.7 sum past 1; both are fractions of the training set',
      'example.yaml:3:28: labeledAnomalyRatio.1: found "x"; expected a number',
      'example.yaml:3:31: labeledAnomalyRatio.2: found 2; expected less than 1',
      'example.yaml:5:1: pollutionRatio: found {}; expected a number or a list',
      'example.yaml:6:1: seeds: found 1.5; expected a whole number',
      'example.yaml:8:1: knownAnomalyClassCount: found -1; expected at least 0',
      'example.yaml:8:1: knownAnomalyClassCount: given beside knownAnomalyClass; expected one of the two',
      `example.yaml:10:5: detectors.0: found "deep-sd"; did you mean deep-sad? ${detectors}`,
      `example.yaml:11:6: detectors.1.name: found "deep-svd"; did you mean deep-svdd? ${detectors}`,
      expect.stringMatching(/^example.yaml:13:5: detectors.2.etta: unknown key; did you mean eta\?/),
      'example.yaml:14:14: detectors.2.eta.1: found -1; expected more than 0',
      'example.yaml:15:22: detectors.2.hiddenSizes.1: found "x"; expected a number',
      'example.yaml:16:5: detectors.3: found 4; expected autoencoder or deep-svdd or deep-sad or a map of keys',
      `example.yaml:17:5: detectors.4.name: missing; ${detectors}`,
    ]);
  });

  test.each([
    ['YAML', 'seeds: [-1, -2]\npollutionRatio: &high 2\nname: 3\nlabeledAnomalyRatio: *high\n'],
    ['JSON', '{\n"seeds": [-1, -2],\n"pollutionRatio": 2, "name":\n\n3, "labeledAnomalyRatio": 2}'],
  ])('names its problems in the order of their lines, and after them those of overrides: %s', (_, text) => {
    const places = complaints(text, 'dataset=mnits', 'epochs=3').map((line) => line.split(': ')[0]);
    expect(places.slice(-2)).toEqual(['set dataset=mnits', 'set epochs=3']);
    const numbers = places.slice(0, -2).map((place) => place.split(':').slice(1).map(Number));
    expect(numbers).toHaveLength(6);
    expect(numbers).toEqual(numbers.toSorted(([line, column], [other, at]) => line - other || column - at));
  });

  test.each([
    ['', 'example.yaml:1:1: found null; expected a map of keys'],
    ['- deep-sad', 'example.yaml:1:1: found ["deep-sad"]; expected a map of keys'],
    ['name: [', 'example.yaml:1:8: '],
    ['name: a\nname: b', 'example.yaml:2:1: the key name is given twice; delete one of them'],
    ['name: *missing', 'example.yaml: Unresolved alias'],
    [MINIMAL.replace('example', '../up'), 'example.yaml:1:1: name: found "../up"; expected letters'],
    [
      MINIMAL.replace('deep-sad', '[]'),
      'example.yaml:3:1: detectors: found []; expected a list of at least 1',
    ],
    [
      MINIMAL.replace('cardio', '{file: own.csv, norml: 0}'),
      'dataset.norml: unknown key; did you mean normal?',
    ],
    [
      MINIMAL.replace('cardio', '{file: own.txt}'),
      'dataset.file: found "own.txt"; expected a path that ends in',
    ],
    [
      MINIMAL.replace('cardio', '{file: own.csv}'),
      'dataset.normal: missing; expected the label value or values',
    ],
    [
      MINIMAL.replace('cardio', '{file: own.csv.gz}'),
      'dataset.normal: missing; expected the label value or values',
    ],
    [
      MINIMAL.replace('cardio', '[{file: a.npz}, mnist, {file: a.npz, label: z}]'),
      'example.yaml:2:33: dataset.2: a.npz is given twice',
    ],
    [
      `${MINIMAL}normalClass: [2, [0, 1, "0"]]`,
      'example.yaml:4:25: normalClass.1.2: 0 is given twice in a group; give each class once',
    ],
    [
      MINIMAL.replace('cardio', '[mnist, cardio, mnist]'),
      'example.yaml:2:26: dataset.2: mnist is given twice',
    ],
    [
      MINIMAL.replace('cardio', '[{file: a.npz}, {file: ./b/../a.npz}]'),
      'example.yaml:2:26: dataset.1: ./b/../a.npz is given twice',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.npz, test: ./a.npz}'),
      'dataset.test: ./a.npz is the training table too',
    ],
    [`${MINIMAL}seeds: [1, 2, 1]\n`, 'seeds.2: 1 is given twice, and would repeat the same runs'],
    [
      MINIMAL.replace('deep-sad', '{name: deep-sad, epochs: 0, pretrainEpochs: 0}'),
      'detectors.epochs: found 0; expected at least 1',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.csv, label: y, semiTarget: s}'),
      'dataset.normal: missing; expected the label value or values',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.csv, semiTarget: s, normal: ok}'),
      'dataset.normal: given beside semi-targets, of which +1 is normal; name the column',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.npz, semiTarget: s, label: s}'),
      'dataset.label: s is the column of semi-targets; leave label out',
    ],
    [
      MINIMAL.replace('cardio', '[mnist, {file: a.npz, test: b.csv}]'),
      'dataset.1.test: found b.csv; expected a .npz file like a.npz',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.npz, test: a.npz}'),
      'dataset.test: a.npz is the training table too; leave test out',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.mat, categorical: x}'),
      'dataset.categorical: only a .csv has columns with names; a.mat has none',
    ],
    [
      MINIMAL.replace('cardio', '{file: a.csv, normal: 0, missing: ignore}'),
      'dataset.missing: found "ignore"; valid: refuse, fill',
    ],
    [
      `${MINIMAL.replace('cardio', '{file: a.csv, semiTarget: s}')}labeledAnomalyRatio: 0.1\n`,
      'example.yaml:4:1: labeledAnomalyRatio: given beside a column of semi-targets',
    ],
    [
      MINIMAL.replace('cardio', '[{images: a}, {images: a, network: cifar10}]'),
      'example.yaml:2:24: dataset.1: a is given twice',
    ],
    [
      MINIMAL.replace('cardio', '{series: smd, windowLength: 8, stride: 9}'),
      'dataset.stride: longer than windowLength, so that time steps between windows would have no score',
    ],
    [
      MINIMAL.replace('cardio', '{series: smd, windowLength: 8}'),
      'dataset.stride: missing; expected a number',
    ],
    [
      MINIMAL.replace(
        'cardio',
        '[{series: a, windowLength: 8, stride: 4}, {series: a, windowLength: 4, stride: 4}]',
      ),
      'dataset.1: a is given twice',
    ],
    [
      MINIMAL.replace('cardio', '{images: scans, network: resnet}'),
      'dataset.network: found "resnet"; valid: mnist, fashion-mnist, cifar10',
    ],
    [
      MINIMAL.replace('cardio', '{images: scans, label: kind}'),
      'dataset.label: given without labels, the table that has this column',
    ],
    [
      MINIMAL.replace('cardio', '{images: scans, labels: kinds.txt}'),
      'dataset.labels: found "kinds.txt"; expected a path that ends in .csv',
    ],
    [`${MINIMAL}pollutionRatio: .nan\n`, 'pollutionRatio: found NaN; expected a number or a list'],
    [`${MINIMAL}pollutionRatio: 1\n`, 'pollutionRatio: found 1; expected less than 1'],
  ])('%j', (text, message) => {
    expect(complaints(text).join('\n')).toContain(message);
  });

  test('never ends in anything but a UserError', () => {
    const keys = [
      'name',
      'dataset',
      'normalClass',
      'knownAnomalyClassCount',
      'labeledAnomalyRatio',
      'detectors',
      'seeds',
    ];
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('all', 'deep-sad', { name: 'deep-sad', eta: [[]] }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value), (config) => {
        try {
          parse(JSON.stringify(config));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

describe('a problem found later', () => {
  const { wording } = parseConfig(
    `${MINIMAL}normalClass: 7\nseeds: [1, 2]\n`,
    'example.yaml',
    ['pollutionRatio=0.1'],
    schema,
  );

  test.each([
    [['normalClass', 0], 'example.yaml:4:1: normalClass: no'],
    [['seeds', 1], 'example.yaml:5:12: seeds.1: no'],
    [['pollutionRatio', 0], 'set pollutionRatio=0.1: pollutionRatio: no'],
    [['knownAnomalyClass'], 'example.yaml:1:1: knownAnomalyClass: no'],
    [[], 'example.yaml:1:1: no'],
  ])('%j', (path, message) => {
    expect(wording.describe({ path, message: 'no' })).toBe(message);
  });
});

describe('a config that would take for ever, or more than there is', () => {
  const HEAD = 'name: x\ndataset: cardio\n';
  const parse =
    (text: string, ...assignments: string[]) =>
    () =>
      parseConfig(text, 'x.yaml', assignments, schema);

  test.each([
    [
      'an alias within what it stands for',
      `${HEAD}detectors: &x [*x]\n`,
      'x.yaml:3:16: the alias *x stands within',
    ],
    [
      'aliases of aliases',
      `a: &a [${'x,'.repeat(9)}]\n${['b', 'c', 'd'].map((name, i) => `${name}: &${name} [${`*${'abc'[i]},`.repeat(9)}]\n`).join('')}`,
      'x.yaml: aliases stand for too many values',
    ],
    ['nesting', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'lists or maps are nested too deeply'],
    [
      'a key that is a list',
      `${HEAD}? [a, b]\n: 1\n`,
      'x.yaml:3:3: expected a key, found a list, a map or an alias',
    ],
    [
      'very many aliases',
      `${HEAD}detectors: deep-sad\nseeds: [&a -1, ${'*a,'.repeat(60_000)}]\n`,
      'x.yaml: aliases stand for too many values',
    ],
    [
      'several documents',
      `${HEAD}---\nname: y\n`,
      'x.yaml:3:1: a second document begins here, and a config is one; write each into a file of its own',
    ],
    ['a key given twice', `${HEAD}name: y\n`, 'x.yaml:3:1: the key name is given twice; delete one of them'],
  ])('%s', (_, text, message) => {
    expect(parse(text)).toThrow(message);
  });

  test('an alias within what it stands for, in --set', () => {
    expect(parse(`${HEAD}detectors: [deep-sad]\n`, 'seeds=&x [*x]')).toThrow('the alias *x stands within');
  });

  test('a key set twice, of which one would count for nothing', () => {
    expect(parse(`${HEAD}detectors: [deep-sad]\n`, 'seeds=1', 'pollutionRatio=0.1', 'seeds=2..3')).toThrow(
      'set seeds=2..3: seeds is given twice, before as seeds=1; give it once',
    );
    const several = `${HEAD}detectors: [deep-sad, deep-sad]\n`;
    expect(parse(several, 'detectors.*.eta=2', 'detectors.0.eta=3')().experiment.detectors).toMatchObject([
      { options: { eta: [3] } },
      { options: { eta: [2] } },
    ]);
  });

  test.each([
    [['detectors.0.eta=2', 'detectors.0={name: deep-sad}'], 'detectors.0={name: deep-sad}'],
    [['detectors.0.eta=2', 'detectors=[deep-sad]'], 'detectors=[deep-sad]'],
    [['detectors.0.eta=2', 'detectors.*.eta=3'], 'detectors.*.eta=3'],
    [['detectors.*.eta=2', 'detectors=[deep-sad]'], 'detectors=[deep-sad]'],
    [['detectors.*.batchSize=16', 'detectors.*={name: deep-sad}'], 'detectors.*={name: deep-sad}'],
  ])('overrides of which the first counts for nothing: %j', (overrides, undoing) => {
    const text = `${HEAD}detectors: [deep-sad, deep-sad]\n`;
    expect(parse(text, ...overrides)).toThrow(
      `set ${overrides[0]}: counts for nothing, since ${undoing} after it sets the same; give it after that, or leave it out`,
    );
    expect(parse(text, ...overrides.slice(1), overrides[0])).not.toThrow('counts for nothing');
  });

  test('an override of several members that later ones set, one by one or where but one has the key', () => {
    const alone = parse(
      `${HEAD}detectors: [isolation-forest, deep-sad]\n`,
      'detectors.*.epochs=3',
      'detectors.1.epochs=1',
    );
    expect(alone).toThrow(
      'detectors.*.epochs=3: counts for nothing, since detectors.1.epochs=1 after it sets',
    );
    const both = ['detectors.*.eta=2', 'detectors.0.eta=3', 'detectors.1.eta=4'];
    expect(parse(`${HEAD}detectors: [deep-sad, deep-sad]\n`, ...both)).toThrow(
      'set detectors.*.eta=2: counts for nothing, since detectors.0.eta=3 and detectors.1.eta=4 after it set the same',
    );
  });

  test('of very many problems the first are described', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `key${i}: 1\n`).join('');
    expect(parse(`${HEAD}detectors: [deep-sad]\n${keys}`)).toThrow(/^(x\.yaml:.*\n){20}… and 19980 more$/);
  });

  test.each(['file', 'images', 'series'])('a path in %s that no system takes is, with its key', (key) => {
    const long = 'x'.repeat(300);
    const text = `name: x\ndataset: [cardio, { ${key}: ${long} }]\ndetectors: [deep-sad]\n`;
    expect(complaints(text)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^example.yaml:2:\\d+: dataset.1.${key}: ${long}: its name is too long$`),
      ),
    );
  });

  test('an option of detectors among the keys is, with a detector of the config that has it', () => {
    expect(complaints(MINIMAL, 'epochs=5')).toEqual([
      expect.stringContaining('write it beside a name, as { name: deep-sad, epochs: … }'),
    ]);
  });

  test('a file larger than a config is', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'deepsad-config-')), 'large.yaml');
    writeFileSync(file, `# ${'x'.repeat(2 ** 18)}`);
    expect(() => loadConfig(file, [], schema)).toThrow(
      `${file}: expected a config in YAML or JSON of at most 262144 bytes, found 262146 bytes`,
    );
  });
});

describe('a file that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deepsad-config-'));
  const latin1 = join(folder, 'latin1.yaml');
  writeFileSync(latin1, Buffer.from([0x6e, 0xe9]));

  test.each([
    [join(folder, 'none.yaml'), 'no such file'],
    [folder, 'expected a config in YAML or JSON, found a folder'],
    [latin1, 'expected a config in YAML or JSON in UTF-8, found other bytes'],
  ])('%s', (file, reason) => {
    expect(() => loadConfig(file, [], schema)).toThrow(`${file}: ${reason}`);
  });
});

describe('an override with *', () => {
  const THREE = `${MINIMAL.replace('deep-sad', '[autoencoder, {name: deep-sad, eta: 2}, deep-svdd]')}`;

  test('goes to every detector that has the option', () => {
    expect(parse(THREE, 'detectors.*.pretrainEpochs=3', 'detectors.*.epochs=[4, 5]').detectors).toEqual([
      { name: 'autoencoder', options: { epochs: [4, 5] } },
      { name: 'deep-sad', options: { eta: [2], epochs: [4, 5], pretrainEpochs: [3] } },
      { name: 'deep-svdd', options: { epochs: [4, 5], pretrainEpochs: [3] } },
    ]);
  });

  test('renames every detector', () => {
    expect(
      parse(MINIMAL.replace('deep-sad', '[autoencoder, {name: deep-svdd}]'), 'detectors.*.name=deep-sad')
        .detectors,
    ).toEqual([
      { name: 'deep-sad', options: {} },
      { name: 'deep-sad', options: {} },
    ]);
  });

  test('takes a single detector for a list of one', () => {
    expect(parse(MINIMAL, 'detectors.*.eta=3').detectors).toEqual([
      { name: 'deep-sad', options: { eta: [3] } },
    ]);
  });

  test('goes to every data set that is a map', () => {
    const { dataset } = parse(
      MINIMAL.replace('cardio', '[{file: a.csv, normal: 0}, {file: b.csv, normal: 0}]'),
      'dataset.*.missing=fill',
    );
    expect(dataset.map((own) => (typeof own === 'object' && 'missing' in own ? own.missing : ''))).toEqual([
      'fill',
      'fill',
    ]);
  });

  test('is refused where none has it, and named where its value is wrong', () => {
    expect(complaints(THREE, 'detectors.*.etta=3').join()).toMatch(
      /^set detectors.\*.etta=3: detectors.\*.etta: none of detectors has it; did you mean eta\? valid: /,
    );
    expect(complaints(THREE, 'detectors.*.epochs=0')).toEqual(
      [0, 1, 2].map((i) => `set detectors.*.epochs=0: detectors.${i}.epochs: found 0; expected at least 1`),
    );
  });
});

test('an option of detectors among the keys of the experiment is met with its place', () => {
  expect(complaints(MINIMAL, 'epochs=3').join()).toMatch(
    /^set epochs=3: epochs: an option of detectors; .* by set detectors.\*.epochs=…$/,
  );
});

test.each(['parts.csv', '[mnist, parts.csv.gz]'])(
  'a table that is given by its path alone, as %s',
  (dataset) => {
    const text = `name: a\ndataset: ${dataset}\ndetectors: autoencoder\n`;
    expect(complaints(text).join()).toMatch(
      /: found the path of a table; write it as a map, \{ file: parts\.csv(\.gz)?, … \}$/,
    );
  },
);

test('normal classes that are not the normal labels are doubted', () => {
  const noticesOf = (normalClass: string) =>
    parseConfig(
      `name: a\ndataset: { file: a.csv, normal: [ok, fine] }\nnormalClass: ${normalClass}\ndetectors: autoencoder\n`,
      'example.yaml',
      [],
      schema,
    ).notices;
  expect(noticesOf('broken')).toEqual([
    'example.yaml:3:1: normalClass: runs take broken for normal, and the normal labels of a.csv (ok, fine) for anomalies; is that meant?',
  ]);
  expect(['normal', '[normal]', 'all', '[[normal, broken]]'].flatMap(noticesOf)).toEqual([]);
  expect(noticesOf('[[normal, broken], worn, [worn, bent]]')).toEqual([
    expect.stringContaining('runs take worn, bent for normal, and the normal labels'),
  ]);
});

describe('seeds', () => {
  const seedsOf = (text: string) => parse(`${MINIMAL}seeds: ${text}\n`).seeds;

  test('may be a range, or a list with ranges', () => {
    expect(seedsOf('1..5')).toEqual([1, 2, 3, 4, 5]);
    expect(seedsOf('[0, 7..9, 3]')).toEqual([0, 7, 8, 9, 3]);
    expect(seedsOf('4..4')).toEqual([4]);
  });

  test.each([
    ['5..1', 'seeds: found 5..1; expected a range that ascends, of at most 10000 seeds'],
    ['0..99999', 'seeds: found 0..99999; expected a range that ascends, of at most 10000 seeds'],
    ['1...5', 'seeds: found "1...5"; expected a whole number, or a range such as 1..5'],
    ['[1..3, 2]', 'seeds.1: 2 is given twice, and would repeat the same runs'],
  ])('%s is refused', (text, message) => {
    expect(complaints(`${MINIMAL}seeds: ${text}\n`).join()).toContain(message);
  });
});

describe('a refusal shows', () => {
  /** What a terminal shows of a refusal. */
  function shown(text: string, ...assignments: string[]): string {
    try {
      parse(text, ...assignments);
    } catch (error) {
      return (error as UserError).shownIn(80);
    }
    throw new Error('the config was accepted');
  }

  test('the line of each problem, and a mark under it', () => {
    expect(
      shown(`${MINIMAL}pollutionRatio: 2\nsedes: 1\n`),
    ).toBe(`example.yaml:4:1: pollutionRatio: found 2; expected less than 1
    4 | pollutionRatio: 2
      | ^^^^^^^^^^^^^^
${complaints(`${MINIMAL}pollutionRatio: 2\nsedes: 1\n`)[1]}
    5 | sedes: 1
      | ^^^^^`);
  });

  test('no line of what stands in none', () => {
    expect(shown('dataset: cardio\ndetectors: deep-sad\n', 'seeds=-1')).not.toContain('|');
  });

  test('a place in a line of any length within 80 columns', () => {
    const text = `{name: x, dataset: cardio, ${' '.repeat(5000)}detectors: deep-sd${' '.repeat(500)}}`;
    const lines = shown(text).split('\n').slice(1);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines[0].slice(lines[1].indexOf('^'))).toMatch(/^detectors: deep-sd/);
  });

  test('where the text is no YAML', () => {
    expect(
      shown('name: a\nname: b\n'),
    ).toBe(`example.yaml:2:1: the key name is given twice; delete one of them
    2 | name: b
      | ^^^^`);
  });
});
