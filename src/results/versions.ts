import { countBy } from 'es-toolkit/array/countBy';
import { maxBy } from 'es-toolkit/array/maxBy';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { grouped } from '../grouped.js';
import { counted, few } from '../messages/counted.js';
import type { RunRecord } from './record.js';

/** How many of some runs, each counted once, are of each version of deepsad, the oldest first. */
export function versionsOf(
  records: readonly Pick<RunRecord, 'id' | 'version'>[],
): ReadonlyMap<string, number> {
  const runs = uniqBy(records, ({ id }) => id);
  const counts = Object.entries(countBy(runs, ({ version }) => version));
  return new Map(counts.sort(([a], [b]) => byAge(a, b)));
}

/** Such counts in words: `3 runs of 0.0.9, 1 run of 0.1.0`. */
export function versionsInWords(versions: ReadonlyMap<string, number>): string {
  return [...versions].map(([version, runs]) => `${counted(runs, 'run')} of ${version}`).join(', ');
}

/** The build of a record as people read it: the beginning of a commit, as git takes it. */
export function buildInWords({ build = 'unknown' }: Pick<RunRecord, 'build'>): string {
  return build.replace(/^([0-9a-f]{10})[0-9a-f]{30}/, '$1');
}

/** How many runs of a build are named. */
const NAMED = 3;

/**
 * What to say of runs of several versions, or builds of one, that stand together: how many are of each, the oldest version first, and which
 * these are but for the most. Nothing where they are of one.
 */
export function versionsNote(records: readonly RunRecord[]): string[] {
  const runs = uniqBy(records, ({ id }) => id);
  const versions = uniq(runs.map(({ version }) => version));
  const ofBuild = (run: RunRecord) => `${run.version} (commit ${buildInWords(run)})`;
  const isOneEach = uniq(runs.map(ofBuild)).length === versions.length;
  const groups = [...grouped(runs, isOneEach ? ({ version }) => version : ofBuild)];
  if (groups.length < 2) return [];
  const most = maxBy(groups, ([, own]) => own.length);
  const found = groups
    .sort(([a], [b]) => byAge(a, b))
    .map((group) => {
      const [name, own] = group;
      const which = group === most ? '' : `: ${few(own, NAMED, ({ id }) => id)}`;
      return `${counted(own.length, 'run')} of ${name}${which}`;
    });
  return [
    `Runs of several versions of deepsad stand together, which may compute otherwise: ${found.join('; ')}.`,
  ];
}

function byAge(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
