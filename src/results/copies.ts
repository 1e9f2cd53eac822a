import { splitKey } from '../config/run.js';
import { grouped } from '../grouped.js';
import type { RunRecord, RunSuccess } from './record.js';

type Done = RunRecord & RunSuccess;

/**
 * Groups runs, or pairs of runs, so that none shares a result with one of another group: what is counted once. A detector that learns from
 * no labels comes to the same with any known classes and ratio of labels, and one without randomness with any seed where the split has none:
 * such runs are one result and not several, and so are pairs in which either detector has one.
 *
 * @param sides the run of each detector in an item
 * @returns the groups, in the order of their first items
 */
export function byResult<T>(items: readonly T[], ...sides: readonly ((item: T) => Done)[]): T[][] {
  return joined(
    items,
    sides.map((runOf) => {
      const keysOf = resultKeys(items.map(runOf));
      return (item: T) => keysOf(runOf(item));
    }),
  );
}

/**
 * What runs of a detector have in common that are one result. With other labels alone it is one where both metrics are the same to the last
 * bit; with other seeds, by which small test sets may come to the same, where they are with every seed. A detector that separates all
 * may do so with other labels and seeds too, and has several.
 */
function resultKeys(runs: readonly Done[]): (run: Done) => readonly string[] {
  /** Of each setting a run that all others come to the same as, undefined where they do not. */
  const alike = new Map<string, Done | undefined>();
  for (const run of runs) {
    const { setting } = keysOf(run);
    const isOther = alike.has(setting) && !isSame(alike.get(setting), run);
    alike.set(setting, isOther ? undefined : run);
  }
  return (run) => {
    if (run.auroc === 1) return [];
    const { setting, unlabeled } = keysOf(run);
    return alike.get(setting) === undefined ? [unlabeled] : [unlabeled, setting];
  };
}

function isSame(one: Done | undefined, other: Done): boolean {
  return one?.auroc === other.auroc && one.averagePrecision === other.averagePrecision;
}

/** What of a run is compared with others. */
interface Keys {
  /** Equal for runs that differ in their labels alone, and come to the same. */
  readonly unlabeled: string;
  /** Equal for runs that differ in their seed and known classes alone, which seeds may draw. */
  readonly setting: string;
}

/** Those of each run, which is compared with the runs of every other detector, made once. */
const known = new WeakMap<Done, Keys>();

function keysOf(run: Done): Keys {
  const found = known.get(run);
  if (found) return found;
  const { auroc, averagePrecision } = run;
  const unlabeled = { ...run, knownAnomalyClasses: [], labeledAnomalyRatio: 0, labeledNormalRatio: 0 };
  const keys = {
    unlabeled: `${short(splitKey(unlabeled))} ${auroc} ${averagePrecision}`,
    setting: short(splitKey({ ...run, knownAnomalyClasses: [], seed: 0 })),
  };
  known.set(run, keys);
  return keys;
}

const shortened = new Map<string, string>();

/** A short text for each of few long ones, of which many runs have each. */
function short(key: string): string {
  const text = shortened.get(key) ?? String(shortened.size);
  shortened.set(key, text);
  return text;
}

/** Groups items so that any two that have a key of one kind in common are together. */
function joined<T>(items: readonly T[], kinds: readonly ((item: T) => readonly string[])[]): T[][] {
  /** Of each item an earlier one of its group; the first has itself. */
  const earlier = [...items.keys()];
  const firstOf = (index: number): number => {
    let first = index;
    while (earlier[first] !== first) first = earlier[first];
    earlier[index] = first;
    return first;
  };
  for (const keysOf of kinds) {
    const withKey = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      for (const key of keysOf(item)) {
        const other = withKey.get(key);
        if (other === undefined) withKey.set(key, index);
        else {
          const [a, b] = [firstOf(index), firstOf(other)];
          earlier[Math.max(a, b)] = Math.min(a, b);
        }
      }
    }
  }
  return [...grouped(items.keys(), firstOf).values()].map((indices) => indices.map((index) => items[index]));
}
