import { expect, test } from '@jest/globals';
import { probedEpochs } from './probes.js';
import { runOf } from './testing/fakes.js';

test('the schedule of the paper is probed at about ten epochs', () => {
  expect(probedEpochs(runOf('deep-sad'))).toEqual([0, 1, 2, 5, 10, 25, 50, 51, 75, 100, 150]);
});

test('the last epoch is probed, and none after it', () => {
  const given = { epochs: 60, learningRateMilestones: [30, 60, 90] };
  expect(probedEpochs(runOf('deep-svdd', given))).toEqual([0, 1, 2, 5, 10, 25, 30, 31, 50, 60]);
});
