import { sortBy } from 'es-toolkit/array/sortBy';
import { once } from 'es-toolkit/function/once';
import { mean } from 'es-toolkit/math/mean';
import { range } from 'es-toolkit/math/range';
import { grouped } from '../grouped.js';
import { auroc } from '../metrics/auroc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import { rankedTies, type Tie } from '../metrics/ranking.js';
import { columnsOf } from '../results/columns.js';
import { dimensionsOf, settingsOf } from '../results/dimensions.js';
import { isDone, type RunRecord } from '../results/record.js';
import { percent } from '../results/spread.js';
import { settingText } from '../results/wording.js';
import { type DetectorStyle, detectorStyles, isOf, SHAPES } from './detector-style.js';
import type { Plot } from './plot.js';
import { readScores, type Scores } from './scores.js';

/** The runs of one setting whose scores were saved. */
export interface ScoredSetting {
  readonly title: string;
  readonly detectors: readonly ScoredRuns[];
}

/**
 * The runs of each setting whose scores were saved.
 *
 * @param files the file of scores of each run, by its id
 */
export function scoredSettings(
  records: readonly RunRecord[],
  files: ReadonlyMap<string, string>,
  study: string,
): ScoredSetting[] {
  const done = records.filter(isDone);
  const { names, of } = columnsOf(done);
  const dimensions = dimensionsOf(done);
  const styles = detectorStyles(names);
  const saved = done.filter(({ id }) => files.has(id));
  return settingsOf(saved, dimensions).map(({ members: runs }) => {
    const byName = grouped(runs, of);
    return {
      title: settingText(dimensions, runs[0]),
      detectors: names.flatMap((name) => {
        const own = byName.get(name);
        if (!own) return [];
        const style = styles.get(name) as DetectorStyle;
        // Each of the two curves reads them.
        const read = own.map(({ id }) => once(() => readScores(files.get(id) as string)));
        return [{ ...style, name, studied: isOf(study, name), runs: read }];
      }),
    };
  });
}

/** The scores of one model, as those of a detector of this name. */
export function scoredModel(name: string, scores: Scores): ScoredRuns {
  const style = detectorStyles([name]).get(name) as DetectorStyle;
  return { ...style, name, studied: true, runs: [() => scores] };
}

/** To how many steps a curve is drawn along each of its axes: finer than its pixels. */
const STEPS = 500;

const SHARE = { type: 'quantitative' as const, scale: { domain: [0, 1] }, axis: { tickCount: 5 } };

/** The runs of one detector in one setting, whose curves are drawn as their mean. */
export interface ScoredRuns extends DetectorStyle {
  readonly name: string;
  readonly studied: boolean;
  /** The scores of each run, read when they are drawn: of many runs they are many numbers. */
  readonly runs: readonly (() => Scores)[];
}

/** A line of a plot of curves, at equal steps of its first coordinate, and where a threshold lies on it. */
interface Line extends Omit<ScoredRuns, 'runs'> {
  readonly values: readonly Point[];
  readonly area: number;
  readonly threshold?: Point;
}

type Point = readonly [x: number, y: number];

/**
 * Receiver operating characteristics: the share of anomalies found against the share of normal samples taken for one, of several runs
 * the mean at each share of normal samples (vertical averaging, Fawcett 2006), with their mean AUROC.
 *
 * @param threshold that above which a model flags samples, where all scores are of one
 */
export function rocCurves(title: string, detectors: readonly ScoredRuns[], threshold?: number): Plot {
  const lines = detectors.map((runs) => fromOrigin(lineOf(runs, rocOf, auroc, threshold)));
  return {
    ...plotOf(lines, 'AUROC'),
    title: `ROC: ${title}`,
    spec: {
      title,
      width: 300,
      height: 300,
      layer: [
        {
          data: { values: [{ end: 0 }, { end: 1 }] },
          mark: { type: 'line', color: 'currentColor', opacity: 0.4, strokeDash: [4, 4] },
          encoding: { x: { field: 'end', ...SHARE }, y: { field: 'end', ...SHARE } },
        },
        ...layersOf(lines, 'false positive rate', 'true positive rate'),
      ],
    },
  };
}

/**
 * The share of anomalies among the samples that are flagged against the share of anomalies found, of several runs the mean at each share
 * found, with their mean average precision, and a line at the share of anomalies among all samples, which a blind guess comes to.
 *
 * @param threshold that above which a model flags samples, where all scores are of one
 */
export function precisionRecallCurves(
  title: string,
  detectors: readonly ScoredRuns[],
  threshold?: number,
): Plot {
  const shares: number[] = [];
  const lines = detectors.map((runs) =>
    lineOf(
      runs,
      (scored) => {
        shares.push(mean([...scored.anomalies]));
        return precisionRecallOf(scored);
      },
      averagePrecision,
      threshold,
    ),
  );
  const prevalence = mean(shares);
  const { key, ...plot } = plotOf(lines, 'AP');
  return {
    ...plot,
    title: `Precision and recall: ${title}`,
    key: [
      ...key,
      { name: `anomalies: ${percent(prevalence)} %`, color: 'currentColor', dash: [4, 4], strokeWidth: 1 },
    ],
    spec: {
      title,
      width: 300,
      height: 300,
      layer: [
        {
          data: { values: [{ prevalence }] },
          mark: { type: 'rule', color: 'currentColor', opacity: 0.6, strokeDash: [4, 4] },
          encoding: { y: { field: 'prevalence', ...SHARE } },
        },
        ...layersOf(lines, 'recall', 'precision'),
      ],
    },
  };
}

/** What a plot of these lines has whatever they are, with the area under each, as a fraction. */
function plotOf(lines: readonly Line[], area: string) {
  const ordered = sortBy(lines, [({ studied }) => !studied]);
  const named = (line: Line) => `${line.name}, ${area} ${percent(line.area)}`;
  const key = ordered.map((line) => ({
    name: named(line),
    color: line.color,
    dash: line.dash,
    ...(lines.length > 1 && { shape: line.shape }),
    strokeWidth: line.studied ? 2.5 : 1.5,
  }));
  const found = lines.flatMap(({ threshold }) => (threshold ? [threshold] : []));
  const point = { name: 'threshold of the model', color: 'currentColor', dash: [], shape: SHAPES.circle };
  const at = found.map(([x, y]) => ` The threshold lies at ${x.toFixed(3)}, ${y.toFixed(3)}.`);
  return {
    description: `${ordered.map(named).join('; ')} (%).${at.join('')}`,
    key: found.length > 0 ? [...key, point] : key,
    square: true,
  };
}

function layersOf(lines: readonly Line[], x: string, y: string) {
  const named = (title: string, field: string) => ({ field, ...SHARE, title });
  const points = (values: readonly Point[]) => values.map(([x, y], step) => ({ x, y, step }));
  const threshold = lines.flatMap((line) => (line.threshold ? [line.threshold] : []));
  return [
    // The last one lies over all others.
    ...sortBy(lines, ['studied']).flatMap(({ values, color, dash, shape, studied }, index) => [
      {
        data: { values: points(values) },
        mark: { type: 'line' as const, color, strokeDash: [...dash], strokeWidth: studied ? 2.5 : 1.5 },
        encoding: {
          x: named(x, 'x'),
          y: named(y, 'y'),
          order: { field: 'step', type: 'quantitative' as const },
        },
      },
      // Where lines are many, dashes repeat: marks tell them apart too, each line's at places of its own.
      {
        data: { values: lines.length > 1 ? points(alongLine(values, (index + 0.5) / lines.length)) : [] },
        mark: { type: 'point' as const, filled: true, shape, color, opacity: 1, size: 40 },
        encoding: { x: named(x, 'x'), y: named(y, 'y') },
      },
    ]),
    {
      data: { values: points(threshold) },
      mark: { type: 'point' as const, filled: true, color: 'currentColor', opacity: 1, size: 55 },
      encoding: { x: named(x, 'x'), y: named(y, 'y') },
    },
  ];
}

/** Marks on a line. */
const MARKS = 3;

/** Points at equal distances along a line, the first after a part of one. */
function alongLine(values: readonly Point[], part: number): Point[] {
  let length = 0;
  const lengths = values.map(([x, y], index) => {
    const [x0, y0] = values[Math.max(0, index - 1)];
    length += Math.sqrt((x - x0) ** 2 + (y - y0) ** 2);
    return length;
  });
  return range(MARKS).map(
    (mark) => values[sortedIndex(lengths, (each) => each >= (length * (mark + part)) / MARKS)],
  );
}

function lineOf(
  { runs, ...others }: ScoredRuns,
  curveOf: (scored: Scores) => Curve,
  areaOf: (scores: Float64Array, anomalies: Uint8Array) => number,
  threshold: number | undefined,
): Line {
  const curves: Curve[] = [];
  const areas: number[] = [];
  let at: Point | undefined;
  for (const read of runs) {
    const scored = read();
    const curve = curveOf(scored);
    curves.push(curve);
    areas.push(areaOf(scored.scores, scored.anomalies));
    if (threshold !== undefined) at = curve.at(countAbove(scored, threshold));
  }
  const [only] = curves;
  const values =
    curves.length === 1
      ? thinned(only.points)
      : range(STEPS + 1).map((step): Point => {
          const x = step / STEPS;
          return [x, mean(curves.map((curve) => curve.heightAt(x)))];
        });
  return { ...others, values, area: mean(areas), ...(at && { threshold: at }) };
}

function fromOrigin(line: Line): Line {
  return { ...line, values: [[0, 0], ...line.values] };
}

/** How many samples of each kind a threshold flags. */
function countAbove({ scores, anomalies }: Scores, threshold: number): Tie {
  const flagged = { normal: 0, anomalies: 0 };
  scores.forEach((score, index) => {
    if (score > threshold) flagged[anomalies[index] === 1 ? 'anomalies' : 'normal']++;
  });
  return flagged;
}

/** A curve of one run. */
interface Curve {
  readonly points: readonly Point[];
  /** Its height at a first coordinate. */
  heightAt(x: number): number;
  /** Where as many flagged samples of each kind lie on it. */
  at(flagged: Tie): Point;
}

function rocOf(scored: Scores): Curve {
  const { steps, total } = flaggedByScore(scored);
  const at = ({ normal, anomalies }: Tie): Point => [normal / total.normal, anomalies / total.anomalies];
  const points = [[0, 0] as Point, ...steps.map(at)];
  const heightAt = (x: number) => {
    const after = Math.min(
      points.length - 1,
      sortedIndex(points, (point) => point[0] > x),
    );
    const [[x0, y0], [x1, y1]] = [points[after - 1], points[after]];
    return x1 > x0 ? y0 + Math.min(1, (x - x0) / (x1 - x0)) * (y1 - y0) : y1;
  };
  return { points: points.slice(1), heightAt, at };
}

function precisionRecallOf(scored: Scores): Curve {
  const { steps, total } = flaggedByScore(scored);
  const at = ({ normal, anomalies }: Tie): Point => [
    anomalies / total.anomalies,
    normal + anomalies === 0 ? 1 : anomalies / (normal + anomalies),
  ];
  const found = steps.map(at);
  // Between two thresholds the precision is that of the one which finds more: a step for each point, from its left.
  const points = found.flatMap(([x, y], index): Point[] => [
    [index > 0 ? found[index - 1][0] : 0, y],
    [x, y],
  ]);
  const heightAt = (x: number) =>
    found[
      Math.min(
        found.length - 1,
        sortedIndex(found, (point) => point[0] >= x),
      )
    ][1];
  return { points, heightAt, at };
}

/** The index of the first value of which something holds, which then holds of all that follow; their number where of none. */
function sortedIndex<T>(values: readonly T[], holds: (value: T) => boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many samples of each kind are flagged at each threshold, from the highest score down, and how many there are. */
function flaggedByScore({ scores, anomalies }: Scores): { steps: readonly Tie[]; total: Tie } {
  const total = { normal: 0, anomalies: 0 };
  const steps = rankedTies(scores, anomalies)
    .reverse()
    .map((tie) => {
      total.normal += tie.normal;
      total.anomalies += tie.anomalies;
      return { ...total };
    });
  return { steps, total };
}

/** The points of a curve without those that a picture would not tell from the one before. */
function thinned(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const [x, y] = point.map((value) => Math.round(2 * STEPS * value) / (2 * STEPS));
    const last = kept.at(-1);
    if (x !== last?.[0] || y !== last[1]) kept.push([x, y]);
  }
  return kept;
}
