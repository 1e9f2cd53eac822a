import type * as z from 'zod';
import { UserError } from '../../errors.js';
import { firstIssue } from '../../messages/issue.js';
import {
  type DatasetDefaults,
  type ImageNetwork,
  type SampleShape,
  sampleSize,
  type TrainingSet,
} from '../dataset.js';
import { type LabelCounts, LabelTally } from '../label-meanings.js';
import type { Windowing } from '../series/windows.js';
import type { ColumnOptions } from '../table/columns.js';
import type { GivenSpelling, LabelSpelling } from './labels.js';

/**
 * How a user's data of one kind become the samples of a detector: fitted on the training data (columns, ranges, window
 * length …), saved with the model, and applied to whatever is scored later.
 */
export interface Input {
  readonly kind: InputKind;
  /** The shape of every sample. */
  readonly shape: SampleShape;
  /** The network that samples of this kind get. */
  readonly defaults: DatasetDefaults;
  /** What `origins` hold, as the header of a column of scores: `row` of a table, `image`, `window`. */
  readonly origin: string;
  /** What messages call the place of the labels of the data at a path, such as a column, after the name of the data. */
  labelPlace(path: string): string;
  /** The column that each value of a sample comes from, where the data are a table. */
  readonly columns?: readonly string[];
  /**
   * The input with its labels read as the user says now rather than as in the data of the fit; absent where they have no texts.
   *
   * @param column another column of labels, of a table that is read from now on
   * @param respell gives the spelling of the labels, from that of the fit
   * @throws UserError where a column is missing, or is a feature
   */
  relabel?(column: string | undefined, respell: (fitted: LabelSpelling) => LabelSpelling): Input;
  /** Reads data as samples, in the order of the source and in bounded memory, whatever its size. */
  read(path: string, options: ReadOptions): AsyncIterable<SampleBatch>;
  /**
   * Fingerprints of data at a path, by which it is told whether a model was fitted on them; absent where those of the samples do, which
   * those of windows do not: others may start between.
   */
  fingerprints?(path: string): Promise<number[]>;
  /** All that `restoreInput` needs to make this input again, as JSON. */
  readonly description: InputDescription;
}

export type InputKind = 'table' | 'images' | 'series';

/** What an `Input` saves with a model. Whoever restores it checks all but the types of kind and reading. */
export interface InputDescription {
  readonly kind: InputKind;
  /** See `READINGS`; absent where a version wrote it that had none. */
  readonly reading?: number | undefined;
  readonly [detail: string]: unknown;
}

/** Samples that follow each other in their source, ready for a detector. */
export interface SampleBatch {
  /** count × sampleSize scaled values, one sample after the other. */
  readonly samples: Float32Array;
  /** Where each sample comes from, in the words of `Input.origin`: a row number, a path, a machine and a time step. */
  readonly origins: readonly string[];
  /** +1 normal, −1 anomaly, 0 unlabeled: one a sample; present where labels were asked for. */
  readonly semiTargets?: Int8Array;
  /** The label of each sample as the data spell it; present beside semi-targets where they have texts for them. */
  readonly labels?: readonly string[];
  /** Where the samples lie, where they are windows of one machine's time series. */
  readonly windows?: WindowPlaces;
}

/** Windows of one machine, in the order of their time steps. */
export interface WindowPlaces {
  readonly machine: string;
  /** The first time step of each, counted from 0. */
  readonly starts: readonly number[];
  /** How many time steps each has. */
  readonly length: number;
  /** 1 for an anomalous time step of the machine, 0 for a normal one; present where labels were asked for and are there. */
  readonly anomalies?: Uint8Array | undefined;
}

export interface ReadOptions {
  /** Whether the labels are read, so that data without them are refused, or passed over wherever they may be. */
  readonly labels: 'required' | 'ignored';
  /** Receives, once a reading, what was done to the data that the user should know: values filled in, say. */
  warn(message: string): void;
}

/** What the user says of the training data: of columns where these are a table, of windows where they are time series. */
export interface InputOptions extends ColumnOptions {
  /** The column of the labels, where the data are a table; without one every row is unlabeled. */
  readonly labelColumn?: string | undefined;
  /** What labels mean, where that is not what the kind of data has by default. */
  readonly spelling?: GivenSpelling | undefined;
  /** The network whose input images become; mnist by default. */
  readonly network?: ImageNetwork | undefined;
  /** How time series become windows. */
  readonly windowLength?: Windowing['windowLength'] | undefined;
  readonly stride?: Windowing['stride'] | undefined;
  /** As for reading. */
  warn(message: string): void;
}

/**
 * The numbers of how data of each kind become samples, which descriptions have as their `reading`. One is raised whenever the same data come
 * to other samples, be it by decoding, encoding or scaling, or to other fingerprints, so that a model that was fitted on the former ones is refused.
 */
export const READINGS = { table: 1, images: 1, series: 1 } as const satisfies Record<InputKind, number>;

/**
 * The description of an input as its kind wants it.
 *
 * @param file what errors call the description's file
 * @param what what errors call data of this kind
 * @throws UserError where it is of another reading, or not of the schema
 */
export function parseDescription<T>(
  schema: z.ZodType<T>,
  saved: InputDescription,
  file: string,
  what: string,
): T {
  const { kind, reading } = saved;
  if (reading !== READINGS[kind]) {
    throw new UserError(
      `${file}: ${what} may have become other samples when the model was fitted (reading ${reading ?? 'none'}, now ${READINGS[kind]}); fit the model again`,
    );
  }
  const parsed = schema.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${file}: not a description of ${what}: ${firstIssue(parsed.error, 'input')}; fit the model again`,
  );
}

/**
 * Refuses standard input, which gives nothing but tables.
 *
 * @param what what the model takes, in the plural
 */
export function checkNoStandardInput(path: string, what: string): void {
  if (path !== '-') return;
  throw new UserError(
    `standard input: the model takes ${what}, which cannot be read from there; give a file or folder`,
  );
}

/** What a detector trains on, and how often each label is there. */
export interface CountedTrainingSet extends TrainingSet {
  readonly labels: LabelCounts;
}

/**
 * Reads data whole, as what a detector trains on; without labels every sample is unlabeled.
 *
 * @throws UserError as `Input.read` does
 */
export async function readTrainingSet(
  input: Input,
  path: string,
  options: ReadOptions,
): Promise<CountedTrainingSet> {
  const tally = new LabelTally();
  const batches: SampleBatch[] = [];
  let count = 0;
  for await (const batch of input.read(path, options)) {
    batches.push(batch);
    count += batch.origins.length;
  }
  const size = sampleSize(input.shape);
  const samples = new Float32Array(count * size);
  const semiTargets = new Int8Array(count);
  let first = 0;
  for (const batch of batches) {
    samples.set(batch.samples, first * size);
    if (batch.semiTargets) semiTargets.set(batch.semiTargets, first);
    tally.add(semiTargets.subarray(first, first + batch.origins.length), batch.labels);
    first += batch.origins.length;
  }
  return { shape: input.shape, count, samples, semiTargets, labels: tally.counts };
}
