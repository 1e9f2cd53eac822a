import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import * as z from 'zod';
import { counted } from '../counted.js';
import { UserError } from '../errors.js';
import { readText } from '../read-file.js';
import { writeFileAtomic } from '../write-file.js';
import type { Drift } from './comparison.js';

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
}

/** The file in the folder of an experiment that holds the latest repetitions of its runs. */
const FILE = 'verification.json';

const place = z.object({ machine: z.string().exactOptional(), device: z.string() });
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
  }),
);

/** Writes the repetitions of runs of an experiment into its folder, in the place of earlier ones. */
export async function writeVerification(folder: string, repetitions: readonly Repetition[]): Promise<void> {
  await writeFileAtomic(join(folder, FILE), `${JSON.stringify(repetitions, null, 2)}\n`);
}

/**
 * The latest repetitions of runs of an experiment; none where no run was repeated.
 *
 * @param folder that of the experiment
 * @throws UserError where the file is damaged
 */
export function readVerification(folder: string): readonly Repetition[] {
  const file = join(folder, FILE);
  if (!existsSync(file)) return [];
  try {
    return schema.parse(JSON.parse(readText(file, { what: 'a verification' })));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: not a verification as deepsad writes it; remove it, and verify again`);
  }
}

/** Repetitions in words: one line where all came to the same bits, else a line too for each difference. */
export function verificationLines(repetitions: readonly Repetition[]): string[] {
  if (repetitions.length === 0) return [];
  const differing = repetitions.filter(({ drifts }) => drifts.length > 0);
  const where = uniq(
    repetitions.map(({ first, second }) => `${placeName(first)}, then ${placeName(second)}`),
  );
  const summary =
    differing.length === 0
      ? `Verified: ${counted(repetitions.length, 'run')} executed twice (${where.join('; ')}), the same bit for bit.`
      : `Not verified: ${differing.length} of ${counted(repetitions.length, 'run')} executed twice differ.`;
  return [
    summary,
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
