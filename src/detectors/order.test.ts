import { expect, test } from '@jest/globals';
import { range } from 'es-toolkit/math/range';
import type { TrainingSet } from '../data/dataset.js';
import { rowsAt } from '../data/rows-at.js';
import { createEngine } from '../engine/device.js';
import { auroc } from '../metrics/auroc.js';
import { permutation, randomStream } from '../random.js';
import { fitDetector } from './fit.js';
import { DETECTORS, detectorNamed } from './registry.js';

const FEATURES = 4;
/** Twice the samples that γ is chosen by, of which the last few are labeled anomalies for whom needs some. */
const [COUNT, NORMAL, LABELED] = [2000, 1960, 40];
const random = randomStream(7, 'machines');

/** Rows of two machines that report in turn, of which the first idles; then anomalies, which are far from both. */
function machines(normal: number, anomalies: number): Float32Array {
  const noise = random.normal(new Float64Array((normal + anomalies) * FEATURES));
  return Float32Array.from(noise, (draw, k) => {
    const row = Math.floor(k / FEATURES);
    if (row >= normal) return 0.5 + 0.1 * draw + (k % 2 === 0 ? 0.2 : -0.2);
    return 0.5 + (row % 2 === 0 ? 0.002 : 0.1) * draw;
  });
}

const DATA = { unlabeled: machines(COUNT, 0), labeled: machines(NORMAL, LABELED) };
const TEST = machines(400, 200);
const ANOMALIES = Uint8Array.from({ length: 600 }, (_, row) => Number(row >= 400));
const GIVEN = { epochs: 10, pretrainEpochs: 10, learningRate: 1e-3, pretrainLearningRate: 1e-3 };
const DEFAULTS = { network: 'mlp', hiddenSizes: [8], representationSize: 4 } as const;

const SHUFFLED = permutation(COUNT, random);
const IN_TURN = range(COUNT);
const APART = IN_TURN.toSorted((a, b) => (a % 2) - (b % 2));

/** The AUROC of a detector that was fitted on the rows in this order. */
async function aurocOf(name: string, order: ArrayLike<number>): Promise<number> {
  const definition = detectorNamed(name);
  const isLabeled = definition.needsLabeledAnomalies;
  const training: TrainingSet = {
    shape: [FEATURES],
    count: COUNT,
    samples: rowsAt(isLabeled ? DATA.labeled : DATA.unlabeled, FEATURES, order),
    semiTargets: Int8Array.from(order, (row) => (isLabeled && row >= NORMAL ? -1 : 0)),
  };
  const known = Object.keys(definition.options.shape);
  const given = Object.fromEntries(Object.entries(GIVEN).filter(([option]) => known.includes(option)));
  const options = definition.resolve(given, DEFAULTS, training.shape);
  const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
  const detector = await fitDetector({ name, options }, training, context);
  return auroc(await detector.score(TEST), ANOMALIES);
}

test.each(DETECTORS)('$name comes to about the same whatever order its rows are in', async ({ name }) => {
  const expected = await aurocOf(name, SHUFFLED);
  for (const order of [IN_TURN, APART]) {
    expect(Math.abs((await aurocOf(name, order)) - expected)).toBeLessThan(0.02);
  }
});
