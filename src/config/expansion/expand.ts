import { cartesianProduct } from 'es-toolkit/array/cartesianProduct';
import { difference } from 'es-toolkit/array/difference';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { type Dataset, type DatasetOutline, hasSamples, isOfPaper } from '../../data/dataset.js';
import { givenRatios } from '../../data/prepare.js';
import type { DetectorChoice } from '../../detectors/options.js';
import { largerThanAll, smallData } from '../../detectors/small-data.js';
import type { EngineName } from '../../engine/registry.js';
import { InvalidConfig } from '../../messages/problems.js';
import { checkClasses, classChoices, impossiblePairs } from '../classes.js';
import type { Run, RunContent } from '../run.js';
import type { Experiment } from '../schema.js';
import { resolveDetectors } from './choices.js';
import { contentId } from './content-id.js';
import { counter, fewestSamples, impossibleSplits } from './counts.js';
import { lackOf, neverLearning } from './lacks.js';
import {
  idleNotices,
  onCpu,
  outsideUnit,
  protocolNotices,
  repeatedDetectors,
  smallTests,
  undiagnosed,
  withoutSamples,
} from './notices.js';
import { preparationsOf } from './preparations.js';
import { columnsWithoutValues } from './sparse-columns.js';

/** What an experiment comes to on one of its data sets. */
export interface Expansion {
  readonly runs: readonly Run[];
  /** What its author should know: combinations that are left out, and batches or schedules that the training set is too small for. */
  readonly notices: readonly string[];
}

/**
 * The runs of an experiment on one of its data sets: all combinations of its lists, detectors innermost, so that the runs on
 * one split follow each other. Combinations whose outcome cannot differ are one run: labeled anomalies need both a ratio
 * above 0 and a known anomaly class, so a run that lacks one of the two is written with neither. Combinations with labeled anomalies
 * of the normal class are left out, and those without any of detectors that need them. On a table with the user's own
 * labels only the scaling of tables, detectors and seeds make combinations.
 *
 * @param dataset where it has no samples, nothing is said of what their counts cannot meet
 * @param engine what the runs are to be computed with
 * @throws InvalidConfig with all that the data set cannot meet
 */
export function expand(
  experiment: Experiment,
  dataset: Dataset | DatasetOutline,
  engine: EngineName = 'native',
): Expansion {
  const problems = checkClasses(experiment, dataset);
  if (problems.length > 0) throw new InvalidConfig(problems);

  const isLabeled = hasSamples(dataset) && dataset.training.semiTargets !== undefined;
  const splitOf = hasSamples(dataset) ? counter(dataset) : () => ({});
  const choices = resolveDetectors(experiment, dataset);
  const detectors = choices.flat().map(({ name, options }) => ({ name, options }));
  const all = isLabeled
    ? givenRuns(experiment, dataset, detectors)
    : simulatedRuns(experiment, dataset, detectors);
  const lacks = all.flatMap((content) => {
    const lack = lackOf(content, splitOf);
    return lack === undefined ? [] : [{ content, lack }];
  });
  const contents = difference(
    all,
    lacks.map(({ content }) => content),
  );
  const runs = contents.map((content) => ({ id: contentId(content, engine), ...content }));
  const distinct = uniqBy(runs, ({ id }) => id);
  const fewest = fewestSamples(distinct, splitOf);
  const impossible = [
    ...impossibleSplits(experiment, dataset, distinct, splitOf),
    ...neverLearning(experiment, dataset, contents, lacks),
    ...(hasSamples(dataset) ? columnsWithoutValues(dataset, distinct) : []),
  ];
  if (impossible.length > 0) throw new InvalidConfig(impossible);
  const left = isLabeled ? [] : impossiblePairs(experiment, dataset);
  const unlabeled = uniq(
    lacks.map(
      ({ content, lack }) =>
        `${dataset.name}: ${content.detector.name} is left out where there are no ${lack.of}`,
    ),
  );
  return {
    runs: distinct,
    notices: [
      ...left,
      ...unlabeled,
      ...withoutSamples(dataset.name, all, splitOf),
      ...smallTests(dataset.name, distinct, splitOf),
      ...onCpu(distinct, engine),
      ...outsideUnit(dataset.name, distinct),
      ...protocolNotices(experiment, dataset, choices),
      ...idleNotices(experiment, dataset, choices),
      ...repeatedDetectors(experiment, choices),
      ...smallData(
        dataset.name,
        distinct.map(({ detector }) => detector),
        fewest,
        isOfPaper(dataset.defaults),
      ),
      // The default is the most that a tree takes, and no mistake of whoever leaves it.
      ...largerThanAll(
        dataset.name,
        'treeSamples',
        choices.flat().map(({ given }) => given.treeSamples),
        fewest,
      ),
      ...undiagnosed(experiment, choices),
    ],
  };
}

function simulatedRuns(
  experiment: Experiment,
  dataset: DatasetOutline,
  choices: readonly DetectorChoice[],
): RunContent[] {
  const { labeledAnomalyRatio, labeledNormalRatio, pollutionRatio, seeds } = experiment;
  const combinations = cartesianProduct(
    classChoices(experiment, dataset),
    cartesianProduct(
      labeledAnomalyRatio,
      labeledNormalRatio,
      pollutionRatio,
      preparationsOf(experiment, dataset),
    ),
    seeds,
    choices,
  );
  return combinations.flatMap(([classes, setting, seed, detector]) => {
    const [anomalyRatio, normalRatio, pollution, preparation] = setting;
    const known = classes.known(seed);
    if (anomalyRatio > 0 && known === undefined) return [];
    const labeled = anomalyRatio > 0 && known !== undefined && known.length > 0;
    return {
      dataset: dataset.name,
      dataChecksum: dataset.checksum,
      normalClass: classes.normalClass,
      knownAnomalyClasses: labeled ? known : [],
      labeledAnomalyRatio: labeled ? anomalyRatio : 0,
      labeledNormalRatio: normalRatio,
      pollutionRatio: pollution,
      ...preparation,
      detector,
      seed,
    };
  });
}

/** The runs on a table with the user's own labels: of each detector with each seed and each scaling. */
function givenRuns(
  experiment: Experiment,
  dataset: Dataset,
  choices: readonly DetectorChoice[],
): RunContent[] {
  const [normalClass, anomalyClass] = dataset.classNames;
  const ratios = givenRatios(dataset);
  const preparations = preparationsOf(experiment, dataset);
  return cartesianProduct(preparations, experiment.seeds, choices).map(([preparation, seed, detector]) => ({
    dataset: dataset.name,
    dataChecksum: dataset.checksum,
    normalClass,
    knownAnomalyClasses: ratios.labeledAnomalyRatio > 0 ? [anomalyClass] : [],
    ...ratios,
    ...preparation,
    detector,
    seed,
  }));
}
