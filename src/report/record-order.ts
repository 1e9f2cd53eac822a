import { cartesianProduct } from 'es-toolkit/array/cartesianProduct';
import { sortBy } from 'es-toolkit/array/sortBy';
import { memoize } from 'es-toolkit/function/memoize';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { parseConfig } from '../config/load.js';
import type { Run } from '../config/run.js';
import type { DetectorGrid, Experiment } from '../config/schema.js';
import { datasetNames, readDescriptor } from '../data/descriptor.js';
import { normalClassesOf } from '../data/split.js';
import type { DetectorChoice } from '../detectors/options.js';
import { DETECTORS } from '../detectors/registry.js';
import { UserError } from '../errors.js';
import { remembered } from '../remembered.js';

/** A config and what messages call it. */
interface ConfigText {
  readonly file: string;
  readonly content: string;
}

/**
 * Puts the runs of an experiment in an order that does not tell which was done first: that of the lists of its config, as far as these
 * say, of the classes of a known data set, and of names. Those on one split follow each other, as in a plan.
 *
 * @param config undefined where there is none
 */
export function inPlanOrder<T extends Run>(runs: readonly T[], config: ConfigText | undefined): T[] {
  const experiment = config && experimentIn(config);
  const choices = experiment?.detectors.flatMap(choicesIn) ?? [];
  const detectorKey = remembered((detector: DetectorChoice) => {
    const given = choices.map((choice) => (isChosen(detector, choice) ? choice.options.length : -1));
    const closest = Math.max(...given);
    const rank = closest < 0 ? choices.length : given.indexOf(closest);
    const known = DETECTORS.findIndex(({ name }) => name === detector.name);
    return [padded(rank), padded(known < 0 ? DETECTORS.length : known), detector.name, detector.options];
  });
  const keyed = runs.map((run) => ({
    run,
    key: JSON.stringify([
      padded(experiment?.dataset.indexOf(run.dataset) ?? -1),
      run.dataset,
      run.dataChecksum,
      normalClassesOf(run.normalClass).map((name) => classKey(run.dataset)(name)),
      run.knownAnomalyClasses.map((name) => classKey(run.dataset)(name)),
      [run.labeledAnomalyRatio, run.labeledNormalRatio, run.pollutionRatio].map((ratio) => ratio.toFixed(15)),
      run.preparation ?? {},
      padded(run.seed),
      ...detectorKey(run.detector),
      run.id,
    ]),
  }));
  return sortBy(keyed, ['key']).map(({ run }) => run);
}

/** The experiment that a config of results is of; undefined where this version cannot read it. */
function experimentIn({ file, content }: ConfigText): Experiment | undefined {
  try {
    return parseConfig(content, file, []).experiment;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A detector with one value of each option that a config gives it. */
interface Choice {
  readonly name: string;
  readonly options: readonly (readonly [option: string, value: unknown])[];
}

/** Those of a detector in a config, in the order in which they are run. */
function choicesIn({ name, options }: DetectorGrid): Choice[] {
  const lists = Object.entries(options).map(([option, values]) =>
    values.map((value) => [option, value] as const),
  );
  return cartesianProduct(...lists).map((given) => ({ name, options: given }));
}

function isChosen(detector: DetectorChoice, { name, options }: Choice): boolean {
  return (
    detector.name === name && options.every(([option, value]) => isEqual(detector.options[option], value))
  );
}

/** A text by which the classes of a data set are in its own order, and where that is not known, in that of their names and numbers. */
const classKey = memoize((dataset: string) => {
  const known = datasetNames().includes(dataset) ? readDescriptor(dataset).classes : [];
  return memoize((name: string) => `${padded(known.indexOf(name))} ${name.replace(/\d+/g, padded)}`);
});

/** A whole number of -1 or more, or its digits, as a text that is ordered as it is. */
function padded(number: number | string): string {
  return String(Number(number) + 1).padStart(16, '0');
}
