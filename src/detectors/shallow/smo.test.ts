import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../errors.js';
import type { Kernel } from './kernel.js';
import type { Points } from './points.js';
import { type Dual, type DualSolution, solveDual } from './smo.js';
import { solveDenseQp } from './testing/dense-qp.js';
import { kernelMatrix, kernelOf, LIMITS, labelsOf, randomPoints } from './testing/problems.js';

type Parameters = Omit<Dual, 'matrix'>;

function solve(points: Points, kernel: Kernel, parameters: Parameters, limits = LIMITS): DualSolution {
  return solveDual({ ...parameters, matrix: kernelMatrix(points, kernel) }, limits);
}

function bounds({ counts, unlabeledPenalty, labeledPenalty }: Parameters): { low: number; high: number }[] {
  return labelsOf(counts).map((label) => {
    if (label < 0) return { low: -labeledPenalty, high: 0 };
    return { low: 0, high: label > 0 ? labeledPenalty : unlabeledPenalty };
  });
}

/** The least objective, by an interior-point method on the kernel matrix in double precision. */
function denseObjective(points: Points, kernel: Kernel, parameters: Parameters): number {
  const labels = labelsOf(parameters.counts);
  const n = labels.length;
  const unit = (i: number, value: number) => labels.map((_, k) => (k === i ? value : 0));
  const Q = labels.map((_, i) => labels.map((__, j) => kernelOf(points, kernel, i, j)));
  const box = bounds(parameters);
  const labeled = parameters.counts.unlabeled < n;
  const x = solveDenseQp({
    Q,
    A: [labels.map(() => 1)],
    b: [1],
    G: [
      ...labels.map((_, i) => unit(i, 1)),
      ...labels.map((_, i) => unit(i, -1)),
      ...(labeled ? [labels.map((label) => -label)] : []),
    ],
    h: [
      ...box.map(({ high }) => high),
      ...box.map(({ low }) => -low),
      ...(labeled ? [-parameters.kappa] : []),
    ],
  });
  return (
    Q.reduce((sum, row, i) => sum + x[i] * row.reduce((inner, value, j) => inner + value * x[j], 0), 0) / 2
  );
}

/** What the single precision of kernel values may change in a projection or the objective, at most. */
function noiseOf(points: Points, kernel: Kernel, { coefficients }: DualSolution): number {
  const largest = Math.max(...Array.from(coefficients, (_, i) => kernelOf(points, kernel, i, i)));
  const weight = coefficients.reduce((sum, value) => sum + Math.abs(value), 0);
  return 2 ** -22 * largest * Math.max(1, weight) ** 2;
}

/** Checks bounds, sums and every KKT condition of a solution, with kernel values in double precision. */
function expectOptimal(points: Points, kernel: Kernel, parameters: Parameters, solution: DualSolution) {
  const { coefficients, rho, margin } = solution;
  const labels = labelsOf(parameters.counts);
  const box = bounds(parameters);
  const projections = labels.map((_, i) =>
    coefficients.reduce(
      (sum, value, j) => (value === 0 ? sum : sum + value * kernelOf(points, kernel, i, j)),
      0,
    ),
  );
  const range = Math.max(...projections) - Math.min(...projections);
  const labeledWeight = labels.reduce((sum, label, i) => sum + label * coefficients[i], 0);

  const violation = 1e-4 * range + noiseOf(points, kernel, solution);
  expect(solution.converged).toBe(true);
  expect(coefficients.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 7);
  expect(labeledWeight).toBeGreaterThanOrEqual(parameters.kappa - 1e-8);
  expect(margin).toBeGreaterThanOrEqual(0);
  if (labeledWeight > parameters.kappa + 1e-7) expect(margin).toBe(0);
  labels.forEach((label, i) => {
    expect(coefficients[i]).toBeGreaterThanOrEqual(box[i].low);
    expect(coefficients[i]).toBeLessThanOrEqual(box[i].high);
    const threshold = rho + label * margin;
    if (coefficients[i] < box[i].high) expect(projections[i]).toBeGreaterThan(threshold - violation);
    if (coefficients[i] > box[i].low) expect(projections[i]).toBeLessThan(threshold + violation);
  });
}

const problem = fc
  .record({
    counts: fc.record({
      unlabeled: fc.nat({ max: 14 }),
      labeledNormal: fc.nat({ max: 6 }),
      labeledAnomalies: fc.nat({ max: 6 }),
    }),
    features: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
    kernel: fc.oneof(
      fc.integer({ min: -5, max: 6 }).map((power): Kernel => ({ type: 'rbf', gamma: 2 ** power })),
      fc.constant<Kernel>({ type: 'linear' }),
    ),
    unlabeledPenalty: fc.double({ min: 0.1, max: 2, noNaN: true }),
    labeledPenalty: fc.double({ min: 0.1, max: 2, noNaN: true }),
    kappa: fc.double({ min: 0, max: 3, noNaN: true }),
  })
  .map(({ kappa, ...rest }) => {
    const { labeledNormal, labeledAnomalies } = rest.counts;
    return { ...rest, kappa: labeledNormal + labeledAnomalies > 0 ? kappa : 0 };
  });

/** Whether the constraints leave more than a point: a search over the labeled weights p and q of the two classes. */
function roomy({ counts, unlabeledPenalty, labeledPenalty, kappa }: Parameters): boolean {
  const mostUnlabeled = counts.unlabeled * unlabeledPenalty;
  const mostNormal = counts.labeledNormal * labeledPenalty;
  const mostAnomalous = counts.labeledAnomalies * labeledPenalty;
  const steps = [...new Array(201).keys()].map((k) => k / 200);
  return steps.some((share) => {
    const p = share * mostNormal;
    return steps.some((other) => {
      const q = other * mostAnomalous;
      return (
        p + q > kappa + 0.02 * (mostNormal + mostAnomalous) &&
        1 - p + q >= 0 &&
        1 - p + q < 0.99 * mostUnlabeled
      );
    });
  });
}

describe('solveDual', () => {
  test('reaches the objective of an interior-point method and meets the KKT conditions', () => {
    fc.assert(
      fc.property(problem, ({ features, seed, kernel, ...parameters }) => {
        fc.pre(roomy(parameters));
        const points = randomPoints(parameters.counts, features, seed);
        const solution = solve(points, kernel, parameters);
        const objective = denseObjective(points, kernel, parameters);
        expect(Math.abs(solution.objective - objective)).toBeLessThanOrEqual(
          1e-5 * objective + noiseOf(points, kernel, solution),
        );
        expectOptimal(points, kernel, parameters, solution);
      }),
      { numRuns: 150 },
    );
  });

  test('knows how far it may be from the least objective where it stops early', () => {
    fc.assert(
      fc.property(
        problem,
        fc.nat({ max: 20 }),
        ({ features, seed, kernel, ...parameters }, maxIterations) => {
          fc.pre(roomy(parameters));
          const points = randomPoints(parameters.counts, features, seed);
          const solution = solve(points, kernel, parameters, { tolerance: 0, maxIterations });
          const above = solution.objective - denseObjective(points, kernel, parameters);
          const noise = 1e-5 * solution.objective + noiseOf(points, kernel, solution);
          expect(above).toBeLessThanOrEqual(solution.gap + noise);
          if (solution.converged) expect(solution.gap).toBeLessThanOrEqual(50 * noise);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ['few labeled', { unlabeled: 950, labeledNormal: 20, labeledAnomalies: 30 }, 1, 1],
    ['no labeled normal', { unlabeled: 900, labeledNormal: 0, labeledAnomalies: 100 }, 1, 1],
    ['all labeled', { unlabeled: 0, labeledNormal: 700, labeledAnomalies: 300 }, 1, 1],
    ['all labeled, κ binding', { unlabeled: 0, labeledNormal: 700, labeledAnomalies: 300 }, 1, 3],
    ['small penalties', { unlabeled: 800, labeledNormal: 100, labeledAnomalies: 100 }, 0.02, 1],
    ['a large κ', { unlabeled: 800, labeledNormal: 100, labeledAnomalies: 100 }, 1, 50],
    ['nothing labeled', { unlabeled: 1000, labeledNormal: 0, labeledAnomalies: 0 }, 0.01, 0],
  ])('meets the KKT conditions on 1000 samples: %s', (_name, counts, penalty, kappa) => {
    const parameters = { counts, unlabeledPenalty: penalty, labeledPenalty: penalty, kappa };
    const points = randomPoints(counts, 5, 3);
    for (const gamma of [2 ** -7, 1, 4]) {
      const kernel: Kernel = { type: 'rbf', gamma };
      expectOptimal(points, kernel, parameters, solve(points, kernel, parameters));
    }
  });

  test.each([
    ['some labeled', { unlabeled: 80, labeledNormal: 8, labeledAnomalies: 8 }, 1],
    ['all labeled, a small κ', { unlabeled: 0, labeledNormal: 60, labeledAnomalies: 30 }, 1e-3],
    ['a large κ', { unlabeled: 80, labeledNormal: 8, labeledAnomalies: 8 }, 50],
    ['nothing labeled', { unlabeled: 100, labeledNormal: 0, labeledAnomalies: 0 }, 0],
  ])('comes to one solution under whatever penalty is beyond reach: %s', (_name, counts, kappa) => {
    const points = randomPoints(counts, 3, 2);
    const kernel: Kernel = { type: 'rbf', gamma: 4 };
    const under = (penalty: number) => {
      const parameters = { counts, unlabeledPenalty: penalty, labeledPenalty: penalty, kappa };
      const solution = solve(points, kernel, parameters);
      expectOptimal(points, kernel, parameters, solution);
      return solution;
    };
    const { objective, coefficients } = under(100);
    expect(coefficients.every((value) => Math.abs(value) < 99)).toBe(true);
    for (const penalty of [1e4, 1e6, 1e9, 1e15, 1e100, Number.MAX_VALUE]) {
      expect(under(penalty).objective / objective).toBeCloseTo(1, 6);
    }
  });

  test('solves a problem of two samples by hand', () => {
    // K = (1, k; k, 1): equal weights, so that ½ βᵀKβ = (1 + k) / 4 and ρ = (1 + k) / 2.
    const counts = { unlabeled: 2, labeledNormal: 0, labeledAnomalies: 0 };
    const points = randomPoints(counts, 1, 1);
    points.values.set([0, 1]);
    const parameters = { counts, unlabeledPenalty: 1, labeledPenalty: 0, kappa: 0 };
    const solution = solve(points, { type: 'rbf', gamma: 1 }, parameters);
    expect(solution.coefficients).toEqual(Float64Array.of(0.5, 0.5));
    expect(solution.objective).toBeCloseTo((1 + Math.exp(-1)) / 4, 7);
    expect(solution.rho).toBeCloseTo((1 + Math.exp(-1)) / 2, 7);
    expect(solution.margin).toBe(0);
  });

  test('comes to the same with few kernel rows in memory', () => {
    const counts = { unlabeled: 280, labeledNormal: 10, labeledAnomalies: 10 };
    const points = randomPoints(counts, 3, 5);
    const parameters = { counts, unlabeledPenalty: 1, labeledPenalty: 1, kappa: 1 };
    const kernel: Kernel = { type: 'rbf', gamma: 2 };
    const inMemory = solve(points, kernel, parameters);
    for (const memoryLimit of [0, 20 * 4 * points.count]) {
      const matrix = kernelMatrix(points, kernel, memoryLimit);
      expect(solveDual({ ...parameters, matrix }, LIMITS)).toEqual(inMemory);
    }
  });

  test('takes few steps from the solution of a similar problem', () => {
    const counts = { unlabeled: 400, labeledNormal: 0, labeledAnomalies: 20 };
    const points = randomPoints(counts, 3, 6);
    const parameters = { counts, unlabeledPenalty: 1, labeledPenalty: 1, kappa: 1 };
    const solved = solve(points, { type: 'rbf', gamma: 1 }, parameters);
    const again = kernelMatrix(points, { type: 'rbf', gamma: 1 });
    expect(solveDual({ ...parameters, matrix: again }, LIMITS, solved.coefficients).iterations).toBe(0);
    const near = kernelMatrix(points, { type: 'rbf', gamma: 1.05 });
    const warm = solveDual({ ...parameters, matrix: near }, LIMITS, solved.coefficients);
    const cold = solveDual({ ...parameters, matrix: near }, LIMITS);
    expect(warm.iterations).toBeLessThan(cold.iterations);
    expect(warm.objective).toBeCloseTo(cold.objective, 6);
  });

  test('takes no step from a solution, whatever its sums miss by rounding', () => {
    const counts = { unlabeled: 60, labeledNormal: 6, labeledAnomalies: 8 };
    for (const kappa of [0.3, 1, 3, 7]) {
      for (let seed = 0; seed < 6; seed++) {
        const matrix = kernelMatrix(randomPoints(counts, 3, seed), { type: 'rbf', gamma: 1 });
        const dual = { counts, unlabeledPenalty: 1, labeledPenalty: 1, kappa, matrix };
        const { coefficients } = solveDual(dual, LIMITS);
        expect(solveDual(dual, LIMITS, coefficients).iterations).toBe(0);
      }
    }
  });

  test('takes no step where projections differ by the rounding of as many kernel values as weigh in them', () => {
    const counts = { unlabeled: 200, labeledNormal: 40, labeledAnomalies: 40 };
    const parameters = { counts, unlabeledPenalty: 1, labeledPenalty: 100, kappa: 50 };
    const solution = solve(randomPoints(counts, 3, 1), { type: 'rbf', gamma: 2 ** -24 }, parameters);
    expect(solution).toMatchObject({ converged: true, iterations: 0 });
  });

  test('stops at its limit and says so', () => {
    const counts = { unlabeled: 200, labeledNormal: 0, labeledAnomalies: 0 };
    const parameters = { counts, unlabeledPenalty: 0.05, labeledPenalty: 0, kappa: 0 };
    const limits = { tolerance: 1e-7, maxIterations: 3 };
    const solution = solve(randomPoints(counts, 2, 1), { type: 'rbf', gamma: 1 }, parameters, limits);
    expect(solution).toMatchObject({ converged: false, iterations: 3 });
    expect(solution.violation).toBeGreaterThan(1e-7);
  });

  test.each([
    ['every sample the same', (_i: number) => 0.5],
    ['each sample several times', (i: number) => (i % 7) / 7],
    ['two far clusters', (i: number) => (i % 2) * 1e4],
  ])('solves degenerate samples: %s', (_name, value) => {
    const counts = { unlabeled: 60, labeledNormal: 3, labeledAnomalies: 4 };
    const points = randomPoints(counts, 1, 1);
    points.values.set(points.values.map((_, i) => value(i)));
    const parameters = { counts, unlabeledPenalty: 1, labeledPenalty: 1, kappa: 1 };
    for (const gamma of [2 ** -7, 4, 1e6]) {
      const kernel: Kernel = { type: 'rbf', gamma };
      expectOptimal(points, kernel, parameters, solve(points, kernel, parameters));
    }
  });

  test('gives every sample the same weight under a kernel so narrow that all are support vectors', () => {
    const counts = { unlabeled: 100, labeledNormal: 0, labeledAnomalies: 0 };
    const parameters = { counts, unlabeledPenalty: 0.1, labeledPenalty: 0, kappa: 0 };
    const { coefficients } = solve(randomPoints(counts, 3, 1), { type: 'rbf', gamma: 1e9 }, parameters);
    for (const value of coefficients) expect(value).toBeCloseTo(0.01, 6);
  });

  test('puts every sample at its bound where the bounds leave no choice (ν = 1)', () => {
    const counts = { unlabeled: 30, labeledNormal: 0, labeledAnomalies: 0 };
    const parameters = { counts, unlabeledPenalty: 1 / 30, labeledPenalty: 0, kappa: 0 };
    const solution = solve(randomPoints(counts, 3, 1), { type: 'rbf', gamma: 1 }, parameters);
    expect(solution.iterations).toBe(0);
    for (const value of solution.coefficients) expect(value).toBeCloseTo(1 / 30, 12);
    expect(solution.rho).toBe(Math.max(...solution.projections));
  });

  test.each([
    [
      { unlabeled: 5, labeledNormal: 0, labeledAnomalies: 0 },
      0.1,
      0,
      '5 unlabeled and 0 labeled normal samples',
    ],
    [
      { unlabeled: 0, labeledNormal: 0, labeledAnomalies: 5 },
      1,
      1,
      '0 unlabeled and 0 labeled normal samples',
    ],
    [{ unlabeled: 9, labeledNormal: 1, labeledAnomalies: 2 }, 1, 4, 'κ = 4 is out of reach'],
    [{ unlabeled: 0, labeledNormal: 2, labeledAnomalies: 4 }, 1, 4, 'weigh at most 3'],
  ])(
    'refuses constraints that contradict each other: %j, C = %d, κ = %d',
    (counts, penalty, kappa, message) => {
      const parameters = { counts, unlabeledPenalty: penalty, labeledPenalty: penalty, kappa };
      const attempt = () => solve(randomPoints(counts, 2, 1), { type: 'rbf', gamma: 1 }, parameters);
      expect(attempt).toThrow(UserError);
      expect(attempt).toThrow(message);
    },
  );
});
