import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { autoencoderNetwork, reconstructionObjective } from '../../detectors/autoencoder.js';
import { PACKAGE_ROOT } from '../../package.js';
import { CHUNK, EvaluationBlock } from './evaluation-block.js';
import { Pool } from './pool.js';
import { bytesOfLane, evaluationProgram, type Program, trainingProgram } from './program.js';
import { standIn } from './testing/stand-in.js';
import { HARDWARE } from './tiles.js';
import { TrainingBlock } from './training-block.js';

const FAMILIES = [
  ['mnist', [1, 28, 28], 32],
  ['fashion-mnist', [1, 28, 28], 64],
  ['cifar10', [3, 32, 32], 128],
] as const;

/** The programs of a family's autoencoder, of a training in batches of 128 and of an evaluation. */
function programsOf([network, shape, representationSize]: (typeof FAMILIES)[number]) {
  const autoencoder = autoencoderNetwork({ network, hiddenSizes: [], representationSize }, shape);
  return {
    training: trainingProgram(autoencoder, 128, reconstructionObjective(shape), HARDWARE),
    evaluation: evaluationProgram(autoencoder, CHUNK, HARDWARE),
  };
}

test.each(FAMILIES)('a block of lanes of %s takes what is counted for it', (...family) => {
  const { training, evaluation } = programsOf(family);
  const gpu = standIn();
  const pool = new Pool(gpu);
  const forget = () => {};
  const counted = (program: Program, { bytes }: { readonly bytes: number }) =>
    bytes / (16 * bytesOfLane(program));
  // All but the plan grows with the lanes, and the one slot of an evaluation is counted for each.
  expect(counted(training, new TrainingBlock(gpu, pool, training, 16, undefined, forget))).toBeCloseTo(1, 2);
  const ofEvaluation = counted(evaluation, new EvaluationBlock(gpu, pool, evaluation, 16, forget));
  expect(ofEvaluation).toBeLessThan(1.001);
  expect(ofEvaluation).toBeGreaterThan(0.85);
});

test('docs/gpu.md says what a lane takes', () => {
  const [mnist, fashion, cifar] = FAMILIES.map(
    (family) => `${Math.round(bytesOfLane(programsOf(family).training) / 1e6)} MB`,
  );
  const text = readFileSync(join(PACKAGE_ROOT, 'docs', 'gpu.md'), 'utf8').replaceAll('\n', ' ');
  expect(text).toContain(
    `a run of the autoencoder takes ${mnist} for MNIST, ${fashion} for Fashion-MNIST, ${cifar} for CIFAR-10,`,
  );
});
