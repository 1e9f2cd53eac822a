import type { DatasetOutline } from '../../data/dataset.js';
import { ROUNDING } from '../../data/split.js';
import { unlabeledOf } from '../../data/training-counts.js';
import { detectorNamed } from '../../detectors/registry.js';
import type { Problem } from '../../messages/problems.js';
import type { RunContent } from '../run.js';
import type { Experiment } from '../schema.js';
import type { Counter } from './counts.js';

/** What a run has none of and its detector has nothing to learn from without. */
interface Lack {
  readonly of: 'labeled anomalies' | 'unlabeled samples';
  /** Its ratios ask for some, which are less than one sample. */
  readonly rounded: boolean;
}

/** What a run lacks; undefined where it can learn. */
export function lackOf(content: RunContent, splitOf: Counter): Lack | undefined {
  const { needsLabeledAnomalies, needsUnlabeled } = detectorNamed(content.detector.name);
  if (!needsLabeledAnomalies && !needsUnlabeled) return undefined;
  const { labeledAnomalyRatio, labeledNormalRatio } = content;
  const asksFor = {
    labeled: labeledAnomalyRatio > 0,
    unlabeled: labeledAnomalyRatio + labeledNormalRatio < 1 - ROUNDING,
  };
  const { counts } = splitOf(content);
  const has = counts ? { labeled: counts.labeledAnomalies > 0, unlabeled: unlabeledOf(counts) > 0 } : asksFor;
  if (needsLabeledAnomalies && !has.labeled) return { of: 'labeled anomalies', rounded: asksFor.labeled };
  if (needsUnlabeled && !has.unlabeled) return { of: 'unlabeled samples', rounded: asksFor.unlabeled };
  return undefined;
}

/** What to say of a detector that never has them. */
const REMEDIES: Readonly<Record<Lack['of'], (name: string) => string>> = {
  'labeled anomalies': (name) =>
    `${name} learns what labeled anomalies look like, and there are none; give knownAnomalyClass and a labeledAnomalyRatio above 0, or leave it out`,
  'unlabeled samples': (name) =>
    `${name} learns from unlabeled samples too, and there are none; give a labeledAnomalyRatio and a labeledNormalRatio that sum to less than 1, or leave it out`,
};

/**
 * What an experiment says of detectors that never have what they learn from. Where ratios ask for it and come to less than one sample, as on
 * a small data set of several, this is said only where no run is left.
 */
export function neverLearning(
  { detectors }: Experiment,
  dataset: DatasetOutline,
  contents: readonly RunContent[],
  lacks: readonly { readonly content: RunContent; readonly lack: Lack }[],
): Problem[] {
  const learning = new Set(contents.map(({ detector }) => detector.name));
  return detectors.flatMap(({ name }, i) => {
    const own = lacks.filter(({ content }) => content.detector.name === name).map(({ lack }) => lack);
    if (own.length === 0 || learning.has(name)) return [];
    const lack = own.find(({ rounded }) => rounded);
    if (lack && contents.length > 0) return [];
    const message = lack
      ? `${name} needs ${lack.of}, of which the ratios ask for less than one; give other ratios, or leave it out`
      : REMEDIES[own[0].of](name);
    return [{ path: ['detectors', i], message: `on ${dataset.name}, ${message}` }];
  });
}
