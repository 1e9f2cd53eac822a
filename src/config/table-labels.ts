import { partition } from 'es-toolkit/array/partition';
import { sumBy } from 'es-toolkit/math/sumBy';
import { NORMAL_CLASS } from '../data/dataset.js';
import { labelName } from '../data/label-names.js';
import { trainingShare } from '../data/split.js';
import { ceilTo, floorTo } from '../significant.js';

/**
 * How many rows have each label, by the names of these: those that must be normal by their names come first, then the most frequent.
 *
 * @param values how often each text comes
 */
export function labelCounts(values: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [value, count] of values) {
    const name = labelName(value);
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  const [normal, others] = partition([...counts], ([name]) => isNormalByName(name));
  return new Map([...normal, ...others.sort(([, a], [, b]) => b - a)]);
}

/** Whether a label can be of no anomaly class, since it is called normal. */
function isNormalByName(name: string): boolean {
  return name.toLowerCase() === NORMAL_CLASS;
}

/** What a config says of labels, so that each seed has labeled anomalies where the table has some, and those that it asks for. */
interface LabelPlan {
  /** The normal label, or several. */
  readonly normal: string | readonly string[];
  /** Labeled anomalies as a share of the training set. */
  readonly ratio: number;
  /** The known anomaly classes in YAML, where it has to be said which. */
  readonly known: string | undefined;
}

/** Rows below which a class among several may have none in the training part of some seed. */
const FEWEST_KNOWN = 10;
/** The share of its rows that a class among several has for training at least, but for rare seeds. */
const SURELY_TRAINED = 0.3;
/** As in the paper; more only where that is less than one row. */
const LABELED = 0.01;

/**
 * Chooses which labels are normal and which anomalies are known.
 *
 * @param counts as of labelCounts
 * @param label one that is normal, beside those called so
 */
export function labelPlan(counts: ReadonlyMap<string, number>, label: string): LabelPlan {
  const [normal, anomalies] = partition([...counts], ([name]) => name === label || isNormalByName(name));
  const names = normal.map(([name]) => name);
  const plan = { normal: names.length === 1 ? names[0] : names };
  const isSingle = anomalies.length === 1;
  const known = isSingle ? anomalies : anomalies.filter(([, count]) => count >= FEWEST_KNOWN);
  if (known.length === 0) return { ...plan, ratio: 0, known: undefined };
  const fewest = Math.min(...known.map(([, count]) => count));
  const trained = isSingle ? trainingShare(fewest) : Math.floor(SURELY_TRAINED * fewest);
  const isEach = known.length === anomalies.length;
  return {
    ...plan,
    ratio: labeledRatio(trained, trainingShare(sumBy(normal, ([, count]) => count))),
    known: isSingle ? undefined : isEach ? 'each' : JSON.stringify(known.map(([name]) => name)),
  };
}

/** A share of a training set that gives one labeled anomaly at least where there is one beside normal rows, and no more than there are. */
function labeledRatio(anomalies: number, normal: number): number {
  if (anomalies === 0 || normal === 0) return 0;
  const [one, all] = [1, anomalies].map((labeled) => labeled / (labeled + normal));
  return Math.max(ceilTo(2, one), Math.min(LABELED, floorTo(2, all)));
}
