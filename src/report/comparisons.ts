import { compareResults } from '../results/compare.js';
import { COMPARED, comparedCells, comparisonNotes, isApart } from '../results/compare-wording.js';
import { byMetric } from '../results/spread.js';
import type { ExperimentResults } from './experiment-results.js';

/** Experiments of which each is compared with every other: of more there are too many pairs for a page. */
const MOST = 12;

/** Whether a report of so many experiments compares them. */
export function areCompared({ length }: readonly ExperimentResults[]): boolean {
  return length > 1 && length <= MOST;
}

/** How each experiment compares with every other, as the page's script shows it; undefined where they are too few or too many. */
export function comparisonsData(experiments: readonly ExperimentResults[]): unknown {
  if (!areCompared(experiments)) return undefined;
  return {
    headings: COMPARED,
    names: experiments.map(({ name }) => name),
    comparisons: experiments.map((first) =>
      experiments.map((second) => (first === second ? undefined : comparisonData(first, second))),
    ),
  };
}

function comparisonData(first: ExperimentResults, second: ExperimentResults) {
  const comparison = compareResults(first.records, second.records);
  return {
    differing: comparison.differing.map(({ name, values }) => [name, ...values]),
    settings: comparison.settings.map(({ setting, detectors }) => ({
      setting: [comparison.common, setting].filter(Boolean).join(', '),
      detectors: detectors.map(({ detector, metrics }) => ({
        detector,
        ...byMetric((metric) => ({ cells: comparedCells(metrics[metric]), apart: isApart(metrics[metric]) })),
      })),
    })),
    notes: comparisonNotes(comparison),
  };
}
