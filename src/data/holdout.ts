import { permutation, randomStream } from '../random.js';
import type { TestSet } from './dataset.js';
import { rowsAt } from './rows-at.js';

const FRACTION = 0.1;

/**
 * The labeled hold-out by which the paper's shallow methods choose their bandwidth: a random tenth of the test set's normal
 * samples and a tenth of its anomalies, at least one of each. (The test set is judged whole all the same, so that the choice
 * favours these methods.)
 *
 * @param seed the run's seed
 */
export function drawHoldOut(test: TestSet, seed: number): TestSet {
  const order = permutation(test.count, randomStream(seed, 'hold-out'));
  const drawn = [0, 1].flatMap((kind) => {
    const ofKind = [...order].filter((i) => test.anomalies[i] === kind);
    return ofKind.slice(0, Math.max(1, Math.round(FRACTION * ofKind.length)));
  });
  return {
    count: drawn.length,
    samples: rowsAt(test.samples, test.samples.length / test.count, drawn),
    anomalies: Uint8Array.from(drawn, (i) => test.anomalies[i]),
  };
}
