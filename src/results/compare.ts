import { partition } from 'es-toolkit/array/partition';
import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { grouped } from '../grouped.js';
import { type Columns, columnsOf, titleOf } from './columns.js';
import { resultsByClass } from './copies.js';
import { dimensionsOf, HEADINGS, preparedAs, settingsOf } from './dimensions.js';
import { exact } from './exact.js';
import { optionText } from './option-text.js';
import { type DoneRecord, isDone, type RunRecord } from './record.js';
import { remarksOf, SHOWN } from './remarks.js';
import { type ByMetric, byMetric, type Metric, type Spread, spreadOf } from './spread.js';
import { nameData, withoutRepeats } from './tell-data-apart.js';
import { buildInWords } from './versions.js';
import { settingText } from './wording.js';

/** Something of each of two results. */
export type Sides<T> = readonly [T, T];

/** How two results compare. */
export interface Comparison {
  /** What all runs of both have in common of their settings, in words. */
  readonly common: string;
  /** What the runs of the two have otherwise, in words. */
  readonly differing: readonly DifferingSetting[];
  readonly settings: readonly ComparedSetting[];
  /** How many runs of each failed, which count in no mean and no pair. */
  readonly failed: Sides<number>;
  /** Pairs of a run of each, both done, with the same detector, data, classes and seed, in one setting. */
  readonly pairs: number;
  /** How many of these came to the same AUROC and average precision to the last bit. */
  readonly same: number;
  /** What is to be said of its data sets, detectors and runs, in sentences (`remarksOf`). */
  readonly remarks: readonly string[];
}

/** A setting or option that the runs of the two have other values of, and which. */
export interface DifferingSetting {
  readonly name: string;
  readonly values: Sides<string>;
}

/** The detectors in one setting; of what has one value on each side no settings are made. */
export interface ComparedSetting {
  /** In words; empty where there is only one. */
  readonly setting: string;
  /** The best of the first first. */
  readonly detectors: readonly ComparedDetector[];
}

/** A detector of the two. */
export interface ComparedDetector {
  readonly detector: string;
  readonly metrics: ByMetric<ComparedMetric>;
}

/** A metric of a detector, as fractions. */
export interface ComparedMetric {
  /** Undefined where no run was done. */
  readonly spreads: Sides<Spread | undefined>;
  /** The second mean minus the first, where both have one. */
  readonly difference?: number;
  readonly paired?: PairedDifference;
}

/** The mean over paired runs of the second minus the first. */
export interface PairedDifference {
  readonly pairs: number;
  readonly mean: number;
  /**
   * Over classes as in tables (`resultsByClass`), of a single one over its results: what comes to the same with other labels, or with every seed,
   * counts once. Absent for a single one.
   */
  readonly standardError?: number;
}

/** Compares two experiments, or two runs: the records of each. */
export function compareResults(first: readonly RunRecord[], second: readonly RunRecord[]): Comparison {
  // Copies, by which a run that both have is two.
  const named = nameData([...first, ...second.map((run) => ({ ...run }))]);
  const sides: Sides<readonly RunRecord[]> = [
    withoutRepeats(named.slice(0, first.length)),
    withoutRepeats(named.slice(first.length)),
  ];
  const told = sides.flat();
  const dimensions = dimensionsOf(told);
  const single = dimensions.filter(({ of }) => sides.every((runs) => uniq(runs.map(of)).length <= 1));
  const common = single.filter(({ of }) => uniq(told.map(of)).length === 1);
  const apart = dimensions.filter((dimension) => !single.includes(dimension));
  const columns = columnsOfBoth(sides);
  const isFirst = new Set(sides[0]);
  const settings = settingsOf(told, apart).map(({ members }) => ({
    setting: settingText(apart, members[0]),
    detectors: runsOfDetectors(
      partition(members, (run) => isFirst.has(run)),
      columns.of,
    ),
  }));
  const pairs = settings.flatMap(({ detectors }) => detectors.flatMap((each) => each.pairs));
  return {
    common: settingText(common, told[0]),
    differing: differingSettings(sides),
    settings: settings.map(({ setting, detectors }) => ({
      setting,
      detectors: sortBy(detectors.map(comparedDetector), [({ metrics: { auroc } }) => -shownMean(auroc)]),
    })),
    failed: [failedOf(sides[0]), failedOf(sides[1])],
    pairs: pairs.length,
    same: pairs.filter(([a, b]) => a.auroc === b.auroc && a.averagePrecision === b.averagePrecision).length,
    remarks: remarksOf(told, columns, sides, [
      {
        before: 'in',
        groups: (runs) => grouped(runs, (run) => (isFirst.has(run) ? 'A' : 'B')),
      },
      ...SHOWN,
    ]),
  };
}

function failedOf(runs: readonly RunRecord[]): number {
  return runs.filter(({ status }) => status === 'failed').length;
}

/**
 * The detectors, named with the options by which variants on one side differ: what has one value on each is a setting. Where each
 * side has a single detector, these are compared whatever they are.
 */
function columnsOfBoth(sides: Sides<readonly RunRecord[]>): Columns {
  // Variants are told apart within a data set, which here is one of a side.
  const ofSides = sides.flatMap((runs, side) =>
    runs.map((run) => ({ ...run, dataset: `${side} ${run.dataset}` })),
  );
  const columns = columnsOf(ofSides);
  const names = sides.map((runs) => uniq(runs.map(columns.of)));
  if (names.some(({ length }) => length !== 1) || names[0][0] === names[1][0]) return columns;
  const both = names.flat().join(' / ');
  return { names: [both], of: () => both };
}

/** The runs of a detector in one setting. */
interface DetectorRuns {
  readonly detector: string;
  readonly runs: Sides<readonly RunRecord[]>;
  readonly pairs: readonly Sides<DoneRecord>[];
}

function runsOfDetectors(
  [first, second]: Sides<readonly RunRecord[]>,
  nameOf: (run: RunRecord) => string,
): DetectorRuns[] {
  const [firsts, seconds] = [grouped(first, nameOf), grouped(second, nameOf)];
  return uniq([...firsts.keys(), ...seconds.keys()]).map((detector) => {
    const runs = [firsts.get(detector) ?? [], seconds.get(detector) ?? []] as const;
    return { detector, runs, pairs: pairsOf(runs) };
  });
}

/** Runs with the same data, classes and seed. */
function pairsOf([first, second]: Sides<readonly RunRecord[]>): Sides<DoneRecord>[] {
  const keyOf = ({ dataChecksum, normalClass, knownAnomalyClasses, seed }: RunRecord) =>
    JSON.stringify([dataChecksum, normalClass, knownAnomalyClasses, seed]);
  const partners = grouped(second.filter(isDone), keyOf);
  return first.filter(isDone).flatMap((run) => {
    const [partner] = partners.get(keyOf(run)) ?? [];
    return partner ? [[run, partner] as const] : [];
  });
}

function comparedDetector({ detector, runs, pairs }: DetectorRuns): ComparedDetector {
  return { detector, metrics: byMetric((metric) => comparedMetric(runs, pairs, metric)) };
}

/** The first mean, or where there is none the second. */
function shownMean({ spreads: [first, second] }: ComparedMetric): number {
  return (first ?? second)?.mean ?? Number.NEGATIVE_INFINITY;
}

function comparedMetric(
  [first, second]: Sides<readonly RunRecord[]>,
  pairs: readonly Sides<DoneRecord>[],
  metric: Metric,
): ComparedMetric {
  const spreads = [spreadOf(first, metric), spreadOf(second, metric)] as const;
  const differenceOf = ([a, b]: Sides<DoneRecord>) => b[metric] - a[metric];
  const independent = independentMeans(pairs, differenceOf);
  const [a, b] = spreads;
  return {
    spreads,
    ...(a && b && { difference: b.mean - a.mean }),
    ...(pairs.length > 0 && {
      paired: {
        pairs: pairs.length,
        mean: meanOf(pairs.map(differenceOf)),
        ...(independent.length > 1 && {
          standardError: sampleStandardDeviation(independent) / Math.sqrt(independent.length),
        }),
      },
    }),
  };
}

/**
 * The mean differences of what is taken as independent of each other: the pairs of each class that varies, each result once, or of a single
 * class its results. Ascending.
 */
function independentMeans(
  pairs: readonly Sides<DoneRecord>[],
  differenceOf: (pair: Sides<DoneRecord>) => number,
): number[] {
  const classes = resultsByClass(
    pairs,
    ([a]) => a,
    ([, b]) => b,
  ).map((results) => results.map((own) => meanOf(own.map(differenceOf))));
  const means = classes.length > 1 ? classes.map(meanOf) : classes.flat();
  return means.sort((a, b) => a - b);
}

/** The mean of differences, whose order does not show in it. */
function meanOf(differences: readonly number[]): number {
  return exact(mean(differences.toSorted((a, b) => a - b)));
}

/** What is compared of all runs beside their detectors' options. */
const SETTINGS: readonly { readonly name: string; of(run: RunRecord): string | number }[] = [
  { name: 'data set', of: ({ dataset }) => dataset },
  { name: 'normal class', of: ({ normalClass }) => [normalClass].flat().join('+') },
  { name: 'known classes', of: ({ knownAnomalyClasses }) => knownAnomalyClasses.join('+') || 'none' },
  { name: HEADINGS.labeledAnomalyRatio, of: (run) => run.labeledAnomalyRatio },
  { name: HEADINGS.labeledNormalRatio, of: (run) => run.labeledNormalRatio },
  { name: HEADINGS.pollutionRatio, of: (run) => run.pollutionRatio },
  { name: 'preparation', of: preparedAs },
  { name: 'seed', of: ({ seed }) => seed },
  { name: 'engine', of: ({ engine }) => engine },
  { name: 'device', of: ({ device }) => device },
  { name: 'deepsad', of: ({ version }) => version },
  { name: 'commit', of: buildInWords },
];

function differingSettings(sides: Sides<readonly RunRecord[]>): DifferingSetting[] {
  const ofRuns = SETTINGS.flatMap(({ name, of }) => differing(name, sides, of));
  const titles = sides.map((runs) => uniq(runs.map(({ detector }) => titleOf(detector))));
  const shared = titles[0].filter((title) => titles[1].includes(title));
  const ofDetectors = shared.flatMap((title) => {
    const own = sides.map((runs) => runs.filter(({ detector }) => titleOf(detector) === title));
    const options = uniq(own.flat().flatMap(({ detector }) => Object.keys(detector.options)));
    return options.flatMap((option) =>
      differing(`${title}: ${option}`, [own[0], own[1]], ({ detector }) =>
        shownValue(detector.options[option]),
      ),
    );
  });
  return [...ofRuns, ...ofDetectors];
}

/** Numbers, which are put in order, stay such. */
function shownValue(value: unknown): string | number {
  return typeof value === 'number' ? value : optionText(value);
}

function differing(
  name: string,
  sides: Sides<readonly RunRecord[]>,
  of: (run: RunRecord) => string | number,
): DifferingSetting[] {
  const [first, second] = sides.map((runs) => valuesText(runs.map(of)));
  return first === second ? [] : [{ name, values: [first, second] }];
}

/** Values in words, numbers ascending; whole numbers in a row as `1..5`. */
function valuesText(values: readonly (string | number)[]): string {
  const found = uniq(values);
  const numbers = found.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  const [least, most] = [numbers[0], numbers[numbers.length - 1]];
  const isRange =
    numbers.length > 2 && numbers.every(Number.isInteger) && most - least === numbers.length - 1;
  const texts = found.filter((value) => typeof value === 'string').sort();
  return [...(isRange ? [`${least}..${most}`] : numbers), ...texts].join(', ');
}
