import { open, stat } from 'node:fs/promises';
import { sumBy } from 'es-toolkit/math/sumBy';
import { contentOfFile, difference, hasChecksum } from './checksum.js';
import {
  filesOf,
  knownContent,
  type LocatedDataset,
  type LocatedFile,
  locateDataset,
} from './data-folder.js';
import { type DatasetDescriptor, datasetNames, type KnownContent } from './descriptor.js';

/** A data set as `deepsad datasets list --json` shows it. */
export interface DatasetEntry
  extends Pick<
    DatasetDescriptor,
    'title' | 'source' | 'license' | 'groups' | 'samples' | 'shape' | 'anomalies' | 'classes' | 'package'
  > {
  readonly name: string;
  /** The package that the files come with, in words, where they are not those of the data folder. */
  readonly broughtBy?: string;
  /** Bytes to download, where they are known. */
  readonly download?: number;
  /** `incomplete` where files are missing or of another length. */
  readonly status: 'present' | 'incomplete' | 'missing';
  readonly files: readonly { readonly file: string; readonly status: FileStatus }[];
}

export type FileStatus = 'present' | 'of another length' | 'missing';

/** What checking a file showed. */
export interface FileVerdict {
  readonly file: string;
  /**
   * `good` as its source publishes it; `as pinned` as it was when first fetched; `unchecked` where no checksum is known.
   */
  readonly verdict: 'good' | 'as pinned' | 'unchecked' | 'damaged' | 'missing';
  /** How a damaged file differs, in words. */
  readonly difference?: string;
}

/**
 * All data sets and which of their files are in the data folder, by their lengths alone.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where that is no folder
 */
export async function listDatasets(dataDir?: string): Promise<DatasetEntry[]> {
  return Promise.all(datasetNames().map((name) => datasetEntry(locateDataset(name, dataDir))));
}

/** A data set and which of its files are in the data folder, by their lengths alone. */
export async function datasetEntry(located: LocatedDataset): Promise<DatasetEntry> {
  const { name, descriptor } = located;
  const { title, source, license, groups, samples, shape, anomalies, classes } = descriptor;
  const files = await Promise.all(
    filesOf(located).map(async (wanted) => ({ file: wanted.file, status: await fileStatus(wanted) })),
  );
  const present = files.filter(({ status }) => status === 'present').length;
  const missing = files.filter(({ status }) => status === 'missing').length;
  const download = downloadSize(located);
  return {
    name,
    title,
    source,
    ...(license !== undefined && { license }),
    groups,
    samples,
    shape,
    ...(anomalies !== undefined && { anomalies }),
    classes,
    ...(descriptor.package !== undefined && { package: descriptor.package }),
    ...(located.broughtBy !== undefined && { broughtBy: located.broughtBy }),
    ...(download !== undefined && { download }),
    status: present === files.length ? 'present' : missing === files.length ? 'missing' : 'incomplete',
    files,
  };
}

/**
 * Checks each file of a data set against what is known of its content.
 *
 * @throws UserError where a pinned checksum cannot be read
 */
export async function verifyDataset(located: LocatedDataset): Promise<FileVerdict[]> {
  const verdicts: FileVerdict[] = [];
  for (const wanted of filesOf(located)) verdicts.push({ file: wanted.file, ...(await verdictOn(wanted)) });
  return verdicts;
}

/**
 * Checks a file against what is known of its content.
 *
 * @throws UserError where a pinned checksum cannot be read
 */
export async function verdictOn(wanted: LocatedFile): Promise<Omit<FileVerdict, 'file'>> {
  if ((await fileStatus(wanted)) === 'missing') return { verdict: 'missing' };
  const known = await knownContent(wanted);
  const wrong = await difference(known, await contentOfFile(wanted.file));
  if (wrong !== undefined) return { verdict: 'damaged', difference: wrong };
  if (hasChecksum(wanted)) return { verdict: 'good' };
  return { verdict: hasChecksum(known) ? 'as pinned' : 'unchecked' };
}

async function fileStatus({ file, bytes, uncompressed }: LocatedFile): Promise<FileStatus> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return 'missing';
  if (bytes === undefined || found.size === bytes) return 'present';
  const compressedAnew = uncompressed && (await lengthHeld(file, found.size)) === uncompressed.bytes;
  return compressedAnew ? 'present' : 'of another length';
}

/** The length of what a gzip file says that it holds, in its last four bytes; undefined where it is shorter. */
async function lengthHeld(file: string, size: number): Promise<number | undefined> {
  if (size < 4) return undefined;
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, size - 4);
    return buffer.readUInt32LE();
  } finally {
    await handle.close();
  }
}

function downloadSize({ descriptor, training, test }: LocatedDataset): number | undefined {
  if (descriptor.package !== undefined) return undefined;
  const sources: readonly KnownContent[] = descriptor.archive ? [descriptor.archive] : [...training, ...test];
  const bytes = sumBy(sources, (source) => source.bytes ?? Number.NaN);
  return Number.isNaN(bytes) ? undefined : bytes;
}
