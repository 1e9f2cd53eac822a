import { expect, test } from '@jest/globals';
import { StepScores } from './step-scores.js';

test('the score of a step is the mean of its windows, once no further one has it', () => {
  const steps = new StepScores();
  steps.add([0, 2], Float64Array.of(1, 3), 3);
  expect(steps.take(3)).toEqual({ first: 0, scores: Float64Array.of(1, 1, 2) });
  steps.add([3], Float64Array.of(8), 3);
  expect(steps.take()).toEqual({ first: 3, scores: Float64Array.of(5.5, 5.5, 8) });
  expect(steps.take().scores).toHaveLength(0);
});
