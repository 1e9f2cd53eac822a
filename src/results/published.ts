import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { once } from 'es-toolkit/function/once';
import * as z from 'zod';
import type { Run } from '../config/run.js';
import { PACKAGE_ROOT } from '../package.js';

const publishedAurocSchema = z.strictObject({
  mean: z.number().min(0).max(1),
  std: z.number().min(0).max(1),
  unconfirmed: z.literal(true).exactOptional(),
});

const schema = z.strictObject({
  protocol: z.record(z.string(), z.union([z.string(), z.number()])),
  results: z.array(
    z.strictObject({
      dataset: z.string(),
      labeledAnomalyRatio: z.number().min(0).max(1),
      runs: z.int().min(2),
      normalClasses: z.int().min(1).default(1),
      auroc: z.record(z.string(), publishedAurocSchema),
    }),
  ),
});

/** An AUROC that the paper states, as fractions. */
export interface PublishedAuroc {
  readonly mean: number;
  readonly std: number;
  readonly runs: number;
  /** It was not checked against a second source. */
  readonly unconfirmed: boolean;
}

/**
 * The AUROC published in the paper (arXiv 1906.02694), from assets/published.json: all of it without pollution or labeled normal
 * samples, with one known anomaly class; experiment 1 over 10 normal classes × 9 known anomaly classes, experiment 5 over 10 seeds.
 * `protocol` has the options that a run must have to be compared, where it has them at all.
 */
export const publishedResults = once(() =>
  schema.parse(JSON.parse(readFileSync(join(PACKAGE_ROOT, 'assets', 'published.json'), 'utf8'))),
);

/**
 * What the paper states for the setting and the detector that runs have in common, if anything. Its mean is over every class of a data
 * set as the normal one, some of which are far easier than others, so that only runs of as many compare with it.
 */
export function publishedAuroc(runs: readonly Run[]): PublishedAuroc | undefined {
  const { protocol, results } = publishedResults();
  const [run] = runs;
  const { name, options } = run.detector;
  const comparable =
    run.pollutionRatio === 0 &&
    run.labeledNormalRatio === 0 &&
    run.knownAnomalyClasses.length <= 1 &&
    Object.entries(protocol).every(([option, value]) => (options[option] ?? value) === value);
  if (!comparable) return undefined;
  const stated = results.find(
    ({ dataset, labeledAnomalyRatio, normalClasses }) =>
      dataset === run.dataset &&
      labeledAnomalyRatio === run.labeledAnomalyRatio &&
      normalClasses === uniq(runs.map(({ normalClass }) => normalClass)).length,
  );
  const auroc = stated?.auroc[name];
  if (!stated || !auroc) return undefined;
  return { mean: auroc.mean, std: auroc.std, runs: stated.runs, unconfirmed: auroc.unconfirmed ?? false };
}
