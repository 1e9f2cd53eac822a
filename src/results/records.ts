import { type Dirent, readdirSync, statSync, truncateSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { byName } from '../by-name.js';
import { UserError } from '../errors.js';
import { named, readBytesSync, systemReason, whatIs } from '../read-file.js';
import type { RunRecord } from './record.js';

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.number())]);
const options = z.record(z.string(), optionValue);
const fraction = z.number().min(0).max(1);
const count = z.int().min(0);

const common = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits'),
  dataset: z.string(),
  dataChecksum: z.string(),
  normalClass: z.string(),
  knownAnomalyClasses: z.array(z.string()),
  labeledAnomalyRatio: fraction,
  labeledNormalRatio: fraction,
  pollutionRatio: fraction,
  detector: z.object({ name: z.string(), options }),
  seed: z.int(),
  counts: z
    .object({
      labeledNormal: count,
      labeledAnomalies: count,
      unlabeledNormal: count,
      unlabeledAnomalies: count,
      unlabeledUnknown: count.exactOptional(),
      testNormal: count,
      testAnomalies: count,
    })
    .exactOptional(),
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
  common.extend({ status: z.literal('failed'), reason: z.string() }),
]);

/** What a runs.jsonl holds. */
export interface RecordFile {
  /** One record a run, in the order of their first lines: as `latestRecords` has it. */
  readonly records: readonly RunRecord[];
  /** The number of a last line that was cut off in writing and is left out. */
  readonly tornLine?: number;
  /** Bytes of the whole lines before it. */
  readonly intactBytes: number;
}

/**
 * Reads the records of a runs.jsonl; a file that does not exist holds none. A last line that has no end or is no JSON was cut
 * off in writing: it is left out and reported.
 *
 * @throws UserError where another line is no run record, naming file, line and key
 */
export function readRecords(file: string): RecordFile {
  const bytes = readIfPresent(file);
  const end = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
  let tornLine = end < bytes.length ? lines.length + 1 : undefined;
  let intactBytes = end;
  if (tornLine === undefined && lines.length > 0 && !isJson(lines[lines.length - 1])) {
    tornLine = lines.length;
    lines.pop();
    intactBytes = bytes.subarray(0, end - 1).lastIndexOf('\n') + 1;
  }
  const records = latestRecords(lines.map((line, index) => parseRecord(line, `${file}, line ${index + 1}`)));
  return { records: [...records.values()], intactBytes, ...(tornLine === undefined ? {} : { tornLine }) };
}

/**
 * Reads the records of a runs.jsonl as `readRecords` does and cuts a torn last line off the file, so that the next record
 * starts on a line of its own.
 */
export function recoverRecords(file: string): RecordFile {
  const found = readRecords(file);
  if (found.tornLine !== undefined) truncateSync(file, found.intactBytes);
  return found;
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
  if (kind === 'nothing') throw new UserError(`cannot read ${path}: no such file or folder`);
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

/** What to say of a last line that was cut off in writing, if there is one. */
export function tornNotice({ tornLine }: RecordFile, file: string): string[] {
  return tornLine === undefined ? [] : [`${file}, line ${tornLine} was cut off in writing and is left out`];
}

/**
 * One record a run, by id, in the order in which the runs first appear: a successful one before a failed one, else the last. So a
 * result stays when a repeat of its run fails.
 */
export function latestRecords(records: Iterable<RunRecord>): Map<string, RunRecord> {
  const latest = new Map<string, RunRecord>();
  for (const record of records) keepLatest(latest, record);
  return latest;
}

/** Puts a record into such a map, where it has a place in it. */
export function keepLatest(latest: Map<string, RunRecord>, record: RunRecord): void {
  if (record.status === 'done' || latest.get(record.id)?.status !== 'done') latest.set(record.id, record);
}

/**
 * Appends records, each as one line, to a file that ends with a whole line. Resolves once they are on the disk.
 *
 * @returns how many bytes they are
 * @throws UserError where the file cannot be written
 */
export async function appendRecords(file: string, records: readonly RunRecord[]): Promise<number> {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  try {
    await appendFile(file, lines, { flush: true });
    return Buffer.byteLength(lines);
  } catch (error) {
    throw new UserError(`cannot write ${file}: ${systemReason(error) ?? (error as Error).message}`);
  }
}

function readIfPresent(file: string): Buffer {
  return whatIs(file) === 'nothing'
    ? Buffer.alloc(0)
    : readBytesSync(file, { what: 'a file of run records' });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseRecord(line: string, place: string): RunRecord {
  const remedy = 'remove or mend that line';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UserError(`${place}: not JSON, where a run record was expected; ${remedy}`);
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  throw new UserError(`${place}: not a run record (${path.join('.') || 'the line'}: ${message}); ${remedy}`);
}
