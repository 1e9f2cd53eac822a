import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import type { Dataset, DatasetOutline } from '../../data/dataset.js';
import { dependsOnDraw, splitCounts } from '../../data/prepare.js';
import { RatioError, type SplitCounts } from '../../data/split.js';
import { trainedOn } from '../../data/training-counts.js';
import { UserError } from '../../errors.js';
import type { KeyPath, Problem } from '../../messages/problems.js';
import type { Run, RunContent } from '../run.js';
import type { Experiment } from '../schema.js';

/** What the split of a run comes to: its counts, or why the data cannot meet it; neither where their samples are not at hand. */
interface Split {
  readonly counts?: SplitCounts;
  readonly error?: UserError;
}

/** Tells what the split of a run comes to. */
export type Counter = (content: RunContent) => Split;

/** Counts each split once, for all runs that share it. */
export function counter(dataset: Dataset): Counter {
  const known = new Map<string, Split>();
  const isDrawn = dependsOnDraw(dataset);
  return (content) => {
    const { normalClass, knownAnomalyClasses, labeledAnomalyRatio, labeledNormalRatio, pollutionRatio } =
      content;
    const ratios = [labeledAnomalyRatio, labeledNormalRatio, pollutionRatio];
    const draw = [content.preparation?.testPart, isDrawn && content.seed];
    const key = JSON.stringify([normalClass, knownAnomalyClasses, ratios, draw]);
    const split = known.get(key) ?? countSplit(dataset, content);
    known.set(key, split);
    return split;
  };
}

function countSplit(dataset: Dataset, content: RunContent): Split {
  try {
    return { counts: splitCounts(dataset, content) };
  } catch (error) {
    if (error instanceof UserError) return { error };
    throw error;
  }
}

/** The fewest samples that a run trains on, of those that the data can meet. */
export function fewestSamples(runs: readonly Run[], splitOf: Counter): number {
  return uniq(runs.map(splitOf)).reduce(
    (least, { counts }) => (counts ? Math.min(least, trainedOn(counts)) : least),
    Number.POSITIVE_INFINITY,
  );
}

/** What the counts of the data forbid, once for each value of a ratio. */
export function impossibleSplits(
  experiment: Experiment,
  dataset: DatasetOutline,
  runs: readonly Run[],
  splitOf: Counter,
): Problem[] {
  const problems = runs.flatMap((run) => {
    const { error } = splitOf(run);
    if (!error) return [];
    return [{ path: blame(error, experiment, run), message: `on ${dataset.name}, ${error.message}` }];
  });
  return uniqBy(problems, ({ path }) => path.join('.'));
}

function blame(error: UserError, experiment: Experiment, run: Run): KeyPath {
  if (!(error instanceof RatioError)) return ['dataset'];
  return [error.ratio, experiment[error.ratio].indexOf(run[error.ratio])];
}
