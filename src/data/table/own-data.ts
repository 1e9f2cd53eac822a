import { uniq } from 'es-toolkit/array/uniq';
import { UserError } from '../../errors.js';
import { readBytes } from '../../files/read-file.js';
import { digest } from '../checksum.js';
import type { LoadedFile } from '../data-folder.js';
import { type Dataset, type Samples, UNKNOWN_CLASS } from '../dataset.js';
import { FEW, repeats, sharedNumbers } from '../equal-samples.js';
import { fingerprints } from '../fingerprints.js';
import { classify } from './own-classes.js';
import { TABLE_DEFAULTS } from './own-defaults.js';
import { kindOf, namesIn, type OwnData, type OwnTable, readOwnTables } from './own-tables.js';
import { describeTelling, tellingFeatures } from './telling-features.js';

/**
 * Reads a user's own table. All normal labels form the class `normal`; every other label is an anomaly class of that name. With
 * semi-targets, the anomalies are one class, and where the semi-targets alone tell the classes, that of an unlabeled sample is
 * `UNKNOWN_CLASS`.
 *
 * @throws UserError where a file cannot be read as a table, or its labels do not make such classes
 */
export async function loadOwnData(own: OwnData): Promise<Dataset> {
  const files = await Promise.all([own.file, ...(own.test === undefined ? [] : [own.test])].map(load));
  if (files.length > 1 && Buffer.compare(files[0].bytes, files[1].bytes) === 0) {
    throw new UserError(
      `${own.test}: the same table as ${own.file}, on which runs are trained; leave test out to hold out a part of it`,
    );
  }
  const header = kindOf(own.file) === '.csv' ? await namesIn(files[0]) : undefined;
  const truth = own.label ?? own.semiTarget ?? (header ? (header.at(-1) ?? '') : 'y');
  const [training, ...tests] = files;
  const tables = await readOwnTables(
    [
      { ...training, labels: await trainingLabels(own, truth, training, header) },
      ...tests.map((file) => ({ ...file, labels: [truth] })),
    ],
    own,
  );
  const { classNames, classes, semiTargets, notices } = classify(tables, own, truth);
  const [trainingPart, test] = tables.map(
    ({ file, values, rowNumbers }, index): Samples => ({
      count: classes[index].length,
      values,
      classes: classes[index],
      rows: rowNumbers,
      file,
    }),
  );
  return {
    name: own.file,
    shape: [tables[0].featureCount],
    classNames,
    ...(tables[0].columns && { columns: tables[0].columns }),
    training: { ...trainingPart, ...(semiTargets && { semiTargets }) },
    ...(test && { test }),
    checksum: checksumOf(own, header, files, classes, semiTargets),
    notices: [
      ...notices,
      ...tables.flatMap((table) => table.notices),
      ...tellingNotice(tables[0], classes[0]),
      ...(test ? sharedNotice(tables[0], tables[1]) : copyNotice(tables[0])),
    ],
    defaults: TABLE_DEFAULTS,
  };
}

/** The warning about features that may be labels. */
function tellingNotice(
  { file, values, featureCount, featureNames }: OwnTable,
  classes: Uint8Array,
): string[] {
  const kinds = Int8Array.from(classes, (label) => (label === 0 ? 1 : label === UNKNOWN_CLASS ? 0 : -1));
  const names = tellingFeatures(values, featureCount, kinds).map((feature) => featureNames[feature]);
  // Columns of arrays have no names to drop them by.
  const remedy = kindOf(file) === '.csv' ? undefined : 'save X without it';
  return describeTelling(file, uniq(names), remedy);
}

/** The warning about a table of which each run holds out a part, and whose rows are there several times. */
function copyNotice({ file, values, featureCount }: OwnTable): string[] {
  const prints = fingerprints(values, featureCount);
  const copies = repeats(prints);
  if (copies <= FEW * prints.length) return [];
  return [
    `${file}: the features of ${copies} of ${prints.length} rows are those of another; where these are copies, runs are tested on what they are ` +
      'trained on: take them out, or give a table to test on (key test)',
  ];
}

/** The warning about a test table whose rows are trained on: more than chance. */
function sharedNotice(training: OwnTable, test: OwnTable): string[] {
  const [trained, tested] = [training, test].map(({ values }) => fingerprints(values, training.featureCount));
  const shared = sharedNumbers(trained, tested);
  if (shared === undefined) return [];
  const { count, rare } = shared;
  // Of rows that are there often, as those of a machine that stands still, a few or all may be copies.
  const rareOnes =
    rare > 0 && rare < count ? `, ${rare} of them those of rows that are there once or twice` : '';
  return [
    `${test.file}: ${count} of its ${tested.length} rows have the features of rows of ${training.file}, on which runs are trained${rareOnes}; take ` +
      'them out of one of the two',
  ];
}

async function load(file: string): Promise<LoadedFile> {
  kindOf(file);
  return {
    file,
    bytes: await readBytes(file, {
      what: 'a table',
      ifMissing: 'a path in a config counts from the working directory',
      ifLarger: 'give a part of its rows; fit, score and evaluate alone read a CSV table of any size',
    }),
  };
}

/**
 * The columns of labels of the training table. `truth`, which tells the class of each sample on which a run is judged, is read beside
 * the semi-targets of a table that is not judged as well, where that has it, so that the two can be compared.
 */
async function trainingLabels(
  { test, semiTarget }: OwnData,
  truth: string,
  training: LoadedFile,
  header: readonly string[] | undefined,
): Promise<string[]> {
  if (semiTarget === undefined) return [truth];
  const hasTruth = test === undefined || (header ?? (await namesIn(training))).includes(truth);
  return hasTruth ? uniq([semiTarget, truth]) : [semiTarget];
}

/**
 * What the checksum is over: classes, semi-targets and columns that are read in another way make other data of the same files. Which
 * columns of a .csv are labels, and so no features, classes and semi-targets do not tell where two columns agree: it is said, but of the last
 * column, which is that of the labels where nothing is said.
 */
function checksumOf(
  { categorical, drop, missing, semiTarget, label }: OwnData,
  header: readonly string[] | undefined,
  files: readonly LoadedFile[],
  classes: readonly Uint8Array[],
  semiTargets: Int8Array | undefined,
): string {
  const [first, beside] = semiTarget === undefined ? [label] : [semiTarget, label];
  const isSaid = first !== undefined && header !== undefined && first !== header.at(-1);
  const columns = JSON.stringify({
    ...{ categorical, drop, missing },
    ...(isSaid && { labels: first }),
    ...(beside !== undefined && header?.includes(beside) && { label: beside }),
  });
  return digest('sha256', [
    ...files.map(({ bytes }) => bytes),
    ...classes,
    ...(semiTargets ? [new Uint8Array(semiTargets.buffer)] : []),
    ...(columns === '{}' ? [] : [Buffer.from(columns)]),
  ]);
}
