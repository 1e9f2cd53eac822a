import { grouped } from '../grouped.js';
import { LEVEL, type SettingComparisons, type Significance } from '../results/significance.js';
import { signed } from '../results/wording.js';

/** How every detector compares with every other in one setting, as the page's script shows it: a line and a column a detector. */
export function matrixData({ setting, comparisons }: SettingComparisons, detectors: readonly string[]) {
  const seen = grouped([...comparisons, ...comparisons.map(turned)], ({ first }) => first);
  const present = detectors.filter((name) => seen.has(name));
  return {
    setting: setting ?? 'All settings, pooled',
    detectors: present,
    lines: present.map((line) => {
      const others = new Map(seen.get(line)?.map((found) => [found.second, cellData(found)]));
      return present.map((column) => others.get(column) ?? null);
    }),
  };
}

/** A comparison as seen from its second detector. */
function turned({ first, second, wins, losses, meanDifference, sign, ...same }: Significance): Significance {
  return {
    ...same,
    ...{ first: second, second: first, wins: losses, losses: wins, meanDifference: -meanDifference },
    ...(sign !== undefined && { sign: -sign }),
  };
}

function cellData({ pairs, wins, losses, meanDifference, sign = 0, corrected }: Significance) {
  const apart = corrected !== undefined && corrected < LEVEL;
  const points = signed(meanDifference);
  return {
    ...(apart && { mark: sign > 0 ? 'higher' : 'lower' }),
    points: apart ? `${sign > 0 ? '▲' : '▼'} ${points}` : points,
    counts: [`${wins}–${pairs - wins - losses}–${losses}`, probability(corrected)],
  };
}

function probability(value: number | undefined): string {
  if (value === undefined) return 'p –';
  return value < 0.0001 ? 'p < 0.0001' : `p ${value.toFixed(4)}`;
}
