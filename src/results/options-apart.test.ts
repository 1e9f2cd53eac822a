import { describe, expect, test } from '@jest/globals';
import { PROTOCOL_NAMES } from '../config/protocol.js';
import { runsOf } from '../config/testing/outlines.js';
import { DETECTORS } from '../detectors/registry.js';
import { columnsOf } from './columns.js';
import { optionsApart } from './options-apart.js';
import { exampleRun } from './testing/records.js';

const apart = (...runs: readonly (readonly Parameters<typeof optionsApart>[0][number][])[]) =>
  optionsApart(runs.flat(), columnsOf(runs.flat()).of);

describe('of options that differ between data sets', () => {
  test.each(PROTOCOL_NAMES)('nothing is said where %s has them so', (protocol) => {
    const detectors = DETECTORS.map(({ name }) => name);
    expect(apart(runsOf({ protocol, detectors }))).toEqual([]);
    const variants = [
      ...['deep-sad', 'deep-svdd'].map((name) => ({ name, pretrain: [true, false], batchSize: [64, 32] })),
      ...['ssad', 'oc-svm-hybrid'].map((name) => ({ name, kernel: ['rbf', 'linear'] })),
      { name: 'ss-dgm', model: ['m2', 'm1+m2'], representationSize: [16, 64] },
    ];
    expect(apart(runsOf({ protocol, detectors: variants }))).toEqual([]);
  });

  test('each is said that was given, with its values', () => {
    const deepSad = (dataset: string, options: object) =>
      runsOf({ detectors: [{ name: 'deep-sad', ...options }, 'kde'] }, [dataset]);
    expect(
      apart(deepSad('cardio', { epochs: 1, eta: 1 }), deepSad('thyroid', { epochs: 2, eta: 100 })),
    ).toEqual([
      'Deep SAD has not the same options on all data sets: eta 1, epochs 1 on cardio; eta 100, epochs 2 on thyroid.',
    ]);
  });

  test('those that part the data sets alike name them once, others apart', () => {
    const sad = (options: object, ...datasets: string[]) =>
      runsOf({ detectors: { name: 'deep-sad', ...options } }, datasets);
    expect(
      apart(
        sad({ epochs: 9, eta: 2, batchSize: 32 }, 'cardio'),
        sad({ epochs: 9, eta: 2 }, 'satellite'),
        sad({}, 'thyroid'),
      ),
    ).toEqual([
      'Deep SAD has not the same options on all data sets: eta 2, epochs 9 on cardio and satellite; eta 1, epochs 150 on thyroid; ' +
        'batchSize 32 on cardio; batchSize 128 on satellite and thyroid.',
    ]);
  });

  const sad = (options: object, dataset: string) =>
    runsOf({ detectors: { name: 'deep-sad', ...options } }, [dataset]);

  test.each<[string, object, object, string]>([
    [
      'a size',
      { representationSize: 16 },
      {},
      'representationSize 16 on cardio; representationSize 4 on thyroid',
    ],
    ['layers', {}, { hiddenSizes: [8] }, 'hiddenSizes [32,16] on cardio; hiddenSizes [8] on thyroid'],
    ['the start', { pretrain: true }, {}, 'pretrain true on cardio; pretrain false on thyroid'],
    [
      'a slope that is usual on one',
      { leakyReluSlope: 0.1 },
      {},
      'leakyReluSlope 0.1 on cardio; leakyReluSlope 0.01 on thyroid',
    ],
    [
      'the schedule of the autoencoder',
      { pretrain: true, pretrainEpochs: 9 },
      { pretrain: true },
      'pretrainEpochs 9 on cardio; pretrainEpochs 150 on thyroid',
    ],
  ])('%s of one alone is said', (_what, ofCardio, ofThyroid, said) => {
    const sentence = `Deep SAD has not the same options on all data sets: ${said}.`;
    expect(apart(sad(ofCardio, 'cardio'), sad(ofThyroid, 'thyroid'))).toEqual([sentence]);
  });

  test('two protocols are told apart', () => {
    const runs = ['paper', 'authors-code'].map((protocol, index) =>
      runsOf({ protocol, detectors: 'kde' }, [['cardio', 'thyroid'][index]]),
    );
    expect(apart(...runs)).toEqual([
      expect.stringContaining('trainOn without-anomalies on cardio; trainOn all on thyroid'),
    ]);
  });

  test('columns that name an option do not differ in it', () => {
    expect(apart(sad({ eta: [1, 100] }, 'cardio'), sad({ eta: 1 }, 'thyroid'))).toEqual([]);
    expect(apart(sad({ eta: [1, 100], epochs: 9 }, 'cardio'), sad({ eta: 1 }, 'thyroid'))).toEqual([
      'Deep SAD (eta=1) has not the same options on all data sets: epochs 9 on cardio; epochs 150 on thyroid.',
    ]);
  });

  test('many data sets of one value are counted', () => {
    const shared = ['mnist', 'arrhythmia', 'thyroid', 'own.csv'].flatMap((name) => sad({}, name));
    expect(apart(sad({ eta: 2 }, 'cardio'), shared)).toEqual([
      'Deep SAD has not the same options on all data sets: eta 2 on cardio; eta 1 on 4 data sets.',
    ]);
  });

  test('memory is nothing that an outcome depends on', () => {
    const ssad = (memoryLimit: number, dataset: string) =>
      runsOf({ detectors: { name: 'ssad', memoryLimit } }, [dataset]);
    expect(apart(ssad(1000, 'cardio'), ssad(4000, 'thyroid'))).toEqual([]);
  });

  test('options of a detector, or of networks, that are not known here are compared as they are', () => {
    const of = (dataset: string, name: string, options: object) =>
      exampleRun({ dataset, detector: { name, options: { ...options } } });
    const unknown = (size: number, dataset: string) => of(dataset, 'another', { size });
    expect(apart([unknown(1, 'cardio'), unknown(1, 'thyroid')])).toEqual([]);
    expect(apart([unknown(1, 'cardio'), unknown(2, 'thyroid')])).toHaveLength(1);
    const foreign = (size: number, dataset: string) =>
      of(dataset, 'deep-sad', { network: 'mnist', representationSize: size });
    expect(apart([foreign(1, 'cardio'), foreign(2, 'thyroid')])).toEqual([
      expect.stringContaining('representationSize 1 on cardio; representationSize 2 on thyroid'),
    ]);
  });
});
