import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { partition } from 'es-toolkit/array/partition';
import { UserError } from '../errors.js';
import { nearPath } from '../files/near-path.js';
import { named, systemReason, whatIs } from '../files/read-file.js';

/** The file of records of whoever writes the folder of an experiment alone. */
export const RECORDS = 'runs.jsonl';

/** That, and those of others beside it: `runs.<name>.jsonl`. */
const NAME = /^runs(\..+)?\.jsonl$/;

/** Whether a file of this name, in the folder of an experiment, is one of records. */
export function isRecordFile(name: string): boolean {
  return NAME.test(name);
}

/**
 * The file beside one of records that says more of these: `traces.ndjson` beside `runs.jsonl`, or that of one process beside its own.
 *
 * @param stem what it is called instead of `runs`
 * @param ending with its dot
 */
export function besideRecords(recordFile: string, stem: string, ending: string): string {
  return join(dirname(recordFile), basename(recordFile).replace(NAME, `${stem}$1${ending}`));
}

/** Files of records, and what was passed over where they were looked for, in words. */
export interface FoundFiles {
  readonly files: readonly string[];
  readonly notices: readonly string[];
}

/**
 * The files of records at a path: the file itself, whatever its name, or those in the folder and in the folders in it, in the order of their
 * names. Files of several shards or machines are merged by putting them into one folder. Links and what is no file are passed over, and
 * folders that cannot be read, and said.
 *
 * @throws UserError where there is neither a file nor a folder, or the folder cannot be read
 */
export function recordFiles(path: string): FoundFiles {
  const kind = whatIs(path);
  if (kind === 'nothing') {
    const near = nearPath(path);
    const remedy = near === undefined ? '' : `; did you mean ${near}?`;
    throw new UserError(`cannot read ${path}: no such file or folder${remedy}`);
  }
  if (kind !== 'a folder') return { files: [path], notices: [] };
  return joined([recordFilesIn(path), recordFilesBeneath(path)]);
}

/**
 * The files of records in a folder itself, as `recordFiles` finds them. Others that end as they do lie in many folders; beside files of
 * records they may have been meant as such, and are said to be passed over.
 *
 * @throws UserError where it cannot be read
 */
export function recordFilesIn(folder: string): FoundFiles {
  return among(folder, entriesOf(folder));
}

/**
 * The files of records in the folders in a folder, as `recordFiles` finds them.
 *
 * @throws UserError where it cannot be read
 */
export function recordFilesBeneath(folder: string): FoundFiles {
  const found = entriesOf(folder).map((entry): FoundFiles => {
    const place = join(folder, entry.name);
    if (entry.isSymbolicLink() && isFolder(place)) return passOver(place, LINK);
    if (!entry.isDirectory()) return NONE;
    try {
      return among(place, readdirSync(place, { withFileTypes: true }));
    } catch (error) {
      return passOver(place, systemReason(error) ?? (error as Error).message);
    }
  });
  return joined(found);
}

function entriesOf(folder: string): Dirent[] {
  return named(folder, () => readdirSync(folder, { withFileTypes: true }));
}

function among(folder: string, entries: readonly Dirent[]): FoundFiles {
  const [own, others] = partition(entries, ({ name }) => isRecordFile(name));
  const found = own.map((entry): FoundFiles => {
    const place = join(folder, entry.name);
    if (entry.isFile()) return { files: [place], notices: [] };
    return passOver(place, entry.isSymbolicLink() ? LINK : 'it is no file');
  });
  const meant = own.length > 0 ? others.filter(({ name }) => name.endsWith('.jsonl')) : [];
  return joined([...found, ...meant.map(({ name }) => passOver(join(folder, name), MISNAMED))]);
}

const NONE: FoundFiles = { files: [], notices: [] };

function passOver(place: string, reason: string): FoundFiles {
  return { files: [], notices: [`${place} is passed over: ${reason}`] };
}

const LINK = 'it is a link; name what it leads to';
const MISNAMED = 'files of records are called runs.jsonl, or runs.NAME.jsonl';

/** All that was found, in the order of names. */
function joined(found: readonly FoundFiles[]): FoundFiles {
  return {
    files: found.flatMap(({ files }) => files).sort(),
    notices: found.flatMap(({ notices }) => notices).sort(),
  };
}

/** Whether a link leads to a folder; not where it leads nowhere. */
function isFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false;
  }
}
