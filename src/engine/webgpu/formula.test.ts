import { expect, test } from '@jest/globals';
import { deepSadObjective } from '../../detectors/deep-sad.js';
import { oneClassObjective, softBoundaryObjective } from '../../detectors/deep-svdd.js';
import { objectives } from '../../detectors/testing/objectives.js';
import { softplus } from '../../exponential.js';
import { type Objective, slopeOf } from '../objective.js';
import { EXPRESSIONS, slopeExpression } from './formula.js';

const center = new Float32Array(2);

/** Computes an expression of WGSL that JavaScript reads alike, but for the suffix of literals and `select`. */
function evaluate(
  expression: string,
  measure: number,
  semiTarget: number,
  numbers: readonly number[],
): number {
  const select = (no: number, yes: number, condition: boolean) => (condition ? yes : no);
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const script = expression.replaceAll(/(\d)f\b/g, '$1');
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-clamp(value, -87, 87)));
  const names = { select, sigmoid, ...{ exp: Math.exp, log: Math.log, max: Math.max, abs: Math.abs } };
  return new Function(...Object.keys(names), 'measure', 'semiTarget', 'numbers', `return ${script};`)(
    ...[...Object.values(names), measure, semiTarget, numbers],
  );
}

test.each<[string, Objective]>(Object.entries(objectives(center, [5])))(
  'the slope of %s in WGSL is that in numbers',
  (_name, objective) => {
    const names = objective.numbers.map((_, i) => `numbers[${i}]`);
    const expression = objective.slopeIn(EXPRESSIONS, 'measure', 'semiTarget', names);
    const numbers = objective.numbers.map((number, i) => number - 0.3 * i);
    for (const measure of [0, 1e-3, 0.5, 0.9, 7, ...(objective.target === 'none' ? [-2, -40, 50] : [])]) {
      for (const semiTarget of [-1, 0, 1]) {
        const expected = slopeOf(objective, measure, semiTarget, numbers);
        const found = evaluate(expression, measure, semiTarget, numbers);
        // Literals are of single precision.
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(2e-7 * Math.abs(expected));
      }
    }
  },
);

test('the softplus in WGSL is that in numbers', () => {
  for (const value of [-60, -1, 0, 0.3, 20, 90]) {
    const found = evaluate(EXPRESSIONS.softplus('measure'), value, 0, []);
    expect(Math.abs(found - softplus(value))).toBeLessThanOrEqual(2e-7 * softplus(value) + 1e-16);
  }
});

test('objectives share an expression where only their numbers differ, and no other', () => {
  expect(slopeExpression(deepSadObjective(center, 1))).toBe(slopeExpression(deepSadObjective(center, 9)));
  expect(slopeExpression(softBoundaryObjective(center, 0.1, 1))).toBe(
    slopeExpression(softBoundaryObjective(center, 0.3, 2)),
  );
  // One text, but a constant that the function holds.
  const holding = (slope: number): Objective => ({
    ...oneClassObjective(center),
    slopeIn: ({ constant }) => constant(slope),
  });
  expect(slopeExpression(holding(0.2))).not.toBe(slopeExpression(holding(0.3)));
});
