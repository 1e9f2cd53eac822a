import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { markdownTable } from 'markdown-table';
import type { Run } from '../config/run.js';
import { counted } from '../messages/counted.js';
import { optionName } from '../messages/vocabulary.js';
import { VERSION } from '../package.js';
import type { Drift } from '../results/drifts.js';
import { escapeMarkdown } from '../results/markdown.js';
import type { RunRecord } from '../results/record.js';
import { versionsInWords, versionsOf } from '../results/versions.js';
import { type Change, describeChange } from './environment-changes.js';

/** What a check found. */
export interface Findings {
  /** The folder of the reference. */
  readonly reference: string;
  readonly runs: readonly CheckedRun[];
  /** How many records of the reference are of runs that its config does not give. */
  readonly others: number;
  /** What changed since the reference was made, from each environment that its runs were computed in. */
  readonly environments: readonly ChangedEnvironment[];
  /** The greatest difference of two AUROCs that counts as none; undefined where every bit counts. */
  readonly tolerance: number | undefined;
}

/** A run as it was in a reference, and as it is now. */
export interface CheckedRun {
  readonly expected: RunRecord;
  readonly found: RunRecord;
  /** What is not the same; empty where the two agree. */
  readonly drifts: readonly Drift[];
}

/** An environment of a reference. */
export interface ChangedEnvironment {
  /** The name of its file. */
  readonly file: string;
  readonly changes: readonly Change[];
}

/** Whether a run is as in the reference. */
export function agrees({ drifts }: CheckedRun): boolean {
  return drifts.length === 0;
}

/** Whether a run failed in the reference and fails now for the same reason: it agrees with nothing, and is no difference. */
function failsAsBefore({ expected, found }: CheckedRun): boolean {
  return expected.status === 'failed' && found.status === 'failed' && expected.reason === found.reason;
}

function criterionOf(tolerance: number | undefined): string {
  if (tolerance === undefined) return 'bit for bit';
  return tolerance === 0 ? 'AUROC bit for bit' : `AUROC to within ${tolerance}`;
}

/** A table in Markdown whose first two columns are words and the others numbers. */
export function markdownOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable(
    [header, ...rows].map((row) => row.map(escapeMarkdown)),
    { align: header.map((_, column) => (column < 2 ? 'l' : 'r')) },
  );
}

/**
 * Findings in Markdown: where all runs agree with the reference, a line that says so, and one for each data set that has changed all the same;
 * else a table of the differences and what changed in the environment.
 *
 * @param label names a run
 * @param tableOf what makes the table
 */
export function renderFindings(
  findings: Findings,
  label: (run: Run) => string,
  tableOf: typeof markdownOf,
): string {
  const { reference, runs, others, tolerance } = findings;
  const criterion = criterionOf(tolerance);
  const repeated = `${counted(runs.length, 'run')} repeated`;
  const drifted = runs.filter((run) => !agrees(run));
  const leftOut =
    others > 0 ? [`Left out, as of runs that its config does not give: ${counted(others, 'record')}.`] : [];
  if (drifted.length === 0) {
    const agreement = `${repeated}: all agree with ${reference}, ${criterion}.`;
    return `${[agreement, ...dataNotes(runs), ...leftOut].join('\n')}\n`;
  }
  const lines = drifted.flatMap(({ found, drifts }) =>
    drifts.map((drift) => [
      label(found),
      drift.quantity,
      String(drift.expected),
      String(drift.found),
      step(drift),
    ]),
  );
  const header = ['Run', 'Quantity', 'Reference', 'Now', 'Difference'];
  const [failing, differing] = partition(drifted, failsAsBefore);
  const found = [
    ...(differing.length > 0 ? [`${differing.length} of them not as in ${reference}, ${criterion}`] : []),
    ...(failing.length > 0 ? [`${failing.length} of them failed, as in ${reference}`] : []),
  ];
  const summary = `${repeated}: ${found.join('; ')}.`;
  return `${[tableOf(header, lines), summary, ...leftOut, ...failureNote(runs), environmentNote(findings)].join('\n\n')}\n`;
}

/** What to say of data that have changed, though no run differs. */
function dataNotes(runs: readonly CheckedRun[]): string[] {
  const changed = runs.filter(({ expected, found }) => expected.dataChecksum !== found.dataChecksum);
  return uniq(
    changed.map(({ expected, found }) => {
      const change = {
        part: `data ${found.dataset}`,
        before: expected.dataChecksum,
        after: found.dataChecksum,
      };
      return `Changed since the reference was made: ${describeChange(change)}; ${optionName('update')} has it describe the data of now.`;
    }),
  );
}

/** What to say of runs that the reference has no result of. */
function failureNote(runs: readonly CheckedRun[]): string[] {
  const failed = runs.filter(({ expected }) => expected.status === 'failed').length;
  if (failed === 0) return [];
  return [
    `${counted(failed, 'run')} failed in the reference itself, which is no test of what failed: have its config give runs that are done, and ` +
      `renew it with ${optionName('update')}.`,
  ];
}

/** What changed in the environment, in words, and the versions of deepsad that the runs of the reference are of where these are others. */
export function environmentNote({ runs, environments }: Findings): string {
  const versions = versionsOf(runs.map(({ expected }) => expected));
  const isOurs = versions.size === 1 && versions.has(VERSION);
  if (isOurs && environments.length === 1 && environments[0].changes.length === 0) {
    return 'The environment is the one that the reference was made in.';
  }
  return [
    ...(isOurs ? [] : [`In the reference: ${versionsInWords(versions)}; this is deepsad ${VERSION}.`]),
    ...environments.map(({ file, changes }) => {
      const since = isOurs && environments.length === 1 ? 'the reference was made' : `${file} was written`;
      if (changes.length === 0) return `Nothing has changed since ${since}.`;
      return [`Changed since ${since}:`, '', ...changes.map((each) => `- ${describeChange(each)}`)].join(
        '\n',
      );
    }),
  ].join('\n\n');
}

/** How far a quantity moved. */
export function step({ expected, found }: Drift): string {
  if (typeof expected === 'string' || typeof found === 'string') return '';
  const difference = found - expected;
  return `${difference > 0 ? '+' : ''}${difference.toExponential(1)}`;
}
