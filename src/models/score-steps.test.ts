import { expect, test } from '@jest/globals';
import type { Input, SampleBatch } from '../data/input/input.js';
import { StepScores } from '../data/series/step-scores.js';
import { windowStarts } from '../data/series/windows.js';
import type { Detector } from '../detectors/detector.js';
import { scoreSteps } from './score-steps.js';

/** A detector whose score is a multiple of the value of a sample. */
const detectorOf = (factor: number) =>
  ({
    score: async (samples: Float32Array) => Float64Array.from(samples, (value) => value * factor),
  }) as unknown as Detector;

/** An input of machines whose windows have these scores, in batches of a size. */
function inputOf(
  machines: Readonly<Record<string, { starts: Uint32Array; scores: Float64Array; anomalies?: Uint8Array }>>,
  length: number,
  batchSize: number,
): Input {
  async function* read(): AsyncGenerator<SampleBatch> {
    for (const [machine, { starts, scores, anomalies }] of Object.entries(machines)) {
      for (let i = 0; i < starts.length; i += batchSize) {
        yield {
          samples: Float32Array.from(scores.subarray(i, i + batchSize)),
          origins: Array.from(starts.subarray(i, i + batchSize), (start) => `${machine}:${start + 1}`),
          windows: { machine, starts: [...starts.subarray(i, i + batchSize)], length, anomalies },
        };
      }
    }
  }
  return { read, origin: 'window' } as unknown as Input;
}

async function collect(input: Input, labels: 'required' | 'ignored', factor = 1) {
  const all = { origins: [] as string[], scores: [] as number[], semiTargets: [] as number[] };
  const read = { labels, warn: () => undefined };
  for await (const batch of scoreSteps(detectorOf(factor), input, 'x', read)) {
    all.origins.push(...batch.origins);
    all.scores.push(...batch.scores);
    all.semiTargets.push(...(batch.semiTargets ?? []));
  }
  return all;
}

test.each([1, 3, 100])('every step once, as all windows together give it, in batches of %d', async (size) => {
  const [steps, windowLength, stride] = [38, 7, 3];
  const starts = windowStarts(steps, { windowLength, stride });
  const scores = Float64Array.from(starts, (start) => Math.fround(Math.sin(start) + 2));
  const anomalies = Uint8Array.from({ length: steps }, (_, step) => (step > 30 ? 1 : 0));
  const short = { starts: Uint32Array.of(0), scores: Float64Array.of(4) };
  const input = inputOf({ a: { starts, scores, anomalies }, b: short }, windowLength, size);
  const together = new StepScores();
  together.add(starts, scores, windowLength);
  const expected = [...together.take().scores, ...new Array(7).fill(4)];

  const { origins, scores: found, semiTargets } = await collect(input, 'required');
  expect(found).toEqual(expected);
  expect([origins[0], origins[37], origins[38], origins.at(-1)]).toEqual(['a:1', 'a:38', 'b:1', 'b:7']);
  expect(semiTargets).toEqual(
    [...anomalies].map((anomaly) => (anomaly ? -1 : 1)).concat(new Array(7).fill(0)),
  );
  expect((await collect(input, 'ignored')).semiTargets).toEqual([]);
});

test.each([
  [[1, Number.POSITIVE_INFINITY, 1], 1, 'x, window a:2: the anomaly score is Infinity'],
  [[1, 1, Number.NaN], 1, 'x, window a:3: the anomaly score is NaN'],
  // Each of these is finite, and the sum of two is not.
  [[0, 1.75, 1.75], 1e308, 'x, step a:3: the anomaly score is Infinity'],
])('scores of windows %j that say nothing of a step are refused', async (scores, factor, message) => {
  const input = inputOf({ a: { starts: Uint32Array.of(0, 1, 2), scores: Float64Array.from(scores) } }, 2, 3);
  await expect(collect(input, 'ignored', factor)).rejects.toThrow(message);
});
