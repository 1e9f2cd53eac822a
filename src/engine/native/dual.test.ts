import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../../random.js';
import { instructionSets, type Kernels, loadKernels } from './kernels.js';

/** Samples of a dual with equal projections among them, coefficients at and between the bounds 0 and 1, and two kernel rows. */
function problem(count: number) {
  const random = randomStream(count, 'dual');
  const draw = (next: () => number) => Array.from({ length: count }, next);
  return {
    coefficients: Float64Array.from(draw(() => [0, 1, 0.5][random.integer(3)])),
    projections: Float64Array.from(draw(() => random.integer(8) / 8)),
    row: Float32Array.from(draw(() => random.integer(4) / 4)),
    other: Float32Array.from(draw(() => random.uniform(0, 1))),
    diagonal: Float32Array.from(draw(() => 1 + random.integer(4) / 4)),
  };
}

const RANGES = [
  [0, 0],
  [0, 1],
  [0, 7],
  [0, 8],
  [3, 50],
  [17, 100],
  [0, 100],
] as const;

const samples = [...new Array(100).keys()];
const all = problem(100);

function extremes(kernels: Kernels, from: number, to: number): number[] {
  const found = new Float64Array(6);
  kernels.findExtremes(from, to, 0, 1, all.coefficients, all.projections, found);
  return [...found];
}

/** A kernel row that cannot tell half of the samples from `growing`. */
function flatRow(growing: number): Float32Array {
  const { row, diagonal } = all;
  return row.map((value, j) => (j % 2 === 0 ? (diagonal[growing] + diagonal[j]) / 2 : value));
}

function partner(
  kernels: Kernels,
  from: number,
  to: number,
  growing: number,
  row: Float32Array = all.row,
): number[] {
  const { coefficients, projections, diagonal } = all;
  const found = new Float64Array(2);
  kernels.findPartner(from, to, 0, growing, coefficients, projections, row, diagonal, found);
  return [...found];
}

function sums(kernels: Kernels): Float64Array {
  const result = all.projections.slice();
  kernels.addRows(100, result, 0.3, all.row, -0.7, all.other);
  return result;
}

describe.each(instructionSets())('%s', (instructionSet) => {
  const { kernels } = loadKernels(instructionSet);
  const { coefficients, projections, row, other, diagonal } = all;

  test.each(RANGES)('the extremes of samples %d to %d', (from, to) => {
    const range = samples.slice(from, to);
    const values = range.map((i) => projections[i]);
    const least = Math.min(...range.filter((i) => coefficients[i] < 1).map((i) => projections[i]));
    const most = Math.max(...range.filter((i) => coefficients[i] > 0).map((i) => projections[i]));
    const up = range.find((i) => coefficients[i] < 1 && projections[i] === least) ?? -1;
    const down = range.find((i) => coefficients[i] > 0 && projections[i] === most) ?? -1;
    expect(extremes(kernels, from, to)).toEqual([
      up,
      least,
      down,
      most,
      Math.min(...values),
      Math.max(...values),
    ]);
  });

  test.each(RANGES)('the partner of a sample among %d to %d', (from, to) => {
    for (const growing of [0, 50, 99]) {
      for (const kernelRow of [row, flatRow(growing)]) {
        let expected = [-1, Number.NEGATIVE_INFINITY];
        for (const j of samples.slice(from, to)) {
          const slope = projections[j] - projections[growing];
          const curvature = diagonal[growing] + diagonal[j] - 2 * kernelRow[j];
          const gain = slope ** 2 / Math.max(curvature, 1e-12);
          if (coefficients[j] > 0 && slope > 0 && gain > expected[1]) expected = [j, gain];
        }
        expect(partner(kernels, from, to, growing, kernelRow)).toEqual(expected);
      }
    }
  });

  test('sums of rows', () => {
    const expected = projections.map((value, k) => value + 0.3 * row[k] - 0.7 * other[k]);
    sums(kernels).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 14);
    });
  });

  test.each([0, 1, 31, 32, 100])('a weighted sum of %d values', (count) => {
    const expected = samples.slice(0, count).reduce((sum, k) => sum + projections[k] * other[k], 0);
    expect(kernels.weightedSum(count, projections, other)).toBeCloseTo(expected, 12);
  });

  test('arrays that are too short are refused', () => {
    const [short, shortRow] = [new Float64Array(3), new Float32Array(3)];
    expect(() => kernels.findExtremes(0, 4, 0, 1, short, short, new Float64Array(6))).toThrow('3 elements');
    expect(() => kernels.findExtremes(-1, 3, 0, 1, short, short, new Float64Array(6))).toThrow(
      'begins at -1',
    );
    expect(() => kernels.findPartner(0, 3, 0, 3, short, short, shortRow, shortRow, short)).toThrow(
      '3 elements',
    );
    expect(() => kernels.findPartner(0, 3, 0, -1, short, short, shortRow, shortRow, short)).toThrow(
      'sample -1',
    );
    expect(() => kernels.addRows(4, short, 1, shortRow, 1, shortRow)).toThrow('3 elements');
    expect(() => kernels.weightedSum(4, short, shortRow)).toThrow('3 elements');
  });
});

test('every instruction set gives the same bits', () => {
  const results = instructionSets().map((set) => {
    const { kernels } = loadKernels(set);
    return [sums(kernels), kernels.weightedSum(100, all.projections, all.other), partner(kernels, 0, 100, 7)];
  });
  for (const result of results) expect(result).toEqual(results[0]);
});
