import { permutation, randomStream } from '../random.js';
import type { TestSet } from './dataset.js';

const FRACTION = 0.1;

/**
 * The labeled hold-out by which the paper's shallow methods choose their bandwidth: a random tenth of the test set's normal
 * samples and a tenth of its anomalies, at least one of each. (The test set is judged whole all the same, so that the choice
 * favours these methods.)
 *
 * @param seed the run's seed
 */
export function drawHoldOut(test: TestSet, seed: number): TestSet {
  const size = test.samples.length / test.count;
  const order = permutation(test.count, randomStream(seed, 'hold-out'));
  const drawn = [0, 1].flatMap((kind) => {
    const ofKind = [...order].filter((i) => test.anomalies[i] === kind);
    return ofKind.slice(0, Math.max(1, Math.round(FRACTION * ofKind.length)));
  });
  const samples = new Float32Array(drawn.length * size);
  drawn.forEach((from, to) => {
    samples.set(test.samples.subarray(from * size, (from + 1) * size), to * size);
  });
  return { count: drawn.length, samples, anomalies: Uint8Array.from(drawn, (i) => test.anomalies[i]) };
}
