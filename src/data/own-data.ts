import path from 'node:path';
import { partition } from 'es-toolkit';
import { UserError } from '../errors.js';
import { digest } from './checksum.js';
import { readBytes } from './data-folder.js';
import type { Dataset, DatasetDefaults } from './dataset.js';
import { readCsv } from './formats/csv.js';
import { readMat } from './formats/mat.js';
import { readNpz } from './formats/npz.js';
import type { NumericArray } from './formats/numeric-array.js';
import { labeledTable } from './labeled-table.js';
import { shared } from './shared.js';

/** A user's own table. */
export interface OwnData {
  /** Path of a .csv, .npz or .mat file, from the working directory. */
  readonly file: string;
  /** The column or array of the labels: by default the last column of a .csv, else y. Features are in array X. */
  readonly label?: string | undefined;
  /** The labels that are normal: by default 0 in a .npz or .mat; a .csv needs it. */
  readonly normal?: readonly string[] | undefined;
}

interface OwnTable {
  readonly featureCount: number;
  readonly values: Float64Array;
  readonly labels: readonly string[];
}

const READERS: Record<string, (bytes: Uint8Array, own: OwnData) => OwnTable | Promise<OwnTable>> = {
  '.csv': (bytes, { file, label }) => {
    const { features, values, labels } = readCsv(bytes, file, label);
    return { featureCount: features.length, values, labels };
  },
  '.npz': async (bytes, { file, label = 'y' }) =>
    tableOfArrays(await readNpz(bytes, file, ['X', label]), file, label),
  '.mat': (bytes, { file, label = 'y' }) => tableOfArrays(readMat(bytes, file, ['X', label]), file, label),
};

const DEFAULTS: DatasetDefaults = { network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 };

/** The class that all normal labels form. */
const NORMAL = 'normal';
const MOST_CLASSES = 256;

/**
 * Reads a user's own table. All normal labels form the class `normal`; every other label is an anomaly class of that name.
 *
 * @throws UserError where the file cannot be read as a table, or its labels do not make such classes
 */
export async function loadOwnData(own: OwnData): Promise<Dataset> {
  const { file } = own;
  const extension = path.extname(file).toLowerCase();
  if (!Object.hasOwn(READERS, extension)) throw new UserError(`${file}: expected a .csv, .npz or .mat file`);
  const bytes = await readBytes(file, () => 'a path in a config counts from the working directory');
  const table = await READERS[extension](bytes, own);

  const labels = table.labels.map(labelName);
  const normal = normalLabels(own, extension, labels);
  const classNames = [NORMAL, ...anomalyClasses(labels, normal, file)];
  const classOf = new Map(classNames.map((name, index) => [name, index]));
  for (const label of normal) classOf.set(label, 0);
  const classes = Uint8Array.from(labels, (label) => classOf.get(label) ?? 0);
  return {
    name: file,
    shape: [table.featureCount],
    classNames,
    training: {
      count: labels.length,
      values: shared(table.values),
      classes: shared(classes),
    },
    // Another label column or other normal labels make other data of the same file.
    checksum: digest('sha256', [bytes, classes]),
    defaults: DEFAULTS,
  };
}

function tableOfArrays([features, labels]: readonly NumericArray[], file: string, label: string): OwnTable {
  const { shape, values, labels: numbers } = labeledTable(features, labels, file, label);
  return { featureCount: shape[0], values, labels: Array.from(numbers, String) };
}

/** A label as a class name; equal numbers have one name, however they are written. */
function labelName(label: string): string {
  return isNumber(label) ? String(Number(label)) : label;
}

function isNumber(label: string): boolean {
  return !Number.isNaN(Number(label));
}

/** The labels that the user calls normal, all of which must occur. */
function normalLabels({ file, normal }: OwnData, extension: string, labels: readonly string[]): Set<string> {
  const present = sortedLabels(labels);
  if (normal === undefined && extension === '.csv') {
    throw new UserError(`${file}: say which labels are normal (key normal); found ${listed(present)}`);
  }
  const names = (normal ?? ['0']).map(labelName);
  const absent = names.find((name) => !present.includes(name));
  if (absent !== undefined) {
    throw new UserError(`${file}: no sample has the normal label ${absent}; found ${listed(present)}`);
  }
  return new Set(names);
}

function anomalyClasses(labels: readonly string[], normal: ReadonlySet<string>, file: string): string[] {
  const names = sortedLabels(labels).filter((label) => !normal.has(label));
  if (names.includes(NORMAL)) {
    throw new UserError(
      `${file}: label ${NORMAL} is not among the normal labels ${[...normal].join(', ')}; rename it`,
    );
  }
  if (names.length >= MOST_CLASSES) {
    throw new UserError(
      `${file}: ${names.length + 1} classes, but at most ${MOST_CLASSES} are possible; is the label column a feature?`,
    );
  }
  return names;
}

/** Each label once: numbers first, by value, then text. */
function sortedLabels(labels: readonly string[]): string[] {
  const [numbers, texts] = partition([...new Set(labels)], isNumber);
  return [...numbers.sort((a, b) => Number(a) - Number(b)), ...texts.sort()];
}

/** The first labels, for a message. */
function listed(labels: readonly string[]): string {
  return labels.slice(0, 10).join(', ') + (labels.length > 10 ? `, … (${labels.length} in all)` : '');
}
