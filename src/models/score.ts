import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf } from '../data/formats/csv.js';
import type { Input, ReadOptions } from '../data/input/input.js';
import { checkUnspelled, type GivenSpelling, spellingOf } from '../data/input/labels.js';
import type { Detector } from '../detectors/detector.js';
import { DETECTOR_FILE } from '../detectors/warm-start.js';
import type { Engine } from '../engine/engine.js';
import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import { readModel, type SavedModel, type Threshold } from './model-folder.js';
import { recoverPlace } from './place.js';

/** A model that scores a user's data. */
export interface Scorer {
  readonly model: SavedModel;
  readonly input: Input;
  readonly threshold: Threshold;
}

/** Scores of samples that follow each other. */
export interface ScoredBatch {
  /** Where each sample comes from, in the words of `Input.origin`. */
  readonly origins: readonly string[];
  readonly scores: Float64Array;
  /** +1 normal, −1 anomaly, 0 unlabeled: one a sample; present where labels were asked for. */
  readonly semiTargets?: Int8Array | undefined;
  /** The label of each sample as the data spell it; present beside semi-targets where they have texts for them. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * Reads a model that was fitted on a user's data, and puts it back first where a command that was replacing it was killed.
 *
 * @throws UserError as readModel does, or where the model is that of a run, which knows no data but its own
 */
export async function loadScorer(directory: string, engine: Engine): Promise<Scorer> {
  if (!existsSync(directory)) await recoverPlace(directory);
  const model = await readModel(directory, engine);
  const {
    input,
    details: { threshold },
  } = model;
  if (!input || !threshold) {
    throw new UserError(
      `${join(directory, DETECTOR_FILE)}: the model of a run of an experiment, which scores its own data set alone; fit one on your data`,
    );
  }
  return { model, input, threshold };
}

/**
 * The scorer, with labels read as the user says now rather than as in the data of the fit.
 *
 * @param column another column of labels, where the data are a table
 * @param given the spellings of the labels that are not those of the fit
 * @throws UserError where the data have no such labels
 */
export function relabel(scorer: Scorer, column: string | undefined, given: GivenSpelling): Scorer {
  const { input } = scorer;
  if (column !== undefined && input.kind !== 'table') {
    throw new UserError(
      `${optionName('labelColumn')} names a column of a table; the folders of images and series say what is labeled`,
    );
  }
  if (input.relabel)
    return { ...scorer, input: input.relabel(column, (fitted) => spellingOf(given, fitted)) };
  checkUnspelled(given);
  return scorer;
}

/**
 * Scores data of any size in bounded memory.
 *
 * @throws UserError as Input.read does, or where a sample is so far out that its score is not finite
 */
export async function* scoreData(
  detector: Detector,
  input: Input,
  path: string,
  options: ReadOptions,
): AsyncGenerator<ScoredBatch> {
  for await (const { samples, origins, semiTargets, labels } of input.read(path, options)) {
    const scores = await detector.score(samples);
    checkScores(scores, origins, `${nameOf(path)}, ${input.origin}`, (sample) =>
      farthest(input, samples, sample),
    );
    yield { origins, scores, semiTargets, labels };
  }
}

/**
 * Refuses scores that are not finite, of which none says which is the greater.
 *
 * @param origins where each comes from
 * @param what what messages call the origins
 * @param where says of the sample of such a score which of its values are farthest off, where that has a name
 */
export function checkScores(
  scores: Float64Array,
  origins: readonly string[],
  what: string,
  where: (sample: number) => string = () => '',
): void {
  const broken = scores.findIndex((score) => !Number.isFinite(score));
  if (broken < 0) return;
  throw new UserError(
    `${what} ${origins[broken]}: the anomaly score is ${scores[broken]}; its values are too far from those of the training data${where(broken)}; ` +
      'correct them or leave the sample out',
  );
}

/** Which column a sample is farthest off in, as scaled. */
function farthest({ columns }: Input, samples: Float32Array, sample: number): string {
  if (!columns) return '';
  const own = Array.from(samples.subarray(sample * columns.length, (sample + 1) * columns.length), Math.abs);
  return `, most of all in column ${columns[own.indexOf(Math.max(...own))]}`;
}
