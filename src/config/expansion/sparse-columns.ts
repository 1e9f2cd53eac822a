import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { range } from 'es-toolkit/math/range';
import type { Dataset } from '../../data/dataset.js';
import { fittedParts } from '../../data/prepare.js';
import { featureNamer } from '../../data/scaling.js';
import { membership } from '../../data/split.js';
import { counted, few } from '../../messages/counted.js';
import type { Problem } from '../../messages/problems.js';
import type { RunContent } from '../run.js';

/** Rows with a value from which on no split leaves all of them out of training: it would with a chance of (2/5)^100. */
const SURELY_ENOUGH = 100;

/** Seeds that a message lists. */
const LISTED = 5;

/** A feature, and the rows that have a value of it. */
interface SparseFeature {
  readonly feature: number;
  readonly rows: readonly number[];
}

/**
 * What to say of columns with values in so few rows that the training part of some run has none. It is said before any run, of all seeds
 * together: else a table would be of those seeds whose split went well.
 */
export function columnsWithoutValues(dataset: Dataset, contents: readonly RunContent[]): Problem[] {
  const { name, columns, training } = dataset;
  const sparse = sparseFeatures(dataset);
  if (sparse.length === 0) return [];
  const splits = uniqBy(contents, ({ normalClass, seed, preparation }) =>
    JSON.stringify([normalClass, seed, preparation?.testPart]),
  );
  const lacks = splits.flatMap((split) => {
    const parts = fittedParts(dataset, split).map((part) => membership(part, training.count));
    const without = sparse.filter(({ rows }) => parts.some((isIn) => !rows.some(isIn)));
    return without.map((sparseFeature) => ({ ...sparseFeature, seed: split.seed }));
  });
  const remedy = columns ? 'leave the column out (key drop)' : 'save X without it';
  return uniqBy(lacks, ({ feature }) => feature).map(({ feature, rows }) => {
    const seeds = uniq(lacks.filter((lack) => lack.feature === feature).map(({ seed }) => seed));
    return {
      path: ['dataset'],
      message:
        `on ${name}, ${featureNamer(columns)(feature)} has a value in ${rows.length} of ${counted(training.count, 'row')}, and the split of ` +
        `${seeds.length === 1 ? 'seed' : 'seeds'} ${few(seeds, LISTED, String)} leaves none of them for training; ${remedy}, or give a table to test on (key test)`,
    };
  });
}

function sparseFeatures({ scaled, shape, training: { count, values } }: Dataset): SparseFeature[] {
  if (scaled || shape.length !== 1) return [];
  const [features] = shape;
  // A column that lacks nothing is not sparse, however few the rows are.
  const enough = Math.min(SURELY_ENOUGH, count);
  return range(features).flatMap((feature) => {
    const rows: number[] = [];
    for (let row = 0; row < count && rows.length < enough; row++) {
      if (!Number.isNaN(values[row * features + feature])) rows.push(row);
    }
    return rows.length < enough ? [{ feature, rows }] : [];
  });
}
