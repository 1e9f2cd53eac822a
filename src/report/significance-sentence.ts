import { counted } from '../messages/counted.js';
import { LEVEL, type SettingComparisons, type Significance } from '../results/significance.js';
import { isOf } from './detector-style.js';

/**
 * What comparisons come to, in a sentence: of the detector under study with the others, or where it is not among them, of all.
 * Settings are counted apart; what pools them is not counted.
 */
export function significanceSentence(compared: readonly SettingComparisons[], study: string): string {
  const apart = compared.filter(({ setting }) => setting !== undefined);
  const isOwn = ({ first, second }: Significance) => isOf(study, first) !== isOf(study, second);
  const own = apart.flatMap(({ comparisons }) => comparisons).find(isOwn);
  const bySetting = apart
    .map(({ comparisons }) =>
      comparisons.filter((each) => each.corrected !== undefined && (!own || isOwn(each))),
    )
    .filter(({ length }) => length > 0);
  const tested = bySetting.flat();
  if (tested.length === 0) {
    const who = own ? `${nameOf(own, study)} shares with no other detector` : 'no two detectors have';
    const where = apart.length > 1 ? ' in any one setting' : '';
    return `Significance: ${who} the six paired runs with different results that a test takes${where}.`;
  }
  const significant = tested.filter(({ corrected = 1 }) => corrected < LEVEL);
  const settings = bySetting.length > 1 ? ` in ${bySetting.length} settings, each tested apart` : '';
  const about = `${counted(tested.length, 'comparison')}${own ? ' with other detectors' : ''}${settings}`;
  if (!own) {
    return `Significance: ${significant.length} of ${about} ${significant.length === 1 ? 'shows' : 'show'} a difference (p < ${LEVEL}, Holm).`;
  }
  const higher = significant.filter((comparison) => isHigher(comparison, study)).length;
  return `Significance: ${nameOf(own, study)} is higher in ${higher} and lower in ${significant.length - higher} of ${about} (p < ${LEVEL}, Holm).`;
}

function isHigher({ first, sign = 0 }: Significance, study: string): boolean {
  return isOf(study, first) === sign > 0;
}

/** The title of the detector under study, without the options of a variant. */
function nameOf({ first, second }: Significance, study: string): string {
  return (isOf(study, first) ? first : second).replace(/ \(.*/, '');
}
