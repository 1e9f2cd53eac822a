import * as z from 'zod';
import type { TrainingSet } from '../../data/dataset.js';
import { BEST_BY_TEST, BestByTest } from '../best-by-test.js';
import { defineDetector } from '../detector.js';
import { resolveUnlabeled, type UnlabeledOptions, unlabeledOptions, withDefault } from '../options.js';
import { samplesOf } from '../unsupervised.js';
import { choosesByHoldOut, kernelMachineCost, kernelOptions, resolveKernel } from './bandwidth.js';
import { KernelMachine, type KernelProblem } from './kernel-machine.js';

/** The ν one-class SVM (Schölkopf et al. 2001): every sample counts as unlabeled, with C = 1 / νn. */
function oneClassProblem(
  training: TrainingSet,
  nu: number,
  { trainOn = 'without-anomalies' }: UnlabeledOptions,
): KernelProblem {
  const { samples, count } = samplesOf(training, trainOn);
  return {
    samples,
    counts: { unlabeled: count, labeledNormal: 0, labeledAnomalies: 0 },
    unlabeledPenalty: 1 / (nu * count),
    labeledPenalty: 0,
    kappa: 0,
  };
}

/** Of which the paper reports the best result on the test set. */
const NUS: readonly number[] = [0.01, 0.05, 0.1, 0.2, 0.5];

export const ocSvm = defineDetector({
  name: 'oc-svm',
  title: 'OC-SVM',
  options: z.object({
    nu: withDefault(
      z.union([z.number().gt(0).max(1), z.literal(BEST_BY_TEST)]),
      0.1,
      `ν: the greatest share of training samples outside the boundary; or of ${NUS.join(', ')} the one of the best AUROC on the test set, as in the paper, which every table then says`,
    ),
    ...unlabeledOptions,
    ...kernelOptions,
  }),
  resolve: (given, defaults) => ({
    nu: given.nu,
    ...resolveUnlabeled(given),
    ...resolveKernel(given, defaults),
  }),
  usesHoldOut: choosesByHoldOut,
  bestOf: ({ nu }) => (nu === BEST_BY_TEST ? { count: NUS.length, what: 'ν' } : undefined),
  cost: kernelMachineCost,
  create: (options, shape) => {
    const { nu } = options;
    const withNu = (value: number) =>
      new KernelMachine(options, shape, (training) => oneClassProblem(training, value, options));
    return nu === BEST_BY_TEST
      ? new BestByTest(NUS.map((value) => ({ choice: `ν = ${value}`, detector: withNu(value) })))
      : withNu(nu);
  },
});
