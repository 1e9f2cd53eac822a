import { uniq } from 'es-toolkit/array/uniq';
import { UserError } from '../errors.js';
import { readBytes } from '../read-file.js';
import { digest } from './checksum.js';
import type { LoadedFile } from './data-folder.js';
import type { Dataset, Samples } from './dataset.js';
import { classify } from './own-classes.js';
import { TABLE_DEFAULTS } from './own-defaults.js';
import { headerOf, kindOf, type OwnData, readOwnTables } from './own-tables.js';

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
  const truth = await truthOf(own, files[0]);
  const tables = await readOwnTables(
    files.map((file, index) => ({ ...file, labels: labelsNeeded(own, truth, index === 0) })),
    own,
  );
  const { classNames, classes, semiTargets, notices } = classify(tables, own, truth);
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
    notices: [...notices, ...tables.flatMap((table) => table.notices)],
    defaults: TABLE_DEFAULTS,
  };
}

async function load(file: string): Promise<LoadedFile> {
  kindOf(file);
  return {
    file,
    bytes: await readBytes(file, {
      what: 'a table',
      ifMissing: 'a path in a config counts from the working directory',
    }),
  };
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
