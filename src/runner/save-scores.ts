import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import writeFileAtomic from 'write-file-atomic';
import { makeFolder } from '../folders.js';

/** The anomaly scores of a run. */
export interface TestScores {
  /** The anomaly score of each test sample. */
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
}

/** Writes scores.csv (index, anomaly, score: a line a test sample) into a folder. */
export async function saveScores(directory: string, { scores, anomalies }: TestScores): Promise<void> {
  makeFolder(directory, 'give another --out');
  const lines = Array.from(scores, (score, index) => [index, anomalies[index], score]);
  await writeFileAtomic(join(directory, 'scores.csv'), stringify([['index', 'anomaly', 'score'], ...lines]));
}
