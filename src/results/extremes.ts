import * as z from 'zod';

/** Samples of a run's test set by their indices in the data set: in `Dataset.test`, or where there is none, in `Dataset.training`. */
export interface Ends {
  /** The most normal ones, the lowest score first. */
  readonly lowest: readonly number[];
  /** The most anomalous ones, the highest score first. */
  readonly highest: readonly number[];
}

/** The test samples that a run found most normal and most anomalous, of all and of the normal class. */
export interface Extremes {
  readonly all: Ends;
  readonly normal: Ends;
}

/** How many samples of each kind are kept: as many as the authors' code shows. */
const KEPT = 32;

/**
 * The samples with the lowest and the highest scores.
 *
 * @param scores one a test sample
 * @param anomalies 1 for an anomaly, 0 for a normal sample
 * @param origin the index of each in the data set
 */
export function extremesOf(scores: Float64Array, anomalies: Uint8Array, origin: Uint32Array): Extremes {
  const ascending = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b] || a - b);
  const ends = (places: Uint32Array): Ends => ({
    lowest: Array.from(places.subarray(0, KEPT), (place) => origin[place]),
    highest: Array.from(places.slice(-KEPT).reverse(), (place) => origin[place]),
  });
  return { all: ends(ascending), normal: ends(ascending.filter((place) => anomalies[place] === 0)) };
}

const indices = z.array(z.int().min(0)).max(KEPT);
const ends = z.object({ lowest: indices, highest: indices });

export const extremesSchema: z.ZodType<Extremes> = z.object({ all: ends, normal: ends });
