import { mean, sum } from 'simple-statistics';
import type { Run } from '../config/run.js';
import { grouped } from '../grouped.js';
import type { PublishedAuroc } from './published.js';
import type { DoneRecord } from './record.js';

/** How the cells of a table differ from the paper's on average, as fractions. */
export interface MeanDifference {
  /** How many cells the paper has a target for. */
  readonly cells: number;
  /** The mean of ours minus the paper's. */
  readonly difference: number;
  /** Of it. */
  readonly standardError: number;
}

/** A cell's runs and what the paper states of it. */
export interface ComparedCell {
  readonly runs: readonly DoneRecord[];
  readonly published: PublishedAuroc;
}

/** The standard error of a published mean, from the population standard deviation, its runs taken as independent. */
export function standardErrorOf({ std, runs }: PublishedAuroc): number {
  return std / Math.sqrt(runs - 1);
}

/**
 * How much higher these cells are than the paper's on average. Cells are no independent measurements: most are of the same classes
 * (or of the same seeds, where there is one pair of them), and what is easy for one method is so for all. So the standard error of ours is over
 * classes (clusters: Liang and Zeger 1986, with n / (n − 1)), and that of the paper's takes all cells of a data set to err alike, which is
 * the most that they can.
 *
 * @returns undefined where there are no such cells, or too few runs for a standard error
 */
export function meanDifference(cells: readonly ComparedCell[]): MeanDifference | undefined {
  const runsOf = grouped(
    cells.flatMap(({ runs }) => runs),
    ({ dataset }) => dataset,
  );
  const clusters = new Map(
    [...runsOf].map(([dataset, runs]) => {
      const severalPairs = new Set(runs.map(classesOf)).size > 1;
      return [dataset, severalPairs ? variedClass(runs) : ({ seed }: Run) => String(seed)];
    }),
  );
  /** What each cluster adds to the mean over all cells beyond its share of each cell's own mean, by data set. */
  const deviations = new Map<string, Map<string, number>>();
  const published = new Map<string, number>();
  for (const { runs, published: stated } of cells) {
    const { dataset } = runs[0];
    const center = mean(runs.map(({ auroc }) => auroc));
    const clusterOf = clusters.get(dataset) ?? classesOf;
    const own = deviations.get(dataset) ?? new Map<string, number>();
    deviations.set(dataset, own);
    for (const run of runs) {
      const cluster = clusterOf(run);
      const share = (run.auroc - center) / runs.length / cells.length;
      own.set(cluster, (own.get(cluster) ?? 0) + share);
    }
    published.set(dataset, (published.get(dataset) ?? 0) + standardErrorOf(stated) / cells.length);
  }
  const ofOurs = [...deviations.values()].map((own) => {
    const squares = [...own.values()].map((deviation) => deviation ** 2).sort((a, b) => a - b);
    return (sum(squares) * squares.length) / (squares.length - 1);
  });
  const ofTheirs = [...published.values()].map((error) => error ** 2);
  const standardError = Math.sqrt(sum([...ofOurs, ...ofTheirs]));
  if (cells.length === 0 || !Number.isFinite(standardError)) return undefined;
  const differences = cells.map(
    ({ runs, published: stated }) => mean(runs.map(({ auroc }) => auroc)) - stated.mean,
  );
  return { cells: cells.length, difference: mean(differences), standardError };
}

/** Names the normal and the known classes of a run. */
export function classesOf({ normalClass, knownAnomalyClasses }: Run): string {
  return JSON.stringify([normalClass, knownAnomalyClasses]);
}

/**
 * Names the class that a run of some of one data set differs from others by: the normal one where it varies, else the known ones. What has a
 * normal class in common is no several measurements, whatever classes are known: for a detector that learns from no labels it is one, and
 * for the others most of what makes them easy or hard.
 */
export function variedClass(runs: readonly Run[]): (run: Run) => string {
  const normalOf = ({ normalClass }: Run) => JSON.stringify(normalClass);
  return new Set(runs.map(normalOf)).size > 1 ? normalOf : classesOf;
}
