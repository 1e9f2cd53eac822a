import { uniq } from 'es-toolkit/array/uniq';
import { counted } from '../counted.js';
import { grouped } from '../grouped.js';
import { aurocsOf, compare } from './comparison.js';
import type { RunRecord } from './record.js';
import { latestRecords } from './records.js';

/** Records, and what they were read from. */
export interface Source {
  readonly place: string;
  readonly records: readonly RunRecord[];
}

/** How many ids or places are named. */
const NAMED = 3;

/**
 * What to say of runs that were done more than once and did not come to the same (`compare`): how many they are, some of their
 * ids, how far apart they are, and which of them `latestRecords` takes. One that failed, or came to the same bits again, contradicts nothing.
 *
 * @param name what the records are of
 * @param sources in the order in which `latestRecords` is given them
 */
export function contradictionNotice(name: string, sources: readonly Source[]): string[] {
  const done = sources.flatMap(({ records }) =>
    records.flatMap((record) => (record.status === 'done' ? [record] : [])),
  );
  const contradicted = [...grouped(done, ({ id }) => id)].filter(([, [first, ...others]]) =>
    others.some((other) => compare(first, other).drifts.length > 0),
  );
  if (contradicted.length === 0) return [];
  const ids = contradicted.map(([id]) => id);
  const gaps = contradicted.map(([, results]) => {
    const aurocs = results.map(aurocsOf);
    const ofEach = Object.keys(aurocs[0]).map((name) => aurocs.flatMap((each) => each[name] ?? []));
    return Math.max(...ofEach.map((values) => Math.max(...values) - Math.min(...values)));
  });
  const latest = latestRecords(done);
  const counting = new Set(ids.map((id) => latest.get(id)));
  const places = sources.filter(({ records }) => records.some((record) => counting.has(record)));
  return [
    `${name}: ${counted(ids.length, 'run has', 'runs have')} results that contradict each other (${listed(ids)}; AUROC up to ` +
      `${gaps.reduce((most, gap) => Math.max(most, gap)).toExponential(1)} apart); those read last count, in ${listed(uniq(places.map(({ place }) => place)))}`,
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
