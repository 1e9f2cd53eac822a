import { countBy } from 'es-toolkit/array/countBy';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { counted } from '../messages/counted.js';
import type { RunRecord } from './record.js';

/** How many of some runs, each counted once, are of each version of deepsad, the oldest first. */
export function versionsOf(
  records: readonly Pick<RunRecord, 'id' | 'version'>[],
): ReadonlyMap<string, number> {
  const runs = uniqBy(records, ({ id }) => id);
  const counts = Object.entries(countBy(runs, ({ version }) => version));
  return new Map(counts.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })));
}

/** Such counts in words: `3 runs of 0.0.9, 1 run of 0.1.0`. */
export function versionsInWords(versions: ReadonlyMap<string, number>): string {
  return [...versions].map(([version, runs]) => `${counted(runs, 'run')} of ${version}`).join(', ');
}

/** What to say of runs of several versions that stand together; nothing where they are of one. */
export function versionsNote(versions: ReadonlyMap<string, number>): string[] {
  if (versions.size < 2) return [];
  return [
    `Runs of several versions of deepsad stand together, which may compute otherwise: ${versionsInWords(versions)}.`,
  ];
}
