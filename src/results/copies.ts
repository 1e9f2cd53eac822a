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
  const keysOfSides = sides.map((runOf, side) => {
    const keysOf = resultKeys(items.map(runOf));
    return (item: T) => keysOf(runOf(item)).map((key) => `${side} ${key}`);
  });
  return joined(items, (item) => keysOfSides.flatMap((keysOf) => keysOf(item)));
}

/**
 * What runs of a detector have in common that are one result. With other labels alone it is one where both metrics are the same to the last
 * bit; with other seeds, by which small test sets may come to the same, where they are with every seed. A detector that separates all
 * may do so with other labels and seeds too, and has several.
 */
function resultKeys(runs: readonly Done[]): (run: Done) => string[] {
  const settings = [...grouped(runs, settingKey)];
  const alike = new Set(
    settings.filter(([, own]) => new Set(own.map(outcomeOf)).size === 1).map(([setting]) => setting),
  );
  return (run) => {
    if (run.auroc === 1) return [];
    const setting = settingKey(run);
    return [`${unlabeledKey(run)} ${outcomeOf(run)}`, ...(alike.has(setting) ? [setting] : [])];
  };
}

function outcomeOf({ auroc, averagePrecision }: Done): string {
  return `${auroc} ${averagePrecision}`;
}

/** Equal for runs that differ in their labels alone. */
function unlabeledKey(run: Done): string {
  return splitKey({ ...run, knownAnomalyClasses: [], labeledAnomalyRatio: 0, labeledNormalRatio: 0 });
}

/** Equal for runs that differ in their seed and known classes alone, which seeds may draw. */
function settingKey(run: Done): string {
  return splitKey({ ...run, knownAnomalyClasses: [], seed: 0 });
}

/** Groups items so that any two that have a key in common are together. */
function joined<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): T[][] {
  /** Of each item an earlier one of its group; the first has itself. */
  const earlier = [...items.keys()];
  const firstOf = (index: number): number => {
    let first = index;
    while (earlier[first] !== first) first = earlier[first];
    earlier[index] = first;
    return first;
  };
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
  return [...grouped(items.keys(), firstOf).values()].map((indices) => indices.map((index) => items[index]));
}
