import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { emptyRatios } from '../data/training-counts.js';
import { grouped } from '../grouped.js';
import { type Columns, usesHoldOut } from './columns.js';
import { HEADINGS, isRedrawn, preparedAs } from './dimensions.js';
import { optionsApart } from './options-apart.js';
import { isDone, type RunRecord } from './record.js';
import { sameData } from './tell-data-apart.js';
import { versionsNote } from './versions.js';

/** Something by which a reader finds runs in what is shown. */
export interface Place {
  /** The word before its names. */
  readonly before: string;
  /** Runs by name; one may be in several. */
  readonly groups: (records: readonly RunRecord[]) => Iterable<readonly [string, readonly RunRecord[]]>;
}

/** The data sets of runs. */
export const ON_DATA: Place = {
  before: 'on',
  groups: (records) => grouped(records, ({ dataset }) => dataset),
};

/** What every table shows of a run, beside its column. */
export const SHOWN: readonly Place[] = [
  ON_DATA,
  { before: 'where prepared', groups: (records) => grouped(records, preparedAs) },
];

/**
 * What is to be said of the data sets, columns and runs wherever they are shown, in sentences: whose bandwidth was chosen by labels of the
 * test set, test parts that share rows with the training, ratios that come to no sample, names of the same data, options that differ between data sets, and versions of
 * deepsad that stand together. What holds of some runs alone names where.
 *
 * @param results those among whose records options and versions are to be alike; several where they stand beside each other
 * @param places by what a reader finds runs
 */
export function remarksOf(
  records: readonly RunRecord[],
  columns: Columns,
  results: readonly (readonly RunRecord[])[] = [records],
  places: readonly Place[] = SHOWN,
): string[] {
  return [
    ...selectionNote(records, columns, places),
    ...redrawnNote(records, places),
    ...emptyNote(records.filter(isDone)),
    ...sameData(records),
    ...uniq(results.flatMap((own) => optionsApart(own, columns.of))),
    ...uniq(results.flatMap((own) => versionsNote(own.filter(isDone)))),
  ];
}

function selectionNote(records: readonly RunRecord[], columns: Columns, places: readonly Place[]): string[] {
  const byColumn = grouped(records, columns.of);
  const found = columns.names.flatMap((name) => {
    const own = byColumn.get(name) ?? [];
    return own.some(usesHoldOut) ? [{ name, where: whereHolds(own, usesHoldOut, places) }] : [];
  });
  return [...grouped(found, ({ where }) => where)].map(([where, own]) => {
    const names = own.map(({ name }) => name).join(', ');
    return `Bandwidth chosen by the AUROC on a tenth of the test set, as in the paper, which favours${where && ` ${where}`}: ${names}.`;
  });
}

function redrawnNote(records: readonly RunRecord[], places: readonly Place[]): string[] {
  if (!records.some(isRedrawn)) return [];
  const note =
    'Test parts of tables redrawn from all rows, as in the authors’ code, so that they share rows with the training';
  const where = whereHolds(records, isRedrawn, places);
  return [`${note}${where && `: ${where}`}.`];
}

/**
 * Where something holds that holds of some of these runs: nothing where of all, else the names in the first place that tells those runs from the
 * others, or where none does, in the first, with their number.
 */
function whereHolds(
  records: readonly RunRecord[],
  holds: (run: RunRecord) => boolean,
  places: readonly Place[],
): string {
  if (records.every(holds)) return '';
  const found = places.map(({ before, groups }) => {
    const own = [...groups(records)].filter(([, runs]) => runs.some(holds));
    const runs = own.flatMap(([, members]) => members);
    const names = own.map(([name]) => name).join(', ');
    return { text: `${before} ${names}`, held: runs.filter(holds).length, of: runs.length };
  });
  const telling = found.find(({ held, of }) => held === of);
  return telling?.text ?? `${found[0].text} (in ${found[0].held} of ${found[0].of} runs)`;
}

/** What each ratio is to label, or to leave among the unlabeled samples. */
const ASKED = {
  labeledAnomalyRatio: 'labeled anomaly',
  labeledNormalRatio: 'labeled normal sample',
  pollutionRatio: 'unlabeled anomaly',
};

function emptyNote(records: readonly RunRecord[]): string[] {
  const runs = uniqBy(records, ({ id }) => id);
  const found = [...grouped(runs, ({ dataset }) => dataset)].flatMap(([dataset, own]) =>
    emptyRatios(own).map(({ ratio, value, of, empty, splits }) => ({
      what: `${HEADINGS[ratio]} ${value} comes to less than one ${ASKED[ratio]}, and so to none`,
      where: `${dataset} (${of}${empty < splits ? `, in ${empty} of ${splits} runs` : ''})`,
    })),
  );
  return [...grouped(found, ({ what }) => what)].map(
    ([what, own]) => `${what}, on ${own.map(({ where }) => where).join(', ')}.`,
  );
}
