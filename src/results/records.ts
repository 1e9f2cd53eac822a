import * as z from 'zod';
import { byName } from '../by-name.js';
import type { Run } from '../config/run.js';
import {
  IMAGE_SCALINGS,
  type Preparation,
  type SplitCounts,
  TABLE_SCALINGS,
  TEST_PARTS,
} from '../data/split.js';
import { appendJsonLines, type JsonLines, type LineKind, readJsonLines } from './json-lines.js';
import { failuresOf, type RunProvenance, type RunRecord } from './record.js';
import { recordFilesIn } from './record-files.js';
import type { SchemaOf } from './schema-of.js';

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
  tableScaling: z.enum(TABLE_SCALINGS).exclude(['min-max']).exactOptional(),
  imageScaling: z.enum(IMAGE_SCALINGS).exclude(['unit']).exactOptional(),
  testPart: z.enum(TEST_PARTS).exclude(['held-out']).exactOptional(),
} satisfies SchemaOf<Preparation>);

const counts = z.object({
  labeledNormal: count,
  labeledAnomalies: count,
  unlabeledNormal: count,
  unlabeledAnomalies: count,
  unlabeledUnknown: count.exactOptional(),
  testNormal: count,
  testAnomalies: count,
} satisfies SchemaOf<SplitCounts>);

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
  build: z.string().exactOptional(),
  notes: options.exactOptional(),
} satisfies SchemaOf<Run & RunProvenance>);

const auroc = fraction.nullable();
const series = z.object({
  windowLength: count.exactOptional(),
  stride: count.exactOptional(),
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
  return recordFilesIn(folder).files.map((file) => ({ file, content: readRecords(file) }));
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
