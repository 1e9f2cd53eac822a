import { describe, expect, test } from '@jest/globals';
import { PROTOCOL_NAMES } from '../config/protocol.js';
import { runsOf } from '../config/testing/outlines.js';
import { DETECTORS } from '../detectors/registry.js';
import { columnsOf } from './columns.js';

const IMAGES = ['mnist', 'fashion-mnist', 'cifar10'];

const under = (protocol: string, detectors: unknown, names = IMAGES) =>
  runsOf({ protocol, detectors }, names);

describe('columns of runs under several protocols', () => {
  const protocols = (detectors: unknown, names?: string[]) =>
    PROTOCOL_NAMES.flatMap((protocol) => under(protocol, detectors, names));

  test('are one for each protocol, whatever it sets by the data set', () => {
    const { names, of } = columnsOf(protocols('deep-sad'));
    expect(names).toEqual(PROTOCOL_NAMES.map((protocol) => `Deep SAD (protocol=${protocol})`));
    for (const protocol of PROTOCOL_NAMES) {
      expect(new Set(under(protocol, 'deep-sad').map(of))).toEqual(
        new Set([`Deep SAD (protocol=${protocol})`]),
      );
    }
  });

  test('name what was given beside a protocol, and what none sets', () => {
    const runs = [
      ...under('deepsad', { name: 'deep-sad', pretrain: [false, true], eta: 1 }),
      ...under('paper', { name: 'deep-sad', eta: [1, 10] }),
    ];
    expect(columnsOf(runs).names).toEqual([
      'Deep SAD (protocol=deepsad, eta=1, pretrain=false)',
      'Deep SAD (protocol=deepsad, eta=1, pretrain=true)',
      'Deep SAD (protocol=paper, eta=1, pretrain=true)',
      'Deep SAD (protocol=paper, eta=10, pretrain=true)',
    ]);
    expect(columnsOf(runs, 'eta').names).toHaveLength(3);
    // What is the same in all, and of no protocol.
    expect(columnsOf(protocols({ name: 'deep-sad', eta: 10 })).names).toEqual(
      PROTOCOL_NAMES.map((protocol) => `Deep SAD (protocol=${protocol}, eta=10)`),
    );
  });

  test('tell apart, on each data set, runs that differ in their options', () => {
    const runs = [
      ...protocols(
        DETECTORS.map(({ name }) => name),
        [...IMAGES, 'cardio', 'own.csv', 'scans'],
      ),
      ...under('deepsad', { name: 'deep-sad', batchSize: [64, 200], hiddenSizes: [[], [64]] }, [
        'fashion-mnist',
      ]),
    ];
    const { of } = columnsOf(runs);
    const choicesOf = (run: (typeof runs)[0]) => JSON.stringify([run.dataset, run.detector]);
    const columnOf = (run: (typeof runs)[0]) => JSON.stringify([run.dataset, of(run)]);
    expect(new Set(runs.map(columnOf)).size).toBe(new Set(runs.map(choicesOf)).size);
  });

  test('have their options by name where there is one protocol, or one option says as much', () => {
    const runs = under('deepsad', { name: 'deep-sad', batchSize: [128, 200] });
    expect(columnsOf(runs).names).toEqual(['Deep SAD (batchSize=128)', 'Deep SAD (batchSize=200)']);
    expect(columnsOf(protocols('kde')).names).toEqual([
      'KDE (trainOn=without-anomalies)',
      'KDE (trainOn=all)',
    ]);
    expect(columnsOf(protocols('autoencoder', ['mnist', 'cifar10'])).names).toHaveLength(3);
  });
});

test('lists are shown as lists', () => {
  const runs = under('deepsad', { name: 'deep-sad', hiddenSizes: [[], [64]] }, ['fashion-mnist']);
  expect(columnsOf(runs).names).toEqual(['Deep SAD (hiddenSizes=[128])', 'Deep SAD (hiddenSizes=[64])']);
});
