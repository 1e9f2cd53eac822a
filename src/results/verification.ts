import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import * as z from 'zod';
import { UserError } from '../errors.js';
import { readText } from '../files/read-file.js';
import { writeFileAtomic } from '../files/write-file.js';
import { counted } from '../messages/counted.js';
import type { Drift } from './drifts.js';
import { besideRecords } from './record-files.js';
import type { SchemaOf } from './schema-of.js';

/** Where a run was computed. */
export interface Place {
  /** The name of the machine, where it was kept. */
  readonly machine?: string;
  /** The instruction set. */
  readonly device: string;
}

/** A run that was executed a second time, to compare. */
export interface Repetition {
  /** Its id. */
  readonly run: string;
  /** Its detector, and what else tells it from others. */
  readonly label: string;
  readonly first: Place;
  readonly second: Place;
  /** What is not the same; empty where all bits are. */
  readonly drifts: readonly Drift[];
  /** Where the losses of the first time were not kept, and so are not compared. */
  readonly withoutLosses?: true;
  /** 1, and one more than the latest repetition of this run that was known. */
  readonly round: number;
}

const place = z.object({
  machine: z.string().exactOptional(),
  device: z.string(),
} satisfies SchemaOf<Place>);
const value = z.union([z.string(), z.number()]);
const schema: z.ZodType<Repetition[]> = z.array(
  z.object({
    run: z.string(),
    label: z.string(),
    first: place,
    second: place,
    drifts: z.array(
      z.object({
        quantity: z.string(),
        expected: value,
        found: value,
      }),
    ),
    withoutLosses: z.literal(true).exactOptional(),
    round: z.int().positive().default(1),
  }),
);

/**
 * Writes repetitions of runs beside the records in a file, with those of other runs that were written there before: into verification.json
 * beside runs.jsonl, or into a file of one process beside its own.
 */
export async function addVerification(recordFile: string, repetitions: readonly Repetition[]): Promise<void> {
  if (repetitions.length === 0) return;
  const file = besideRecords(recordFile, 'verification', '.json');
  const all = latestRepetitions([...(existsSync(file) ? readRepetitions(file) : []), ...repetitions]);
  await writeRepetitions(file, all);
}

function writeRepetitions(file: string, repetitions: readonly Repetition[]): Promise<void> {
  return writeFileAtomic(file, `${JSON.stringify(repetitions, null, 2)}\n`);
}

/**
 * Removes the repetitions of some runs, as where these have other records now.
 *
 * @param folder that of the experiment
 * @param runs their ids
 * @throws UserError where a file is damaged or cannot be written
 */
export async function forgetRepetitions(folder: string, runs: ReadonlySet<string>): Promise<void> {
  for (const file of verificationFiles(folder)) {
    const others = readRepetitions(file).filter(({ run }) => !runs.has(run));
    if (others.length > 0) await writeRepetitions(file, others);
    else await rm(file, { force: true });
  }
}

function verificationFiles(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const own = names.filter((name) => /^verification(\..+)?\.json$/.test(name));
  return own.sort().map((name) => join(folder, name));
}

/**
 * The latest repetitions of runs of an experiment; none where no run was repeated.
 *
 * @param folder that of the experiment
 * @throws UserError where a file is damaged
 */
export function readVerification(folder: string): readonly Repetition[] {
  return latestRepetitions(verificationFiles(folder).flatMap(readRepetitions));
}

/** The latest repetition of each run: of those that know nothing of each other, as of several machines, one that differs. */
export function latestRepetitions(repetitions: readonly Repetition[]): readonly Repetition[] {
  const ordered = sortBy(repetitions, ['round', ({ drifts }) => drifts.length > 0]);
  return [...new Map(ordered.map((each) => [each.run, each])).values()];
}

function readRepetitions(file: string): Repetition[] {
  try {
    return schema.parse(JSON.parse(readText(file, { what: 'a verification' })));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: not a verification as deepsad writes it; remove it, and verify again`);
  }
}

/** Repetitions in words: what came of them, and a line where losses were not compared and for each difference. */
export function verificationLines(repetitions: readonly Repetition[]): string[] {
  if (repetitions.length === 0) return [];
  const differing = repetitions.filter(({ drifts }) => drifts.length > 0);
  const where = uniq(
    repetitions.map(({ first, second }) => `${placeName(first)}, then ${placeName(second)}`),
  );
  const withoutLosses = repetitions.filter((each) => each.withoutLosses).length;
  const summary =
    differing.length === 0
      ? `Verified: ${counted(repetitions.length, 'run')} executed twice (${where.join('; ')}), the same bit for bit.`
      : `Not verified: ${differing.length} of ${counted(repetitions.length, 'run')} executed twice differ.`;
  return [
    summary,
    ...(withoutLosses === 0
      ? []
      : [
          `The losses of ${withoutLosses} of ${counted(repetitions.length, 'run')} were not compared: they were not kept the first time.`,
        ]),
    ...differing.flatMap(({ run, label, first, second, drifts }) =>
      drifts.map(
        ({ quantity, expected, found }) =>
          `${label} (${run}): ${quantity} ${expected} on ${placeName(first)}, ${found} on ${placeName(second)}`,
      ),
    ),
  ];
}

function placeName({ machine, device }: Place): string {
  return machine === undefined ? device : `${machine} with ${device}`;
}
