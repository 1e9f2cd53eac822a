import * as z from 'zod';
import { sampleSize, type TrainingSet } from '../../data/dataset.js';
import { rowsAt } from '../../data/rows-at.js';
import { defineDetector } from '../detector.js';
import { withDefault } from '../options.js';
import { choosesByHoldOut, kernelMachineCost, kernelOptions, resolveKernel } from './bandwidth.js';
import { KernelMachine, type KernelProblem } from './kernel-machine.js';

/** Convex SSAD (Görnitz et al. 2013). Without labeled samples κ is 0: it is a one-class SVM then. */
function ssadProblem(
  training: TrainingSet,
  {
    kappa,
    unlabeledPenalty,
    labeledPenalty,
  }: Record<'kappa' | 'unlabeledPenalty' | 'labeledPenalty', number>,
): KernelProblem {
  const ofKind = (semiTarget: number) =>
    [...training.semiTargets.keys()].filter((i) => training.semiTargets[i] === semiTarget);
  const [unlabeled, normal, anomalies] = [ofKind(0), ofKind(1), ofKind(-1)];
  const order = [...unlabeled, ...normal, ...anomalies];
  const isInOrder = order.every((from, to) => from === to);
  return {
    samples: isInOrder ? training.samples : rowsAt(training.samples, sampleSize(training.shape), order),
    counts: {
      unlabeled: unlabeled.length,
      labeledNormal: normal.length,
      labeledAnomalies: anomalies.length,
    },
    unlabeledPenalty,
    labeledPenalty,
    kappa: normal.length + anomalies.length > 0 ? kappa : 0,
  };
}

const penalty = z.number().positive();

export const ssad = defineDetector({
  name: 'ssad',
  title: 'SSAD',
  options: z.object({
    kappa: withDefault(z.number().min(0), 1, 'κ: weight of the margin of the labeled samples'),
    unlabeledPenalty: withDefault(penalty, 1, 'C_u: penalty of an unlabeled sample beyond the boundary'),
    labeledPenalty: withDefault(penalty, 1, 'C_l: penalty of a labeled sample within the margin'),
    ...kernelOptions,
  }),
  resolve: ({ kappa, unlabeledPenalty, labeledPenalty, ...given }, defaults) => ({
    kappa,
    unlabeledPenalty,
    labeledPenalty,
    ...resolveKernel(given, defaults),
  }),
  usesHoldOut: choosesByHoldOut,
  cost: kernelMachineCost,
  create: (options, shape) => new KernelMachine(options, shape, (training) => ssadProblem(training, options)),
});
