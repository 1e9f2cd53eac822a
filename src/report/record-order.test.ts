import { expect, test } from '@jest/globals';
import { randomStream } from '../random.js';
import type { RunRecord } from '../results/record.js';
import { exampleRecord } from '../results/testing/records.js';
import { inPlanOrder } from './record-order.js';

/** Runs of several data sets, classes and variants, in the order of a plan whose lists are in no order of names. */
const CONFIG = `name: order
dataset: [satellite, fashion-mnist, cardio]
detectors: [oc-svm, { name: ss-dgm, model: [m2, m1+m2] }, deep-svdd, { name: deep-svdd, pretrain: false }]
`;
const DETECTORS = [
  { name: 'oc-svm', options: { kernel: 'rbf' } },
  { name: 'ss-dgm', options: { model: 'm2' } },
  { name: 'ss-dgm', options: { model: 'm1+m2' } },
  { name: 'deep-svdd', options: { pretrain: true } },
  { name: 'deep-svdd', options: { pretrain: false } },
];
const CLASSES = {
  satellite: ['normal'],
  'fashion-mnist': ['T-shirt/top', 'Dress', 'Ankle boot'],
  cardio: ['normal'],
};
const PLANNED = Object.entries(CLASSES).flatMap(([dataset, classes]) =>
  classes.flatMap((normalClass) =>
    [2, 10].flatMap((seed) =>
      DETECTORS.map((detector) => exampleRecord({ dataset, normalClass, detector, seed })),
    ),
  ),
);

const named = ({ dataset, normalClass, detector, seed }: RunRecord) => [dataset, normalClass, detector, seed];

test('runs are in the order of their config, whichever were done first', () => {
  const random = randomStream(1, 'order');
  for (let attempt = 0; attempt < 5; attempt++) {
    const done = PLANNED.toSorted(() => random.uniform(-1, 1));
    expect(done).not.toEqual(PLANNED);
    const ordered = inPlanOrder(done, { file: 'config.yaml', content: CONFIG });
    expect(ordered.map(named)).toEqual(PLANNED.map(named));
  }
});

test('without a config that can be read runs are in one order too, by names and by the numbers in them', () => {
  const runs = ['9', '10', '1'].flatMap((normalClass) =>
    ['b', 'a'].map((dataset) => exampleRecord({ dataset, normalClass })),
  );
  const expected = ['a 1', 'a 9', 'a 10', 'b 1', 'b 9', 'b 10'];
  for (const config of [undefined, { file: 'config.yaml', content: 'of another version' }]) {
    for (const done of [runs, runs.toReversed()]) {
      const ordered = inPlanOrder(done, config);
      expect(ordered.map(({ dataset, normalClass }) => `${dataset} ${String(normalClass)}`)).toEqual(
        expected,
      );
    }
  }
});
