import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import type { Dataset, NamedBounds } from '../data/dataset.js';
import type { ScaledRange } from '../data/scaling.js';
import { DETECTOR_FILE } from '../detectors/warm-start.js';
import { makeFolder } from '../files/folders.js';
import { writeFileAtomic } from '../files/write-file.js';
import { type ModelDetails, type SavedModel, writeModel } from '../models/model-folder.js';

/** The anomaly scores of a run, and what they are of. */
export interface TestScores {
  /** The anomaly score of each test sample. */
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
  /** The index of each test sample in the data set. */
  readonly origin: Uint32Array;
  /** The row in the user's table of each sample in the data set, where they are of one. */
  readonly rows?: Float64Array | undefined;
}

/** Writes scores.csv (row or index, anomaly, score: a line a test sample) into a folder. */
export async function saveScores(
  directory: string,
  { scores, anomalies, origin, rows }: TestScores,
): Promise<void> {
  makeFolder(directory);
  const header = [rows ? 'row' : 'index', 'anomaly', 'score'];
  const lines = Array.from(scores, (score, place) => {
    const index = origin[place];
    return [rows ? rows[index] : index, anomalies[place], score];
  });
  await writeFileAtomic(join(directory, 'scores.csv'), stringify([header, ...lines]));
}

/** How the samples of a run were made. */
export interface SampleOrigin {
  readonly range: ScaledRange;
  readonly dataset: Pick<Dataset, 'columns' | 'scaled'>;
}

/** Writes a fitted detector, how its samples were made, and the scores that it gave into a folder. */
export async function saveRun(
  directory: string,
  model: Omit<SavedModel, 'details'>,
  origin: SampleOrigin,
  scores: TestScores,
): Promise<void> {
  await saveScores(directory, scores);
  // A model of an earlier execution ends with its detector.json, before the first of its other files is replaced.
  await rm(join(directory, DETECTOR_FILE), { force: true });
  await writeModel(directory, { ...model, details: detailsOf(origin) });
}

/** What was scaled before the run, as windows are, its scaler leaves as it is. */
function detailsOf({ range, dataset: { columns, scaled } }: SampleOrigin): ModelDetails {
  if (scaled) return scaled === true ? {} : { machines: byMachine(scaled) };
  const { low, high, mean, contrast } = range;
  const scaling = {
    low: [...low],
    high: [...high],
    ...(mean && { mean: [...mean] }),
    ...(contrast && { contrast }),
    ...(columns && { columns }),
  };
  return { scaling };
}

function byMachine(scaled: readonly NamedBounds[]): NonNullable<ModelDetails['machines']> {
  return Object.fromEntries(scaled.map(({ name, ...bounds }) => [name, bounds]));
}
