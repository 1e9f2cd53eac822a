import type { SettingComparisons, Significance } from '../results/significance.js';
import { isOf } from './detector-style.js';

/** The level below which a corrected p-value is called significant. */
const LEVEL = 0.05;

/**
 * What comparisons come to, in a sentence: of the detector under study with the others, or where it is not among them, of all.
 * Settings are counted apart; what pools them is not counted.
 */
export function significanceSentence(compared: readonly SettingComparisons[], study: string): string {
  const apart = compared.filter(({ setting }) => setting !== undefined);
  const all = apart.flatMap(({ comparisons }) => comparisons);
  const own = all.filter(({ first, second }) => isOf(study, first) !== isOf(study, second));
  const shown = own.length > 0 ? own : all;
  const tested = shown.filter(({ corrected }) => corrected !== undefined);
  if (tested.length === 0)
    return 'Significance: no two detectors have the six paired runs with different results that a test takes.';
  const significant = tested.filter(({ corrected = 1 }) => corrected < LEVEL);
  const settings = apart.length > 1 ? ` in ${apart.length} settings, each tested apart` : '';
  const about = `${tested.length} comparisons${own.length > 0 ? ' with other detectors' : ''}${settings}`;
  if (own.length === 0) {
    return `Significance: ${significant.length} of ${about} ${significant.length === 1 ? 'shows' : 'show'} a difference (p < ${LEVEL}, Holm).`;
  }
  const better = significant.filter((comparison) => isHigher(comparison, study)).length;
  const name = nameOf(own[0], study);
  return `Significance: ${name} is higher in ${better} and lower in ${significant.length - better} of ${about} (p < ${LEVEL}, Holm).`;
}

function isHigher({ first, sign = 0 }: Significance, study: string): boolean {
  return isOf(study, first) === sign > 0;
}

/** The title of the detector under study, without the options of a variant. */
function nameOf({ first, second }: Significance, study: string): string {
  return (isOf(study, first) ? first : second).replace(/ \(.*/, '');
}
