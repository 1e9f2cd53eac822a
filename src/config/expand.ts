import { createHash } from 'node:crypto';
import { cartesianProduct } from 'es-toolkit/array/cartesianProduct';
import { difference } from 'es-toolkit/array/difference';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { pick } from 'es-toolkit/object/pick';
import stringify from 'safe-stable-stringify';
import { type Dataset, type DatasetOutline, hasSamples, isOfPaper } from '../data/dataset.js';
import { dependsOnDraw, givenRatios, splitCounts } from '../data/prepare.js';
import { RatioError, type SplitCounts, type TrainingCounts } from '../data/split.js';
import {
  type DetectorChoice,
  idleOptions,
  largerThanAll,
  type Options,
  type OptionValue,
  type ResolvedOptions,
  withUsual,
} from '../detectors/options.js';
import { DETECTORS, detectorNamed } from '../detectors/registry.js';
import { smallData } from '../detectors/small-data.js';
import type { EngineName } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { counted } from '../messages/counted.js';
import { InvalidConfig, type KeyPath, type Problem } from '../messages/problems.js';
import { checkClasses, classChoices, impossiblePairs } from './classes.js';
import { ROUNDING } from './conflicts.js';
import {
  departures,
  type PreparationKeys,
  type ProtocolName,
  protocolOptions,
  protocolPreparation,
  USUAL_PREPARATION,
} from './protocol.js';
import type { Run } from './run.js';
import type { DetectorGrid, Experiment } from './schema.js';

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
 * labels only detectors and seeds make combinations.
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
      ...undiagnosed(experiment),
    ],
  };
}

/** The notice of detectors that the native engine computes whatever engine is asked for. */
function onCpu(runs: readonly Run[], engine: EngineName): string[] {
  const names = uniq(runs.map(({ detector }) => detector.name)).filter(
    (name) => detectorNamed(name).nativeOnly,
  );
  if (engine === 'native' || names.length === 0) return [];
  return [`${names.join(' and ')}: computed on the CPU, by the native engine`];
}

/** The notice of scalings that leave [0, 1], and of the detectors whose loss needs inputs in it. */
function outsideUnit(dataset: string, runs: readonly Run[]): string[] {
  const affected = runs.filter(({ detector }) => detectorNamed(detector.name).unitInputs);
  const scalings = affected.flatMap(({ preparation }) =>
    (['tableScaling', 'imageScaling'] as const).flatMap((key) =>
      preparation?.[key] === undefined ? [] : [`${key} ${preparation[key]}`],
    ),
  );
  if (scalings.length === 0) return [];
  const names = uniq(affected.map(({ detector }) => detector.name)).join(' and ');
  return [
    `${dataset}: the cross-entropy of ${names} is of values in [0, 1], beyond which it has no lower bound; ${uniq(scalings).join(' and ')} gives such`,
  ];
}

/** What the split of a run comes to: its counts, or why the data cannot meet it; neither where their samples are not at hand. */
interface Split {
  readonly counts?: SplitCounts;
  readonly error?: UserError;
}

type Counter = (content: RunContent) => Split;

/** Counts each split once, for all runs that share it. */
function counter(dataset: Dataset): Counter {
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

/** What a run has none of and its detector has nothing to learn from without. */
interface Lack {
  readonly of: 'labeled anomalies' | 'unlabeled samples';
  /** Its ratios ask for some, which are less than one sample. */
  readonly rounded: boolean;
}

/** What a run lacks; undefined where it can learn. */
function lackOf(content: RunContent, splitOf: Counter): Lack | undefined {
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
function neverLearning(
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

/** The warning about diagnostics that no detector has. */
function undiagnosed({ diagnostics, detectors }: Experiment): string[] {
  if (diagnostics === undefined || detectors.some(({ name }) => detectorNamed(name).encodes)) return [];
  const names = DETECTORS.filter(({ encodes }) => encodes).map(({ name }) => name);
  return [
    `diagnostics ${diagnostics.join(', ')}: no detector here trains an encoder; ${names.join(', ')} do`,
  ];
}

/** The fewest samples that a run trains on, of those that the data can meet. */
function fewestSamples(runs: readonly Run[], splitOf: Counter): number {
  return uniq(runs.map(splitOf)).reduce(
    (least, { counts }) => (counts ? Math.min(least, trainedOn(counts)) : least),
    Number.POSITIVE_INFINITY,
  );
}

/** What each ratio makes samples of. */
const SAMPLES_OF_RATIO = {
  labeledAnomalyRatio: 'labeledAnomalies',
  labeledNormalRatio: 'labeledNormal',
  pollutionRatio: 'unlabeledAnomalies',
} as const satisfies Partial<Record<keyof RunContent, keyof TrainingCounts>>;

/** The notices of ratios that come to less than one sample: the runs are those of 0, under another name. */
function withoutSamples(name: string, contents: readonly RunContent[], splitOf: Counter): string[] {
  return (['labeledAnomalyRatio', 'labeledNormalRatio', 'pollutionRatio'] as const).flatMap((ratio) => {
    const empty = new Map<number, Set<number>>();
    for (const content of contents) {
      if (content[ratio] === 0) continue;
      const { counts } = splitOf(content);
      if (!counts || counts[SAMPLES_OF_RATIO[ratio]] > 0) continue;
      empty.set(content[ratio], (empty.get(content[ratio]) ?? new Set()).add(trainedOn(counts)));
    }
    return [...empty].map(([value, sizes]) => {
      const [fewest, most] = [Math.min(...sizes), Math.max(...sizes)];
      const of = fewest === most ? counted(most, 'training sample') : `${fewest} to ${most} training samples`;
      return `${name}: ${ratio} ${value} of ${of} is less than one; such runs are the same as with 0`;
    });
  });
}

type RunContent = Omit<Run, 'id'>;

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

/** How data become samples in the runs on a data set: each combination that has a meaning for it. */
function preparationsOf(experiment: Experiment, dataset: DatasetOutline): Pick<Run, 'preparation'>[] {
  const choices = PREPARATION_KEYS.map((key) => {
    const values: readonly string[] = preparationValues(experiment, key);
    const usual = USUAL_PREPARATION[key];
    return uniq(values.map((value) => (appliesTo(key, dataset) && value !== usual ? value : undefined)));
  });
  return cartesianProduct<string | undefined>(...choices).map((values) => {
    const entries = PREPARATION_KEYS.flatMap((key, i) => (values[i] === undefined ? [] : [[key, values[i]]]));
    return entries.length > 0 ? { preparation: Object.fromEntries(entries) } : {};
  });
}

const PREPARATION_KEYS = ['tableScaling', 'imageScaling', 'testPart'] as const;

function preparationValues({ protocol, ...experiment }: Experiment, key: keyof PreparationKeys) {
  return experiment[key] ?? [protocolPreparation(protocol)[key]];
}

/** Whether a key of the preparation has a meaning for data. */
function appliesTo(
  key: keyof PreparationKeys,
  { shape, training, test, testNormal }: DatasetOutline,
): boolean {
  switch (key) {
    case 'tableScaling':
      // Windows of time series, in single precision, are scaled already.
      return shape.length === 1 && !(training.values instanceof Float32Array);
    case 'imageScaling':
      return shape.length === 3;
    case 'testPart':
      return test === undefined && testNormal === undefined && training.semiTargets === undefined;
  }
}

/** What the experiment says beside its protocol, where that says otherwise, and what says nothing of the data set. */
function protocolNotices(
  experiment: Experiment,
  dataset: DatasetOutline,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  const { protocol, detectors } = experiment;
  const preparation = protocolPreparation(protocol);
  const preparations = PREPARATION_KEYS.flatMap((key) =>
    appliesTo(key, dataset)
      ? (experiment[key] ?? []).map((value) => ({ set: pick(preparation, [key]), held: { [key]: value } }))
      : [],
  );
  const changed =
    protocol === 'deepsad'
      ? []
      : [
          ...departures(undefined, preparations),
          ...detectors.flatMap(({ name }, i) => {
            const { shape } = detectorNamed(name).options;
            return departures(
              name,
              choices[i].map(({ set, options }) => ({ set, held: withUsual(options, shape) })),
            );
          }),
        ];
  const idle = PREPARATION_KEYS.filter(
    (key) => experiment[key]?.some((value) => value !== USUAL_PREPARATION[key]) && !appliesTo(key, dataset),
  );
  return [
    ...(changed.length > 0 ? [`protocol ${protocol}, but ${uniq(changed).join('; ')}`] : []),
    ...idle.map((key) => `${dataset.name}: ${key} says nothing of ${IDLE[key]}`),
  ];
}

/** The notices of options given to detectors that change nothing of any run; `choices` are those of each detector. */
function idleNotices(
  { detectors }: Experiment,
  dataset: DatasetOutline,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  return detectors.flatMap(({ name }, i) =>
    idleOptions(`${dataset.name}: ${name}`, choices[i], detectorNamed(name)),
  );
}

/** The notices of detectors that come to the same as others before them. */
function repeatedDetectors(
  { detectors }: Experiment,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  const seen = new Set<string>();
  return detectors.flatMap(({ name }, i) => {
    const contents = choices[i].map(({ options }) => stringify([name, options]) ?? '');
    const isRepeated = contents.every((content) => seen.has(content));
    for (const content of contents) seen.add(content);
    return isRepeated ? [`detectors.${i}, ${name}, comes to the same as one before it`] : [];
  });
}

const IDLE: Readonly<Record<keyof PreparationKeys, string>> = {
  tableScaling: 'data that are no table',
  imageScaling: 'data that are no images',
  testPart: 'data that have a test part, or labels of your own',
};

/** The runs on a table with the user's own labels: of each detector with each seed. */
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

/** What the counts of the data forbid, once for each value of a ratio. */
function impossibleSplits(
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

function trainedOn(counts: TrainingCounts): number {
  return counts.labeledNormal + counts.labeledAnomalies + unlabeledOf(counts);
}

function unlabeledOf({ unlabeledNormal, unlabeledAnomalies, unlabeledUnknown = 0 }: TrainingCounts): number {
  return unlabeledNormal + unlabeledAnomalies + unlabeledUnknown;
}

function blame(error: UserError, experiment: Experiment, run: Run): KeyPath {
  if (!(error instanceof RatioError)) return ['dataset'];
  return [error.ratio, experiment[error.ratio].indexOf(run[error.ratio])];
}

/** A detector's options as they were given, as the protocol sets them where they are not, and as they resolve. */
interface ResolvedChoice extends DetectorChoice, ResolvedOptions {
  readonly set: Options;
}

/**
 * The choices of each detector of an experiment.
 *
 * @throws InvalidConfig with all detectors whose options do not fit the data
 */
function resolveDetectors(
  { detectors, protocol }: Experiment,
  dataset: DatasetOutline,
): readonly (readonly ResolvedChoice[])[] {
  const unfit: Problem[] = [];
  const choices = detectors.map((grid, i) => {
    try {
      return detectorChoices(grid, protocol, dataset);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unfit.push({ path: ['detectors', i], message: `on ${dataset.name}, ${error.message}` });
      return [];
    }
  });
  if (unfit.length > 0) throw new InvalidConfig(unfit);
  return choices;
}

/** Every combination of a detector's option values, completed by the protocol and the paper's defaults for the data set. */
function detectorChoices(
  { name, options }: DetectorGrid,
  protocol: ProtocolName,
  { defaults, shape }: DatasetOutline,
): ResolvedChoice[] {
  const names = Object.keys(options);
  const definition = detectorNamed(name);
  return cartesianProduct<OptionValue>(...Object.values(options)).map((values) => {
    const given = Object.fromEntries(names.map((option, i) => [option, values[i]]));
    const network = (given.network ?? defaults.network) as NetworkName;
    const set = protocolOptions(protocol, definition, network);
    return { name, given, set, options: definition.resolve({ ...set, ...given }, defaults, shape) };
  });
}

type NetworkName = Dataset['defaults']['network'];

/**
 * The content id of a run, which does not depend on the order of keys. Engines agree only to rounding, so that what one trained
 * does not pass for what another would have; the native one, which every machine has, is not named.
 */
function contentId(content: RunContent, engine: EngineName): string {
  const { trains } = detectorNamed(content.detector.name);
  const named = engine === 'native' || !trains ? content : { ...content, engine };
  return createHash('sha256')
    .update(stringify(named) ?? '')
    .digest('hex')
    .slice(0, 16);
}
