import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../random.js';
import { fingerprints, keptOf, stretchFingerprints, trainedShare } from './fingerprints.js';

const random = randomStream(1, 'fitted on');
const FEATURES = 3;
const uniform = (count: number) =>
  fingerprints(
    Float32Array.from({ length: count * FEATURES }, () => random.uniform(0, 1)),
    FEATURES,
  );

describe.each([1000, 200_000])('of a fit on %d samples', (count) => {
  const fit = uniform(count);
  const kept = keptOf(fit);
  const others = uniform(count / 2);

  test('no more is kept than a file of 0.75 MiB holds', () => {
    expect(kept).toHaveLength(Math.min(count, 2 ** 17));
  });

  test('all are told in any order, labeled or not', () => {
    expect(trainedShare(kept, fit.toReversed(), [])).toBe(1);
    expect(trainedShare(kept, fit.toReversed(), fit.slice(0, 9))).toBe(1);
  });

  test('a part is told, amid others too', () => {
    const part = fit.slice(0, count / 2);
    expect(trainedShare(kept, part, part)).toBe(1);
    expect(trainedShare(kept, [...others, ...part], [...others, ...part])).toBeCloseTo(0.5, 2);
    expect(trainedShare(kept, [...others, ...part], part)).toBe(1);
  });

  test('others are not', () => {
    expect(trainedShare(kept, others, others)).toBe(0);
    expect(trainedShare(kept, [...others, ...fit], others)).toBe(0);
  });
});

test('samples have the same fingerprint where their bytes are the same, those of a missing value too', () => {
  const part = Float64Array.of(9, 9, 3, 4, 0.5, Number.NaN, 3, 4, 0.5, Number.NaN).subarray(2);
  const [first, second, ...again] = fingerprints(part, 2);
  expect(again).toEqual([first, second]);
  expect(second).not.toBe(first);
  expect(new Set(fingerprints(Uint8Array.of(7, 7, 0, 7, 7, 0, 7, 0, 7), 3)).size).toBe(2);
  expect(fingerprints(new Float32Array(), 3)).toEqual([]);
});

test('stretches have the same fingerprint where they are the same, and hardly ever where they are not', () => {
  const samples = Float32Array.from({ length: 50_000 }, () => Math.floor(random.uniform(0, 3)));
  const length = 9;
  const ofStretches = stretchFingerprints(fingerprints(samples, 1), length);
  const contents = Array.from({ length: samples.length - length + 1 }, (_, start) =>
    samples.slice(start, start + length).join(),
  );
  expect(ofStretches).toHaveLength(contents.length);
  const pairs = new Set(contents.map((content, i) => `${content}: ${ofStretches[i]}`));
  expect(new Set(contents).size).toBeLessThan(contents.length / 2);
  expect(pairs.size).toBe(new Set(contents).size);
  expect(new Set(ofStretches).size).toBe(pairs.size);
  expect(ofStretches.every((value) => Number.isSafeInteger(value) && value >= 0 && value < 2 ** 48)).toBe(
    true,
  );
  expect(stretchFingerprints([1, 2], 3)).toEqual([]);
});
