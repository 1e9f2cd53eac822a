import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { UserError } from '../errors.js';
import { digest } from './checksum.js';
import { type LoadedFile, readBytes } from './data-folder.js';
import { type Dataset, type Samples, UNKNOWN_CLASS } from './dataset.js';
import { describeSpelling, labelName, labelReader, SEMI_TARGET_SPELLING } from './input/labels.js';
import { TABLE_DEFAULTS } from './own-defaults.js';
import { headerOf, kindOf, type OwnTable, readOwnTables } from './own-tables.js';
import { shown } from './table/cells.js';
import type { ColumnOptions } from './table/columns.js';

/** A user's own table, and how to read it. */
export interface OwnData extends ColumnOptions {
  /** Path of a .csv, .npz or .mat file, from the working directory. */
  readonly file: string;
  /** Path of another such file, on which runs are tested; without one, each run holds out its own test part. */
  readonly test?: string | undefined;
  /**
   * The column or array of the labels: by default that of the semi-targets, else the last column of a .csv or y. The features
   * of a .npz or .mat are in its array X.
   */
  readonly label?: string | undefined;
  /** The labels that are normal: by default 0 in a .npz or .mat; a .csv needs it. */
  readonly normal?: readonly string[] | undefined;
  /** The column or array of what is known of each training sample: +1 normal, −1 anomaly, 0 or empty nothing. */
  readonly semiTarget?: string | undefined;
}

/** The class that all normal labels form. */
const NORMAL = 'normal';
/** The class of all anomalies of a table with semi-targets. */
const ANOMALY = 'anomaly';
const MOST_CLASSES = 256;

/**
 * Reads a user's own table. All normal labels form the class `normal`; every other label is an anomaly class of that name. With
 * semi-targets, the anomalies are one class, and where the semi-targets alone tell the classes, that of an unlabeled sample is
 * `UNKNOWN_CLASS`.
 *
 * @throws UserError where a file cannot be read as a table, or its labels do not make such classes
 */
export async function loadOwnData(own: OwnData): Promise<Dataset> {
  const files = await Promise.all([own.file, ...(own.test === undefined ? [] : [own.test])].map(load));
  const truth = await truthOf(own, files[0]);
  const tables = await readOwnTables(
    files.map((file, index) => ({ ...file, labels: labelsNeeded(own, truth, index === 0) })),
    own,
  );
  const semiTargets = own.semiTarget === undefined ? undefined : semiTargetsOf(tables[0], own.semiTarget);
  const { classNames, classes } = semiTargets
    ? { classNames: [NORMAL, ANOMALY], classes: twoClasses(tables, own, truth) }
    : manyClasses(tables, own, truth);
  const [training, test] = tables.map(
    ({ values }, index): Samples => ({
      count: classes[index].length,
      values,
      classes: classes[index],
    }),
  );
  return {
    name: own.file,
    shape: [tables[0].featureCount],
    classNames,
    training: { ...training, ...(semiTargets && { semiTargets }) },
    ...(test && { test }),
    checksum: checksumOf(own, files, classes, semiTargets),
    notices: tables.flatMap((table) => table.notices),
    defaults: TABLE_DEFAULTS,
  };
}

async function load(file: string): Promise<LoadedFile> {
  kindOf(file);
  return { file, bytes: await readBytes(file, () => 'a path in a config counts from the working directory') };
}

/** The column that tells the class of each sample on which a run is judged. */
async function truthOf({ file, label, semiTarget }: OwnData, training: LoadedFile): Promise<string> {
  const named = label ?? semiTarget;
  if (named !== undefined) return named;
  return kindOf(file) === '.csv' ? ((await headerOf(training)).at(-1) ?? '') : 'y';
}

function labelsNeeded({ test, semiTarget }: OwnData, truth: string, isTraining: boolean): string[] {
  if (!isTraining || semiTarget === undefined) return [truth];
  return test === undefined ? uniq([semiTarget, truth]) : [semiTarget];
}

/** What the checksum is over: another label column, other normal labels or columns make other data of the same files. */
function checksumOf(
  { categorical, drop, missing }: OwnData,
  files: readonly LoadedFile[],
  classes: readonly Uint8Array[],
  semiTargets: Int8Array | undefined,
): string {
  const columns = JSON.stringify({ categorical, drop, missing });
  return digest('sha256', [
    ...files.map(({ bytes }) => bytes),
    ...classes,
    ...(semiTargets ? [new Uint8Array(semiTargets.buffer)] : []),
    ...(columns === '{}' ? [] : [Buffer.from(columns)]),
  ]);
}

const semiTargetOf = labelReader(SEMI_TARGET_SPELLING);

function semiTargetsOf({ file, labels, rowNumbers }: OwnTable, column: string): Int8Array {
  return Int8Array.from(labels.get(column) ?? [], (label, row) => {
    const semiTarget = semiTargetOf(label);
    if (semiTarget !== undefined) return semiTarget;
    throw new UserError(
      `${file}, row ${rowNumbers[row]}, column ${column}: expected a semi-target (${describeSpelling(SEMI_TARGET_SPELLING)}), ` +
        `found ${shown(label)}`,
    );
  });
}

/** The classes of a table with semi-targets and of its test table: 0 normal, 1 anomaly. */
function twoClasses(tables: readonly OwnTable[], own: OwnData, truth: string): Uint8Array[] {
  if (own.label === undefined) return tables.map((table) => classesOfSemiTargets(table, own, truth));
  const labels = tables.map((table) => labelsOf(table, truth).map(labelName));
  const normal = normalLabels(own, labels.flat(), tables[tables.length - 1]);
  return tables.map((table, index) =>
    table.labels.has(truth)
      ? Uint8Array.from(labels[index], (label) => (normal.has(label) ? 0 : 1))
      : classesOfSemiTargets(table, own, own.semiTarget ?? truth),
  );
}

function classesOfSemiTargets(table: OwnTable, own: OwnData, column: string): Uint8Array {
  const semiTargets = semiTargetsOf(table, column);
  const unlabeled = semiTargets.indexOf(0);
  if (table.file === own.test && unlabeled >= 0) {
    throw new UserError(
      `${table.file}, row ${table.rowNumbers[unlabeled]}, column ${column}: expected +1 or -1 in a test table, found an ` +
        'unlabeled row; leave it out, or name a column with the classes (label)',
    );
  }
  return Uint8Array.from(semiTargets, (semiTarget) => [1, UNKNOWN_CLASS, 0][semiTarget + 1]);
}

/** The classes of tables: `normal`, then a class for each other label. */
function manyClasses(tables: readonly OwnTable[], own: OwnData, truth: string) {
  const labels = tables.map((table) => labelsOf(table, truth).map(labelName));
  const all = labels.flat();
  const normal = normalLabels(own, all, tables[0]);
  const classNames = [NORMAL, ...anomalyClasses(all, normal, own.file)];
  const classOf = new Map(classNames.map((name, index) => [name, index]));
  for (const label of normal) classOf.set(label, 0);
  return {
    classNames,
    classes: labels.map((own) => Uint8Array.from(own, (label) => classOf.get(label) ?? 0)),
  };
}

/** The labels of a table, none of which is empty. */
function labelsOf({ file, labels, rowNumbers }: OwnTable, column: string): readonly string[] {
  const texts = labels.get(column) ?? [];
  const empty = texts.indexOf('');
  if (empty < 0) return texts;
  throw new UserError(
    `${file}, row ${rowNumbers[empty]}, column ${column}: expected a label, found nothing; label the row or leave it out`,
  );
}

/** The labels that the user calls normal, all of which must occur. */
function normalLabels({ file, normal }: OwnData, labels: readonly string[], table: OwnTable): Set<string> {
  const present = sortedLabels(labels);
  if (normal === undefined && kindOf(file) === '.csv') {
    throw new UserError(`${file}: say which labels are normal (key normal); found ${listed(present)}`);
  }
  const names = (normal ?? ['0']).map(labelName);
  const absent = names.find((name) => !present.includes(name));
  if (absent !== undefined) {
    throw new UserError(
      `${table.file}: no sample has the normal label ${absent} (key normal); found ${listed(present)}`,
    );
  }
  return new Set(names);
}

function anomalyClasses(labels: readonly string[], normal: ReadonlySet<string>, file: string): string[] {
  const names = sortedLabels(labels).filter((label) => !normal.has(label));
  if (names.includes(NORMAL)) {
    throw new UserError(
      `${file}: label ${NORMAL} is not among the normal labels ${[...normal].join(', ')} (key normal); add or rename it`,
    );
  }
  if (names.length >= MOST_CLASSES) {
    throw new UserError(
      `${file}: ${names.length + 1} classes, but at most ${MOST_CLASSES} are possible; is the label column a feature (key label)?`,
    );
  }
  return names;
}

/** Each label once: numbers first, by value, then text. */
function sortedLabels(labels: readonly string[]): string[] {
  const [numbers, texts] = partition([...new Set(labels)], isNumber);
  return [...numbers.sort((a, b) => Number(a) - Number(b)), ...texts.sort()];
}

function isNumber(label: string): boolean {
  return !Number.isNaN(Number(label));
}

/** The first labels, for a message. */
function listed(labels: readonly string[]): string {
  return labels.slice(0, 10).join(', ') + (labels.length > 10 ? `, … (${labels.length} in all)` : '');
}
