import { UserError } from '../../errors.js';
import { few } from '../../messages/counted.js';
import { ANOMALY_CLASS, NORMAL_CLASS, UNKNOWN_CLASS } from '../dataset.js';
import { describeSpelling, labelReader, SEMI_TARGET_SPELLING } from '../input/labels.js';
import { countOf, describeCounts, LabelTally, outnumbering } from '../label-meanings.js';
import { describeMisspelled, labelName, sortedLabels, toldByName } from '../label-names.js';
import { isMissing, listed, shown } from './cells.js';
import { kindOf, type OwnData, type OwnTable } from './own-tables.js';

/** The classes of a user's tables. */
export interface OwnClasses {
  readonly classNames: readonly string[];
  /** The class of each row, for each table. */
  readonly classes: readonly Uint8Array[];
  /** What is known of each training row, where a column says so. */
  readonly semiTargets?: Int8Array;
  /** What the labels were taken to mean, and what is doubtful about that. */
  readonly notices: readonly string[];
}

const MOST_CLASSES = 256;

/**
 * The classes that labels make: `normal` and a class for each other label; or, with semi-targets, `normal` and `anomaly`.
 *
 * @param tables the training table, and the test table where there is one
 * @param truth the column that tells the class of each sample on which a run is judged
 * @throws UserError, naming the row, where labels make no such classes or contradict each other
 */
export function classify(tables: readonly OwnTable[], own: OwnData, truth: string): OwnClasses {
  return own.semiTarget === undefined
    ? manyClasses(tables, own, truth)
    : semiClasses(tables, own, own.semiTarget, truth);
}

/** `normal`, then a class for each other label. */
function manyClasses(tables: readonly OwnTable[], own: OwnData, truth: string): OwnClasses {
  const labels = tables.map((table) => labelsOf(table, own, truth));
  const all = labels.flat();
  checkName(tables[0], own, truth);
  const place = `${own.file}, ${columnOf(own, truth)}`;
  const normal = normalLabels(own, all, place);
  const anomalies = anomalyClasses(all, normal, place);
  checkSpread(anomalies.length + normal.size, labels[0].length, own, place);
  const classNames = [NORMAL_CLASS, ...anomalies];
  const classOf = new Map(classNames.map((name, index) => [name, index]));
  for (const label of normal) classOf.set(label, 0);
  const classes = labels.map((own) => Uint8Array.from(own, (label) => classOf.get(label) ?? 0));
  return {
    classNames,
    classes,
    notices: [
      classNotice(tables, own, truth, classes),
      ...tables
        .slice(1)
        .flatMap(({ file }, index) => novelNotice(file, classNames, classes[0], classes[index + 1])),
      ...describeMisspelled(`${own.file}, column ${truth}`, [...normal, ...anomalies]),
      // With several anomaly classes, these are many by nature.
      ...(anomalies.length > 1
        ? []
        : tables.flatMap((table, index) => outnumbered(table, truth, classes[index]))),
    ],
  };
}

/** Refuses a column that no one named and whose name is one of its labels: the header may be a row. */
function checkName({ file, labels }: OwnTable, { label }: OwnData, truth: string): void {
  if (label !== undefined || kindOf(file) !== '.csv' || !labels.get(truth)?.includes(truth)) return;
  throw new UserError(
    `${file}, row 1: ${shown(truth)}, the name of the last column, is one of its labels too; put a line of names above the rows, ` +
      'or name the column (key label) if that is its name',
  );
}

/** Different values up to which any column may hold labels. */
const FEW_LABELS = 10;

/** Refuses a column that no one named and of which most rows have a value of their own, as a feature does. */
function checkSpread(labels: number, rows: number, { label }: OwnData, place: string): void {
  if (label !== undefined || labels <= FEW_LABELS || 2 * labels <= rows) return;
  throw new UserError(`${place}: expected labels, found ${labels} different values in ${rows} rows`);
}

/** `normal` and `anomaly`, by the labels; or by the semi-targets where there are no labels, and in a table beside its test table. */
function semiClasses(tables: readonly OwnTable[], own: OwnData, column: string, truth: string): OwnClasses {
  const [training] = tables;
  const semiTargets = semiTargetsOf(training, column);
  const classNames = [NORMAL_CLASS, ANOMALY_CLASS];
  if (own.label === undefined) {
    const classes = tables.map((table) => classesOfSemiTargets(table, own, truth));
    return {
      classNames,
      classes,
      semiTargets,
      notices: semiTargetNotices(training, semiTargets, column, []),
    };
  }
  const judged = tables.slice(-1);
  const judgedPlace = `${judged[0].file}, column ${truth}`;
  const labels = labelsOf(judged[0], own, truth);
  const known = judged[0] === training ? labels : labelsOf(training, own, truth, UNKNOWN);
  const told = [...labels, ...known.filter((label) => label !== UNKNOWN)];
  const names = normalLabels(own, told, `${judged[0].file}, ${columnOf(own, truth)}`);
  checkAgreement(training, semiTargets, known, names, column, truth);
  const classes = Uint8Array.from(labels, (label) => (names.has(label) ? 0 : 1));
  return {
    classNames,
    classes: judged[0] === training ? [classes] : [classesOfSemiTargets(training, own, column), classes],
    semiTargets,
    notices: [
      ...semiTargetNotices(training, semiTargets, column, known),
      classNotice(judged, own, truth, [classes]),
      ...describeMisspelled(judgedPlace, sortedLabels(labels, judgedPlace)),
    ],
  };
}

/** In the place of a label that is missing where it may be. */
const UNKNOWN = '';

/**
 * What the semi-targets were taken to mean, and what is doubtful about that.
 *
 * @param known the labels that have been found to agree with them
 */
function semiTargetNotices(
  { file, labels }: OwnTable,
  semiTargets: Int8Array,
  column: string,
  known: readonly string[],
): string[] {
  const tally = new LabelTally();
  tally.add(semiTargets, labels.get(column));
  const place = `${file}, column ${column}`;
  const anomalies = countOf(tally.counts, 'anomaly');
  return [
    `${place}: ${describeCounts(tally.counts)}`,
    ...outnumbering(place, anomalies, semiTargets.length - anomalies),
    ...(anomalies === 0 &&
    semiTargets.includes(1) &&
    !known.some((label, row) => label !== UNKNOWN && semiTargets[row] > 0)
      ? [`${place}: no row is -1; if 1 means an anomaly there, write -1, since 1 is taken for normal`]
      : []),
  ];
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

/** Refuses a row whose semi-target says normal and whose label an anomaly, or the other way round. */
function checkAgreement(
  { file, rowNumbers }: OwnTable,
  semiTargets: Int8Array,
  labels: readonly string[],
  normal: ReadonlySet<string>,
  column: string,
  truth: string,
): void {
  const wrong = [...labels.keys()].filter(
    (row) =>
      semiTargets[row] !== 0 && labels[row] !== UNKNOWN && normal.has(labels[row]) !== semiTargets[row] > 0,
  );
  if (wrong.length === 0) return;
  const [first] = wrong;
  const [known, told] = semiTargets[first] > 0 ? ['+1, normal', 'an anomaly'] : ['-1, an anomaly', 'normal'];
  const others = wrong.length === 1 ? '' : ` (and ${wrong.length - 1} more such rows)`;
  throw new UserError(
    `${file}, row ${rowNumbers[first]}: the semi-target in ${column} is ${known}, but the label in ${truth} is ${told}${others}; ` +
      'correct one of them, or the normal labels (key normal)',
  );
}

/**
 * The names of the labels of a table; a normal label may be spelled like a missing value, as which `unlabeled` counts.
 *
 * @param missing in the place of a label that is missing; without it, these are refused
 */
function labelsOf(
  { file, labels, rowNumbers }: OwnTable,
  { normal = [], semiTarget, test }: OwnData,
  column: string,
  missing?: string,
): string[] {
  const texts = labels.get(column) ?? [];
  const remedy =
    semiTarget === undefined && file !== test
      ? 'label the row, leave it out, or say what is known in a column of +1 (normal), -1 (anomaly) and nothing (key semiTarget)'
      : 'label the row or leave it out';
  const given = new Set(normal.map(labelName));
  return texts.map((text, row) => {
    const name = labelName(text);
    if (!(isMissing(text) || toldByName(name) === 0) || given.has(name)) return name;
    if (missing !== undefined) return missing;
    throw new UserError(
      `${file}, row ${rowNumbers[row]}, column ${column}: expected a label, found ${shown(text)}; ${remedy}`,
    );
  });
}

/** The labels that the user calls normal, all of which must occur. */
function normalLabels({ file, normal }: OwnData, labels: readonly string[], place: string): Set<string> {
  const present = sortedLabels(labels, place);
  if (normal === undefined && kindOf(file) === '.csv') {
    throw new UserError(`${place}: say which labels are normal (key normal); found ${listed(present)}`);
  }
  const names = (normal ?? ['0']).map(labelName);
  const absent = names.find((name) => !present.includes(name));
  if (absent !== undefined) {
    throw new UserError(
      `${place}: no sample has the normal label ${absent} (key normal); found ${listed(present)}`,
    );
  }
  return new Set(names);
}

function anomalyClasses(labels: readonly string[], normal: ReadonlySet<string>, place: string): string[] {
  const names = sortedLabels(labels, place).filter((label) => !normal.has(label));
  const confusing = names.find((name) => name.toLowerCase() === NORMAL_CLASS);
  if (confusing !== undefined) {
    throw new UserError(
      `${place}: label ${confusing} is not among the normal labels ${[...normal].join(', ')} (key normal); add or rename it`,
    );
  }
  if (names.length >= MOST_CLASSES) {
    throw new UserError(
      `${place}: ${names.length + 1} classes, but at most ${MOST_CLASSES} are possible; is the label column a feature (key label)?`,
    );
  }
  return names;
}

/** What messages call the column of the classes: where no one named it, with how to name another. */
function columnOf({ label, semiTarget }: OwnData, truth: string): string {
  const isDefault = label === undefined && semiTarget === undefined;
  return `column ${truth}${isDefault ? ' (by default; the key label names another)' : ''}`;
}

/** What the labels of each table were taken to mean. */
function classNotice(
  tables: readonly OwnTable[],
  own: OwnData,
  truth: string,
  classes: readonly Uint8Array[],
): string {
  const parts = tables.flatMap(({ file, labels }, index) => {
    const texts = labels.get(truth);
    if (texts === undefined) return [];
    const tally = new LabelTally();
    tally.add(
      Int8Array.from(classes[index], (label) => (label === 0 ? 1 : -1)),
      texts,
    );
    const place = `${file}, ${index === 0 ? columnOf(own, truth) : `column ${truth}`}`;
    return [`${place}: ${describeCounts(tally.counts, { normal: 'normal', anomaly: 'anomalous' })}`];
  });
  return parts.join('; ');
}

/** Classes that a message lists. */
const LISTED = 5;

/** What of a test table are anomalies of classes that training lacks. */
function novelNotice(
  file: string,
  classNames: readonly string[],
  trained: Uint8Array,
  tested: Uint8Array,
): string[] {
  const novel = classNames.filter((_, index) => tested.includes(index) && !trained.includes(index));
  if (novel.length === 0) return [];
  return [`${file}: classes that training lacks, so that they are novel: ${few(novel, LISTED, shown)}`];
}

function outnumbered({ file }: OwnTable, truth: string, classes: Uint8Array): string[] {
  const normal = classes.filter((label) => label === 0).length;
  return outnumbering(`${file}, column ${truth}`, classes.length - normal, normal);
}
