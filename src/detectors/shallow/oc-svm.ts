import * as z from 'zod';
import type { TrainingSet } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import { defineDetector } from '../detector.js';
import { withDefault } from '../options.js';
import { withoutLabeledAnomalies } from '../unsupervised.js';
import { choosesByHoldOut, kernelOptions, resolveKernel } from './bandwidth.js';
import { KernelMachine, type KernelProblem } from './kernel-machine.js';

/** The ν one-class SVM (Schölkopf et al. 2001): every sample counts as unlabeled, with C = 1 / νn. */
function oneClassProblem(training: TrainingSet, nu: number): KernelProblem {
  const { samples, count } = withoutLabeledAnomalies(training);
  if (count === 0) throw new UserError('the one-class SVM has no training samples but labeled anomalies');
  return {
    samples,
    counts: { unlabeled: count, labeledNormal: 0, labeledAnomalies: 0 },
    unlabeledPenalty: 1 / (nu * count),
    labeledPenalty: 0,
    kappa: 0,
  };
}

export const ocSvm = defineDetector({
  name: 'oc-svm',
  title: 'OC-SVM',
  options: z.object({
    nu: withDefault(
      z.number().gt(0).max(1),
      0.1,
      'ν: the greatest share of training samples outside the boundary',
    ),
    ...kernelOptions,
  }),
  resolve: (given, defaults) => ({ nu: given.nu, ...resolveKernel(given, defaults) }),
  usesHoldOut: choosesByHoldOut,
  create: (options, shape) =>
    new KernelMachine(options, shape, (training) => oneClassProblem(training, options.nu)),
});
