import { splitKey } from '../config/run.js';
import { grouped } from '../grouped.js';
import { remembered } from '../remembered.js';
import { variedClass } from './mean-difference.js';
import type { DoneRecord } from './record.js';

/**
 * Groups runs, or pairs of runs, so that none shares a result with one of another group: what is counted once. A detector that learns from
 * no labels comes to the same with any known classes and ratio of labels, and one without randomness with any seed where the split has none:
 * such runs are one result and not several, and so are pairs in which either detector has one.
 *
 * @param sides the run of each detector in an item
 * @returns the groups, in the order of their first items
 */
export function byResult<T>(items: readonly T[], ...sides: readonly ((item: T) => DoneRecord)[]): T[][] {
  return joined(
    items,
    sides.map((runOf) => resultKeys(items.map(runOf))),
  );
}

/**
 * Groups runs, or pairs of runs, by the class that varies, and within it by result as `byResult` does. Classes that share a result, as all known
 * classes of a detector that learns from no labels do, are one.
 */
export function resultsByClass<T>(
  items: readonly T[],
  ...sides: readonly ((item: T) => DoneRecord)[]
): T[][][] {
  const [runOf] = sides;
  const classOf = variedClass(items.map(runOf));
  const results = byResult(items, ...sides);
  return joined(results, [results.map((own) => own.map((item) => numberOf(classOf(runOf(item)))))]);
}

/**
 * What each run of a detector has in common with others that are one result with it. With other labels alone it is one where both metrics are
 * the same to the last bit; with other seeds, by which small test sets may come to the same, where they are with every seed. A detector that
 * separates all may do so with other labels and seeds too, and has several.
 */
function resultKeys(runs: readonly DoneRecord[]): (readonly number[])[] {
  const keys = runs.map(keysOf);
  /** Of each setting a run that all others come to the same as, undefined where they do not. */
  const alike = new Map<number, DoneRecord | undefined>();
  for (const [index, { setting }] of keys.entries()) {
    const isOther = alike.has(setting) && !isSame(alike.get(setting), runs[index]);
    alike.set(setting, isOther ? undefined : runs[index]);
  }
  return keys.map(({ unlabeled, setting }, index) => {
    if (runs[index].auroc === 1) return [];
    return alike.get(setting) === undefined ? [unlabeled] : [unlabeled, setting];
  });
}

function isSame(one: DoneRecord | undefined, other: DoneRecord): boolean {
  return one?.auroc === other.auroc && one.averagePrecision === other.averagePrecision;
}

/** What of a run is compared with others. */
interface Keys {
  /** Equal for runs that differ in their labels alone, and come to the same. */
  readonly unlabeled: number;
  /** Equal for runs that differ in their seed and known classes alone, which seeds may draw. */
  readonly setting: number;
}

/** Those of each run, which is compared with the runs of every other detector, made once. */
const keysOf = remembered((run: DoneRecord): Keys => {
  const { auroc, averagePrecision } = run;
  const knownAnomalyClasses: string[] = [];
  const unlabeled = splitKey(run, { knownAnomalyClasses, labeledAnomalyRatio: 0, labeledNormalRatio: 0 });
  return {
    unlabeled: numberOf(`${unlabeled} ${auroc} ${averagePrecision}`),
    setting: numberOf(splitKey(run, { knownAnomalyClasses, seed: 0 })),
  };
});

const numbers = new Map<string, number>();

/** A number for each text, to compare by. */
function numberOf(text: string): number {
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  return number;
}

/**
 * Groups items so that any two that have a key of one kind in common are together.
 *
 * @param kinds the keys of each item
 */
function joined<T>(items: readonly T[], kinds: readonly (readonly (readonly number[])[])[]): T[][] {
  /** Of each item an earlier one of its group; the first has itself. */
  const earlier = [...items.keys()];
  const firstOf = (index: number): number => {
    let first = index;
    while (earlier[first] !== first) first = earlier[first];
    earlier[index] = first;
    return first;
  };
  for (const keysOfItems of kinds) {
    const withKey = new Map<number, number>();
    for (const [index, keys] of keysOfItems.entries()) {
      for (const key of keys) {
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
