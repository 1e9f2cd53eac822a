import { expect, test } from '@jest/globals';
import { extremesOf } from './extremes.js';

test('the ends of the ranking are the samples of the data set, the most normal and the most anomalous first', () => {
  const scores = Float64Array.from({ length: 100 }, (_, place) => ((place * 37) % 100) / 100);
  const anomalies = Uint8Array.from(scores, (score) => (score >= 0.5 ? 1 : 0));
  const origin = Uint32Array.from(scores.keys()).map((place) => 1000 + place);
  const { all, normal } = extremesOf(scores, anomalies, origin);
  const scoreOf = (index: number) => Math.round(100 * scores[index - 1000]);
  const count = (from: number, step: number) => Array.from({ length: 32 }, (_, i) => from + i * step);
  expect(all.lowest.map(scoreOf)).toEqual(count(0, 1));
  expect(all.highest.map(scoreOf)).toEqual(count(99, -1));
  expect(normal.lowest.map(scoreOf)).toEqual(count(0, 1));
  expect(normal.highest.map(scoreOf)).toEqual(count(49, -1));
});

test('fewer samples are all that there are, and equal scores keep their order', () => {
  const { all, normal } = extremesOf(
    Float64Array.of(1, 0, 1),
    Uint8Array.of(0, 1, 1),
    Uint32Array.of(7, 8, 9),
  );
  expect(all).toEqual({ lowest: [8, 7, 9], highest: [9, 7, 8] });
  expect(normal).toEqual({ lowest: [7], highest: [7] });
});
