import { expect, test } from '@jest/globals';
import { resizeStages } from './resize-stages.js';

test.each([
  ['as it is', [28, 28], ['28 × 28 lanczos3']],
  ['smaller by less than four times', [111, 30], ['28 × 28 lanczos3']],
  ['smaller by four times', [112, 30], ['38 × 28 lanczos3', '28 × 28 lanczos3']],
  [
    'far smaller',
    [1000, 500],
    ['334 × 167 lanczos3', '112 × 56 lanczos3', '38 × 28 lanczos3', '28 × 28 lanczos3'],
  ],
  ['larger', [10, 27], ['30 × 54 nearest', '28 × 28 lanczos3']],
  ['larger and smaller', [1, 200], ['28 × 200 nearest', '28 × 67 lanczos3', '28 × 28 lanczos3']],
] as const)('%s', (_, [width, height], expected) => {
  const stages = resizeStages({ width, height }, { width: 28, height: 28 });
  expect(stages.map((stage) => `${stage.width} × ${stage.height} ${stage.kernel}`)).toEqual(expected);
});
