import { counted } from '../messages/counted.js';
import type { ComparedMetric, Comparison } from './compare.js';
import { percent, type Spread } from './spread.js';
import { meanAndStd, signed } from './wording.js';

/** The headings of what is compared of a detector. */
export const COMPARED = ['A', 'B', 'B − A', 'paired', 'pairs'] as const;

/** What stands below the headings of `COMPARED` for a detector, by one metric, in percent. */
export function comparedCells(compared: ComparedMetric): string[] {
  const { spreads, difference, paired } = compared;
  const error = paired?.standardError === undefined ? '' : ` ± ${percent(paired.standardError)}`;
  return [
    ...spreads.map(spreadText),
    difference === undefined ? '–' : signed(difference),
    paired === undefined ? '–' : `${signed(paired.mean)}${error}${isApart(compared) ? '‡' : ''}`,
    paired === undefined ? '' : String(paired.pairs),
  ];
}

function spreadText(spread: Spread | undefined): string {
  if (!spread) return '–';
  return spread.runs > 1 ? meanAndStd(spread) : percent(spread.mean);
}

/** Whether the mean paired difference is more than two standard errors from 0. */
export function isApart({ paired }: ComparedMetric): boolean {
  return paired?.standardError !== undefined && Math.abs(paired.mean) > 2 * paired.standardError;
}

/** What there is to say of a comparison in words. */
export function comparisonNotes({ settings, failed, pairs, same, remarks }: Comparison): string {
  const compared = settings.flatMap(({ detectors }) =>
    detectors.flatMap(({ metrics }) => Object.values(metrics)),
  );
  const hasSpread = compared.some(({ spreads }) => spreads.some((spread) => spread && spread.runs > 1));
  const hasError = compared.some(({ paired }) => paired?.standardError !== undefined);
  const errors = hasError
    ? `, ± its standard error over classes, or of a single one over seeds${compared.some(isApart) ? ', ‡ more than two of them from 0' : ''}`
    : '';
  return [
    ...(hasSpread ? ['Mean ± standard deviation.'] : []),
    ...['A', 'B'].flatMap((name, side) =>
      failed[side] === 0
        ? []
        : [`${counted(failed[side], 'run')} of ${name} failed: in no mean and no pair.`],
    ),
    ...(pairs === 0
      ? ['No two runs that are done share detector, data, classes and seed.']
      : [
          `Paired: the mean of B − A over runs that share detector, data, classes and seed${errors}.`,
          pairs === 1
            ? `The one pair ${same === 1 ? 'came' : 'did not come'} to the same to the last bit.`
            : `${same === 0 ? 'None' : same === pairs ? 'All' : same} of the ${pairs} pairs came to the same to the last bit.`,
        ]),
    ...remarks,
  ].join(' ');
}
