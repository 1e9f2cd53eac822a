import { expect, test } from '@jest/globals';
import { reconstructionObjective } from '../../detectors/autoencoder.js';
import { deepSadObjective } from '../../detectors/deep-sad.js';
import { oneClassObjective, softBoundaryObjective } from '../../detectors/deep-svdd.js';
import { type Objective, slopeOf } from '../objective.js';
import { EXPRESSIONS, slopeExpression } from './formula.js';

const center = new Float32Array(2);

/** Computes an expression of WGSL that JavaScript reads alike, but for the suffix of literals and `select`. */
function evaluate(
  expression: string,
  distance: number,
  semiTarget: number,
  numbers: readonly number[],
): number {
  const select = (no: number, yes: number, condition: boolean) => (condition ? yes : no);
  const script = expression.replaceAll(/(\d)f\b/g, '$1');
  return new Function('select', 'distance', 'semiTarget', 'numbers', `return ${script};`)(
    ...[select, distance, semiTarget, numbers],
  );
}

test.each([
  ['Deep SAD', deepSadObjective(center, 0.7)],
  ['one-class Deep SVDD', oneClassObjective(center)],
  ['soft-boundary Deep SVDD', softBoundaryObjective(center, 0.2, 4)],
  ['an autoencoder', reconstructionObjective([5])],
])('the slope of %s in WGSL is that in numbers', (_name, objective) => {
  const names = objective.numbers.map((_, i) => `numbers[${i}]`);
  const expression = objective.slopeIn(EXPRESSIONS, 'distance', 'semiTarget', names);
  const numbers = objective.numbers.map((number, i) => number - 0.3 * i);
  for (const distance of [0, 1e-3, 0.5, 0.9, 7]) {
    for (const semiTarget of [-1, 0, 1]) {
      const expected = slopeOf(objective, distance, semiTarget, numbers);
      const found = evaluate(expression, distance, semiTarget, numbers);
      // Literals are of single precision.
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(2e-7 * Math.abs(expected));
    }
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
