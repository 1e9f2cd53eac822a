import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import type { DatasetOutline } from '../data/dataset.js';
import { type NormalClass, normalClassesOf } from '../data/split.js';
import type { KeyPath, Problem } from '../messages/problems.js';
import { validNames } from '../messages/suggest.js';
import { permutation, randomStream } from '../random.js';
import type { Experiment } from './schema.js';

/** A normal class and the known anomaly classes that a run with some seed has. */
export interface ClassChoice {
  readonly normalClass: NormalClass;
  /** Undefined where the known class is the normal one, so that no run can have labeled anomalies. */
  known(seed: number): readonly string[] | undefined;
}

/** In place of a class: every class that training has in turn. */
const ALL = 'all';
/** In place of a known anomaly class: every class that training has but the normal one in turn. */
const EACH = 'each';

/** The normal and known anomaly classes of an experiment on a data set, each combination once. `checkClasses` has passed. */
export function classChoices(experiment: Experiment, dataset: DatasetOutline): ClassChoice[] {
  return normalClasses(experiment, dataset).flatMap((normalClass) =>
    knownChoices(experiment, dataset, normalClass).map((known) => ({ normalClass, known })),
  );
}

/** What an experiment leaves out: pairs of one class as the normal and as the known anomaly class. */
export function impossiblePairs(experiment: Experiment, dataset: DatasetOutline): string[] {
  if (!experiment.knownAnomalyClass || !experiment.labeledAnomalyRatio.some((ratio) => ratio > 0)) return [];
  const pairs = classChoices(experiment, dataset);
  const impossible = pairs
    .filter(({ known }) => known(0) === undefined)
    .map(({ normalClass }) => normalClassesOf(normalClass).join('+'));
  if (impossible.length === 0) return [];
  const [verb, classes] = impossible.length === 1 ? ['is', 'class'] : ['are', 'classes'];
  return [
    `${dataset.name}: ${impossible.length} of ${pairs.length} pairs of a normal and a known anomaly class ${verb} left out, which would be one class (${classes} ${impossible.join(', ')})`,
  ];
}

/** What an experiment says of classes that the data set cannot meet. */
export function checkClasses(experiment: Experiment, dataset: DatasetOutline): Problem[] {
  const { normalClass = [], knownAnomalyClass = [], knownAnomalyClassCount = [] } = experiment;
  const problems: Problem[] = [];
  if (normalClass.length === 0 && !hasOwnNormal(dataset)) {
    problems.push(missing('normalClass', dataset, `one, a list, or ${ALL}`));
  }
  normalClass.forEach((choice, i) => {
    const isGroup = typeof choice !== 'string';
    normalClassesOf(choice).forEach((name, j) => {
      const path = isGroup ? ['normalClass', i, j] : ['normalClass', i];
      problems.push(...unknownClass(path, name, dataset, isGroup ? [] : [ALL]));
    });
  });
  knownAnomalyClass.forEach((name, i) => {
    problems.push(...unknownClass(['knownAnomalyClass', i], name, dataset, [EACH]));
  });

  const normal = normalClasses(experiment, dataset)
    .map(normalClassesOf)
    .filter((names) => names.every((name) => dataset.classNames.includes(name)));
  knownAnomalyClass.forEach((known, i) => {
    if (normal.length > 0 && normal.every((names) => names.includes(known))) {
      const message = `${known} is a normal class; expected an anomaly class, or ${EACH} for every class but the normal one in turn`;
      problems.push({ path: ['knownAnomalyClass', i], message });
    }
  });

  normalClass.forEach((choice, i) => {
    if (typeof choice !== 'string' && dataset.classNames.every((name) => choice.includes(name))) {
      const message = `all classes of ${dataset.name} are normal; leave one out at least, to be the anomalies`;
      problems.push({ path: ['normalClass', i], message });
    }
  });

  const left = normal.map((names) => anomalyClasses(dataset, names).length);
  const most = Math.min(dataset.classNames.length - 1, ...left);
  knownAnomalyClassCount.forEach((count, i) => {
    if (count > most) {
      const message = `expected at most ${most}, the anomaly classes for training of ${dataset.name}, found ${count}`;
      problems.push({ path: ['knownAnomalyClassCount', i], message });
    }
  });

  const chooses = knownAnomalyClass.length + knownAnomalyClassCount.length > 0;
  const labels = experiment.labeledAnomalyRatio.some((ratio) => ratio > 0);
  if (labels && !chooses && Math.max(most, ...left) > 1) {
    problems.push(
      missing('knownAnomalyClass', dataset, `one, a list, or ${EACH}, or else knownAnomalyClassCount`),
    );
  }
  return problems;
}

function normalClasses({ normalClass }: Experiment, dataset: DatasetOutline): readonly NormalClass[] {
  const { classNames } = dataset;
  if (normalClass === undefined) return classNames.slice(0, 1);
  const choices = normalClass.flatMap((choice): readonly NormalClass[] => {
    if (typeof choice !== 'string') return [classNames.filter((name) => choice.includes(name))];
    return choice === ALL ? trainedClasses(dataset) : [choice];
  });
  return uniqBy(choices, (choice) => JSON.stringify(choice));
}

function knownChoices(
  experiment: Experiment,
  dataset: DatasetOutline,
  normalClass: NormalClass,
): ClassChoice['known'][] {
  const normal = normalClassesOf(normalClass);
  const anomalies = anomalyClasses(dataset, normal);
  const { knownAnomalyClass, knownAnomalyClassCount } = experiment;
  if (knownAnomalyClassCount) {
    return knownAnomalyClassCount.map((count) => (seed) => draw(anomalies, count, seed, normal.join('+')));
  }
  if (knownAnomalyClass) {
    const names = uniq(knownAnomalyClass.flatMap((name) => (name === EACH ? anomalies : [name])));
    return names.map((name) => () => (normal.includes(name) ? undefined : [name]));
  }
  return [() => (anomalies.length === 1 ? anomalies : [])];
}

/** The classes that may be known anomaly classes: those that training has, where it has any. */
function anomalyClasses(dataset: DatasetOutline, normal: readonly string[]): readonly string[] {
  const trained = trainedClasses(dataset).filter((name) => !normal.includes(name));
  return trained.length > 0 ? trained : dataset.classNames.filter((name) => !normal.includes(name));
}

/** The classes that training has: a test part may have others, which are novel there. */
function trainedClasses({ classNames, training: { classes } }: DatasetOutline): readonly string[] {
  const present = new Set(classes);
  return classes ? classNames.filter((_, index) => present.has(index)) : classNames;
}

/** Draws known anomaly classes, for each normal class and seed anew, and lists them in the order of the data set's classes. */
function draw(anomalies: readonly string[], count: number, seed: number, normal: string): string[] {
  const order = permutation(anomalies.length, randomStream(seed, `known anomaly classes of ${normal}`));
  return [...order.subarray(0, count)].sort((a, b) => a - b).map((index) => anomalies[index]);
}

/** Whether the data set itself says which class is normal, as those labeled for anomaly detection do. */
function hasOwnNormal({ classNames, testNormal }: DatasetOutline): boolean {
  return classNames[0].toLowerCase() === 'normal' || testNormal !== undefined;
}

function missing(key: string, { name, classNames }: DatasetOutline, choice: string): Problem {
  return {
    path: [key],
    message: `missing; expected a class of ${name} (${choice}): ${classNames.join(', ')}`,
  };
}

function unknownClass(
  path: KeyPath,
  found: string,
  { name, classNames }: DatasetOutline,
  wildcards: readonly string[],
): Problem[] {
  const valid = [...classNames, ...wildcards];
  if (valid.includes(found)) return [];
  return [{ path, message: `${name} has no class ${found}; ${validNames(found, valid)}` }];
}
