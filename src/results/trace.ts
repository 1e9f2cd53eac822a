import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { type Extremes, extremesSchema } from './extremes.js';
import { appendJsonLines, type JsonLines, type LineKind, readJsonLines } from './json-lines.js';
import { type Probe, probeSchema } from './probe.js';
import { besideRecords } from './record-files.js';
import type { SchemaOf } from './schema-of.js';

/** Numbers in base64, as their bytes lie in memory: a fifth of what they are as text. */
const floats = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').length % 4 === 0, { error: 'expected whole 32-bit numbers' })
  .transform((text) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer));

const lossesSchema = z.object({ pretraining: floats.exactOptional(), training: floats.exactOptional() });

/** A training whose loss is kept: that of the autoencoder, or the detector's own. */
export const TRACED_PHASES = lossesSchema.keyof().options;
export type TracedPhase = (typeof TRACED_PHASES)[number];

/** What happened inside a run, which its record does not say: a line of traces.ndjson. */
export interface Trace {
  /**
   * For each training, the loss of its first batch before any step, then the mean loss of each epoch's batches, of the first epoch's without
   * that one where it has others.
   */
  readonly losses: Readonly<Partial<Record<TracedPhase, Float32Array>>>;
  /** What was seen of the encoder while it was trained, where it was asked for; none of a detector that trains none. */
  readonly probes?: readonly Probe[];
  /** The images of the test set that it found most normal and most anomalous, where its samples are images. */
  readonly extremes?: Extremes;
  /** The name of the machine that executed it. */
  readonly machine?: string;
}

/** A trace with the id of its run. */
export interface RunTrace extends Trace {
  readonly run: string;
}

const TRACE: LineKind<RunTrace> = {
  name: 'trace',
  schema: z.object({
    run: z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits'),
    losses: lossesSchema,
    probes: z.array(probeSchema).exactOptional(),
    extremes: extremesSchema.exactOptional(),
    machine: z.string().exactOptional(),
  } satisfies SchemaOf<RunTrace>),
};

/** The file of traces beside a file of records: traces.ndjson beside runs.jsonl, or those of one process beside its own. */
export function traceFile(recordFile: string): string {
  return besideRecords(recordFile, 'traces', '.ndjson');
}

/** The files of traces in a folder, in the order of their names. */
export function traceFiles(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^traces.*\.ndjson$/.test(entry.name))
    .map(({ name }) => join(folder, name));
  return names.sort();
}

/**
 * Reads a file of traces.
 *
 * @throws UserError where a line but a torn last one is no trace, naming file, line and key
 */
export function readTraces(file: string): JsonLines<RunTrace> {
  return readJsonLines(file, TRACE);
}

/** One trace a run, by its id: of several, what the last one has that has it, since a repeated run has the same inside. */
export function latestTraces(traces: Iterable<RunTrace>): Map<string, RunTrace> {
  const latest = new Map<string, RunTrace>();
  for (const trace of traces) latest.set(trace.run, { ...latest.get(trace.run), ...trace });
  return latest;
}

/**
 * All traces in the folders of some experiments, which need not be there yet.
 *
 * @throws UserError where traces are damaged
 */
export function tracesIn(folders: readonly string[]): RunTrace[] {
  const files = folders.filter(existsSync).flatMap(traceFiles);
  return files.flatMap((file) => readTraces(file).values);
}

/**
 * The ids of the runs whose encoder was probed, in the folders of some experiments.
 *
 * @throws UserError where traces are damaged
 */
export function probedRuns(folders: readonly string[]): ReadonlySet<string> {
  return new Set(tracesIn(folders).flatMap(({ run, probes }) => (probes ? [run] : [])));
}

/** A trace as plain JSON, which `readTrace` reads again to the same bits. */
export function plainTrace(trace: RunTrace): object {
  const losses = Object.entries(trace.losses).map(([phase, { buffer, byteOffset, byteLength }]) => [
    phase,
    Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  ]);
  return { ...trace, losses: Object.fromEntries(losses) };
}

/**
 * The trace that `plainTrace` has made plain.
 *
 * @throws z.ZodError where it is none
 */
export function readTrace(plain: unknown): RunTrace {
  return TRACE.schema.parse(plain);
}

/**
 * Appends traces, a line each, to a file that ends with a whole line; without any, none is made. They may not outlast a power cut.
 *
 * @throws UserError where the file cannot be written
 */
export async function appendTraces(file: string, traces: readonly RunTrace[]): Promise<void> {
  await appendJsonLines(file, traces.map(plainTrace), { flush: false });
}
