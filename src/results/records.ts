import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { byName } from '../by-name.js';
import { UserError } from '../errors.js';
import { nearPath } from '../near-path.js';
import { named, systemReason, whatIs } from '../read-file.js';
import { appendJsonLines, type JsonLines, type LineKind, readJsonLines } from './json-lines.js';
import { failuresOf, type RunRecord } from './record.js';

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.number().nullable())]);
const options = z.record(z.string(), optionValue);
const fraction = z.number().min(0).max(1);
const count = z.int().min(0);

/**
 * What many records have alike, as one object for all that are equal: 100,000 records are of a few detectors, each then held once, and what
 * follows from its options is worked out once.
 */
function shared<T extends z.ZodType>(schema: T) {
  const known = new Map<string, z.output<T>>();
  return schema.transform((value) => {
    const text = JSON.stringify(value);
    const first = known.get(text) ?? value;
    known.set(text, first);
    return first;
  });
}

const preparation = z.object({
  tableScaling: z.enum(['standardize', 'robust']).exactOptional(),
  imageScaling: z.literal('contrast').exactOptional(),
  testPart: z.literal('redrawn').exactOptional(),
});

const counts = z.object({
  labeledNormal: count,
  labeledAnomalies: count,
  unlabeledNormal: count,
  unlabeledAnomalies: count,
  unlabeledUnknown: count.exactOptional(),
  testNormal: count,
  testAnomalies: count,
});

const common = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits'),
  dataset: z.string(),
  dataChecksum: z.string(),
  normalClass: z.union([z.string(), z.array(z.string()).min(2)]),
  knownAnomalyClasses: shared(z.array(z.string())),
  labeledAnomalyRatio: fraction,
  labeledNormalRatio: fraction,
  pollutionRatio: fraction,
  preparation: preparation.exactOptional(),
  detector: shared(z.object({ name: z.string(), options })),
  seed: z.int(),
  counts: shared(counts).exactOptional(),
  seconds: z.record(z.string(), z.number().min(0)),
  engine: z.string(),
  device: z.string(),
  version: z.string(),
  notes: options.exactOptional(),
});

const auroc = fraction.nullable();
const series = z.object({
  steps: auroc,
  machines: byName(z.object({ windows: auroc, steps: auroc })),
});

const recordSchema: z.ZodType<RunRecord> = z.discriminatedUnion('status', [
  common.extend({
    status: z.literal('done'),
    auroc: fraction,
    averagePrecision: fraction,
    series: series.exactOptional(),
  }),
  common.extend({
    status: z.literal('failed'),
    reason: z.string(),
    failures: z.int().min(1).exactOptional(),
  }),
]);

const RECORD: LineKind<RunRecord> = { name: 'run record', schema: recordSchema };

/**
 * The record that a line of JSON is.
 *
 * @throws z.ZodError where it is none
 */
export function readRecord(plain: unknown): RunRecord {
  return recordSchema.parse(plain);
}

/** What a runs.jsonl holds. */
export interface RecordFile extends Omit<JsonLines<RunRecord>, 'values'> {
  /** In the order of the lines: several of a run that was executed again. */
  readonly records: readonly RunRecord[];
}

/**
 * Reads the records of a runs.jsonl, as `readJsonLines` does.
 *
 * @throws UserError where a line but a torn last one is no run record, naming file, line and key
 */
export function readRecords(file: string): RecordFile {
  const { values, ...found } = readJsonLines(file, RECORD);
  return { records: values, ...found };
}

/** What one of the files of records in the folder of an experiment holds. */
export interface FolderFile {
  readonly file: string;
  readonly content: RecordFile;
}

/**
 * Reads all files of records in the folder of an experiment, in the order of their names: those of shards and machines lie side by side.
 *
 * @throws UserError where the folder cannot be read, or as `readRecords` does
 */
export function readFolderRecords(folder: string): FolderFile[] {
  const files = recordFiles(folder).files.filter((file) => file === join(folder, basename(file)));
  return files.map((file) => ({ file, content: readRecords(file) }));
}

/** Files of records, and what was passed over where they were looked for, in words. */
export interface FoundFiles {
  readonly files: readonly string[];
  readonly notices: readonly string[];
}

/**
 * The files of records at a path: the file itself, or every .jsonl in the folder and in the folders in it, in the order of their names.
 * Files of several shards or machines are merged by putting them into one folder. Links and what is no file are passed over, and
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
  const found: string[] = [];
  const notices: string[] = [];
  const passOver = (place: string, reason: string) => notices.push(`${place} is passed over: ${reason}`);
  const look = (folder: string, entries: readonly Dirent[], deeper: boolean) => {
    for (const entry of entries) {
      const place = join(folder, entry.name);
      const isNamedSo = entry.name.endsWith('.jsonl');
      if (isNamedSo && entry.isFile()) found.push(place);
      else if (isNamedSo) passOver(place, entry.isSymbolicLink() ? LINK : 'it is no file');
      else if (deeper && entry.isSymbolicLink() && isFolder(place)) passOver(place, LINK);
      else if (deeper && entry.isDirectory()) {
        try {
          look(place, readdirSync(place, { withFileTypes: true }), false);
        } catch (error) {
          passOver(place, systemReason(error) ?? (error as Error).message);
        }
      }
    }
  };
  look(
    path,
    named(path, () => readdirSync(path, { withFileTypes: true })),
    true,
  );
  return { files: found.sort(), notices: notices.sort() };
}

const LINK = 'it is a link; name what it leads to';

/** Whether a link leads to a folder; not where it leads nowhere. */
function isFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    return false;
  }
}

/**
 * One record a run, by id, in the order in which the runs first appear: a successful one before a failed one, of failed ones that of the
 * latest failure, else the last. So a result stays when a repeat of its run fails.
 */
export function latestRecords(records: Iterable<RunRecord>): Map<string, RunRecord> {
  const latest = new Map<string, RunRecord>();
  for (const record of records) keepLatest(latest, record);
  return latest;
}

/** Puts a record into such a map, where it has a place in it. */
export function keepLatest(latest: Map<string, RunRecord>, record: RunRecord): void {
  const held = latest.get(record.id);
  const isLater = held?.status !== 'done' && failuresOf(record) >= failuresOf(held);
  if (record.status === 'done' || isLater) latest.set(record.id, record);
}

/**
 * Appends records, each as one line, to a file that ends with a whole line. Resolves once they are on the disk.
 *
 * @returns how many bytes they are
 * @throws UserError where the file cannot be written
 */
export function appendRecords(file: string, records: readonly RunRecord[]): Promise<number> {
  return appendJsonLines(file, records, { flush: true });
}
