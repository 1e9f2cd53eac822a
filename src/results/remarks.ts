import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { emptyRatios } from '../data/training-counts.js';
import { grouped } from '../grouped.js';
import { type Columns, usesHoldOut } from './columns.js';
import { HEADINGS, isRedrawn } from './dimensions.js';
import { optionsApart } from './options-apart.js';
import { isDone, type RunRecord } from './record.js';
import { sameData } from './tell-data-apart.js';
import { versionsNote, versionsOf } from './versions.js';

/**
 * What is to be said of the data sets, columns and runs wherever they are shown, in sentences: whose bandwidth was chosen by labels of the
 * test set, test parts that share rows with the training, ratios that come to no sample, names of the same data, options that differ between data sets, and versions of
 * deepsad that stand together.
 *
 * @param results those among whose records options and versions are to be alike; several where they stand beside each other
 */
export function remarksOf(
  records: readonly RunRecord[],
  columns: Columns,
  results: readonly (readonly RunRecord[])[] = [records],
): string[] {
  return [
    ...selectionNote(records, columns),
    ...(records.some(isRedrawn) ? [REDRAWN_NOTE] : []),
    ...emptyNote(records.filter(isDone)),
    ...sameData(records),
    ...uniq(results.flatMap((own) => optionsApart(own, columns.of))),
    ...uniq(results.flatMap((own) => versionsNote(versionsOf(own.filter(isDone))))),
  ];
}

function selectionNote(records: readonly RunRecord[], columns: Columns): string[] {
  const choosing = new Set(records.filter(usesHoldOut).map(columns.of));
  if (choosing.size === 0) return [];
  const names = columns.names.filter((name) => choosing.has(name));
  return [
    `Bandwidth chosen by the AUROC on a tenth of the test set, as in the paper, which favours: ${names.join(', ')}.`,
  ];
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

const REDRAWN_NOTE =
  'Test parts of tables redrawn from all rows, as in the authors’ code, so that they share rows with the training.';
