import { uniq } from 'es-toolkit/array/uniq';
import { grouped } from '../grouped.js';
import { counted, few } from '../messages/counted.js';
import { type Drift, driftsOf } from './drifts.js';
import { isDone, type RunRecord } from './record.js';
import { latestRecords } from './records.js';

/** Records, and what they were read from. */
export interface Source {
  readonly place: string;
  readonly records: readonly RunRecord[];
}

/** How many ids, quantities or places are named. */
const NAMED = 3;

/**
 * What to say of runs that were done more than once and did not come to the same (`driftsOf`): how many they are, some of their
 * ids, what differs and how far, and which of them `latestRecords` takes. One that failed, or came to the same bits again, contradicts nothing.
 *
 * @param name what the records are of
 * @param sources in the order in which `latestRecords` is given them
 */
export function contradictionNotice(name: string, sources: readonly Source[]): string[] {
  const done = sources.flatMap(({ records }) => records.filter(isDone));
  const contradicted = [...grouped(done, ({ id }) => id)].flatMap(([id, [first, ...others]]) => {
    const drifts = others.flatMap((other) => driftsOf(first, other));
    return drifts.length > 0 ? [{ id, drifts }] : [];
  });
  if (contradicted.length === 0) return [];
  const ids = contradicted.map(({ id }) => id);
  const latest = latestRecords(done);
  const counting = new Set(ids.map((id) => latest.get(id)));
  const places = sources.filter(({ records }) => records.some((record) => counting.has(record)));
  return [
    `${name}: ${counted(ids.length, 'run has', 'runs have')} results that contradict each other (${few(ids, NAMED, String)}; ` +
      `${few(differences(contradicted.map(({ drifts }) => drifts)), NAMED, String)}); those read last count, in ${few(uniq(places.map(({ place }) => place)), NAMED, String)}`,
  ];
}

/** What differs between results of runs, each quantity with how far the furthest results of one run are apart. */
function differences(ofRuns: readonly (readonly Drift[])[]): string[] {
  const gaps = ofRuns.flatMap((drifts) => [...grouped(drifts, ({ quantity }) => quantity)]);
  return [...grouped(gaps, ([quantity]) => quantity)].map(([quantity, found]) => {
    const most = found.map(([, drifts]) => gapOf(drifts)).reduce((most, gap) => Math.max(most, gap));
    if (most === 0) return `${quantity} in some alone`;
    return `${quantity} up to ${Number.isInteger(most) ? most : most.toExponential(1)} apart`;
  });
}

/** How far the values of a quantity are apart; 0 where others have none. */
function gapOf(drifts: readonly Drift[]): number {
  const values = [drifts[0].expected, ...drifts.map(({ found }) => found)];
  const numbers = values.filter((value) => typeof value === 'number');
  return Math.max(...numbers) - Math.min(...numbers);
}
