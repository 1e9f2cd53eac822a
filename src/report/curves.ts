import { partition } from 'es-toolkit/array/partition';
import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import type { Field } from 'vega-lite/types_unstable/channeldef.js';
import type { LayerSpec } from 'vega-lite/types_unstable/spec/layer.js';
import type { UnitSpec } from 'vega-lite/types_unstable/spec/unit.js';
import type { Run } from '../config/run.js';
import { logarithm } from '../exponential.js';
import { grouped } from '../grouped.js';
import { type Columns, columnsOf } from '../results/columns.js';
import { type Dimension, dimensionsOf } from '../results/dimensions.js';
import type { PaperTable } from '../results/paper-tables.js';
import { departureOf, publishedFor } from '../results/published.js';
import { isDone, type RunRecord } from '../results/record.js';
import { percent, type StandardErrors, spreadOf } from '../results/spread.js';
import type { Row } from '../results/table.js';
import { settingText } from '../results/wording.js';
import { type DetectorStyle, detectorStyles, isOf } from './detector-style.js';
import { barsOf, type KeyEntry, type Plot, PUBLISHED } from './plot.js';

/** Something that experiments vary, against which the AUROC is drawn. */
interface Axis {
  readonly title: string;
  readonly base?: number;
  /** The dimension of tables that it is, or the option of detectors. */
  readonly name: Dimension['name'] | 'eta' | 'representationSize';
  /** The value of a run; undefined where it says nothing about the run, whose detector has no such option, say. */
  of(run: Run): number | undefined;
}

const option = (name: 'eta' | 'representationSize', { detector }: Run) =>
  detector.options[name] as number | undefined;
const hasLabels = (run: Run) => run.labeledAnomalyRatio > 0 || run.labeledNormalRatio > 0;

const AXES: readonly Axis[] = [
  { name: 'labeledAnomalyRatio', title: 'γ_l, labeled anomalies', of: (run) => run.labeledAnomalyRatio },
  { name: 'pollutionRatio', title: 'γ_p, pollution', of: (run) => run.pollutionRatio },
  {
    name: 'knownAnomalyClassCount',
    title: 'k, known anomaly classes',
    of: (run) => run.knownAnomalyClasses.length,
  },
  {
    name: 'eta',
    title: 'η, weight of the labeled samples',
    base: 10,
    of: (run) => (hasLabels(run) ? option('eta', run) : undefined),
  },
  {
    name: 'representationSize',
    title: 'd, representation size',
    base: 2,
    of: (run) => option('representationSize', run),
  },
];

/** A run without labeled anomalies has neither a ratio of them nor a known class: it is the 0 of both. */
const LABELS: readonly Axis['name'][] = ['labeledAnomalyRatio', 'knownAnomalyClassCount'];

/** A point of a line: the mean AUROC of a detector at a value of the axis, as a fraction, and ours with its standard errors. */
interface Point {
  readonly detector: string;
  readonly value: number;
  readonly mean: number;
  readonly errors?: StandardErrors;
}

/** The lines of a plot. */
interface Lines {
  readonly ours: readonly Point[];
  readonly published: readonly Point[];
}

/**
 * The AUROC against each of γ_l, γ_p, k, η and d that has several values: a plot for every setting of the others, a line a
 * detector, with bars of ± one standard error, and hollow marks where the paper states it.
 */
export function curves(records: readonly RunRecord[], study: string): Plot[] {
  const done = records.filter(isDone);
  const dimensions = dimensionsOf(done);
  return AXES.flatMap((axis) => {
    const fixed = dimensions.filter(({ name }) => name !== axis.name);
    const plots = facets(axis, done, fixed);
    if (plots.length === 0) return [];
    // The values of an option lie along one line and must not name several.
    const lines = columnsOf(
      done.filter((record) => axis.of(record) !== undefined),
      axis.name,
    );
    return plots.map((facet) => curve(axis, facet, fixed, lines, study));
  });
}

/**
 * The runs of each plot: all alike but for the axis and the detector. Runs without labels are the 0 of both axes of labels; where labeled
 * ones have a single ratio and number of classes beside them, they are drawn against the ratio alone.
 */
function facets(axis: Axis, records: readonly RunRecord[], fixed: readonly Dimension[]): RunRecord[][] {
  const members = records.filter((record) => axis.of(record) !== undefined);
  const ofLabels = LABELS.includes(axis.name);
  const [unlabeled, others] = partition(members, (run) => ofLabels && run.labeledAnomalyRatio === 0);
  const besideLabels = settingKey(fixed.filter(({ name }) => !LABELS.includes(name)));
  const [unlabeledBeside, othersBeside] = [grouped(unlabeled, besideLabels), grouped(others, besideLabels)];
  return [...grouped(others, settingKey(fixed)).values()].flatMap((facet) => {
    const beside = besideLabels(facet[0]);
    const whole = [...facet, ...(unlabeledBeside.get(beside) ?? [])];
    if (!hasSeveral(whole, axis.of)) return [];
    if (hasSeveral(facet, axis.of)) return [whole];
    if (axis.name !== 'labeledAnomalyRatio') return [];
    const ofRatio = othersBeside.get(beside)?.filter((run) => axis.of(run) === axis.of(facet[0])) ?? [];
    return hasSeveral(ofRatio, (run) => run.knownAnomalyClasses.length) ? [] : [whole];
  });
}

function hasSeveral(runs: readonly RunRecord[], of: (run: RunRecord) => unknown): boolean {
  return uniq(runs.map(of)).length > 1;
}

/** Equal for runs that these dimensions do not tell apart. */
function settingKey(dimensions: readonly Dimension[]): (record: RunRecord) => string {
  return (record) => JSON.stringify(dimensions.map((dimension) => dimension.of(record)));
}

function curve(
  axis: Axis,
  records: readonly RunRecord[],
  fixed: readonly Dimension[],
  lines: Columns,
  study: string,
): Plot {
  const groups = [
    ...grouped(records, (record) => JSON.stringify([lines.of(record), axis.of(record)])).values(),
  ];
  const pointOf = (
    group: readonly RunRecord[],
    spread: Pick<Point, 'mean' | 'errors'> | undefined,
  ): Point[] => {
    const value = axis.of(group[0]);
    if (!spread || value === undefined) return [];
    return [pointAt(lines.of(group[0]), value, spread)];
  };
  const published = publishedFor(groups.map((group) => (group.some(departureOf) ? [] : group)));
  const title = settingText(fixed, records[0]);
  const points = {
    ours: groups.flatMap((group) => pointOf(group, spreadOf(group))),
    published: groups.flatMap((group, index) => pointOf(group, published[index])),
  };
  return linePlot(axis, title, lines.names, points, study);
}

/** The figures of a table or figure of the paper: one a data set, with a line a detector and hollow marks of what the paper states. */
export function paperFigures({ along, table: { columns, rows } }: PaperTable, study: string): Plot[] {
  const axis = AXES.find(({ name }) => name === along);
  if (!axis) return [];
  // Beside the data set and what varies, a setting may have how the data are prepared.
  const facetOf = ({ setting: [dataset, _value, ...others] }: Row) => [dataset, ...others].join(', ');
  return [...grouped(rows, facetOf)].map(([title, own]) => {
    const pointsOf = (what: 'cells' | 'published') =>
      own.flatMap((row) =>
        row[what].flatMap((stated, column) => {
          if (!stated) return [];
          return pointAt(columns[column], Number(row.setting[1]), stated);
        }),
      );
    const lines = { ours: pointsOf('cells'), published: pointsOf('published') };
    return linePlot(axis, title, columns, lines, study);
  });
}

function pointAt(detector: string, value: number, { mean, errors }: Pick<Point, 'mean' | 'errors'>): Point {
  return { detector, value, mean, ...(errors && { errors }) };
}

/** Pixels of a plot's width, and those that it leaves free at the ends of its axis. */
const WIDTH = 380;
const MARGIN = 16;

/** Pixels between the marks of neighbouring detectors at one value, whose bars would hide each other: all keep nearer to it than to the next. */
function stepAside(axis: Axis, values: readonly number[], detectors: number): number {
  const places = values.map((value) => (axis.base ? logarithm(value) : value));
  const [first, last] = [places[0], places[places.length - 1]];
  const gaps = places.slice(1).map((place, index) => (place - places[index]) / (last - first));
  const room = Math.min(2 * MARGIN, 0.6 * (WIDTH - 2 * MARGIN) * Math.min(...gaps));
  return detectors > 1 ? Math.min(2.5, room / (detectors - 1)) : 0;
}

/** @param names the detectors of all plots of a kind, each of which has its style */
function linePlot(
  axis: Axis,
  title: string,
  names: readonly string[],
  { ours, published }: Lines,
  study: string,
): Plot {
  const isStudied = (name: string) => isOf(study, name);
  const all = [...ours, ...published];
  const values = uniq(all.map(({ value }) => value)).sort((a, b) => a - b);
  const present = names.filter((name) => all.some(({ detector }) => detector === name));
  const [studied, others] = partition(present, isStudied);
  const step = stepAside(axis, values, present.length);
  const styles = detectorStyles(names);
  const styled = [...styles.values()];
  const key = [...studied, ...others].map((name): KeyEntry => {
    const style = styles.get(name) as DetectorStyle;
    if (!ours.some(({ detector }) => detector === name)) return { ...style, name, hollow: true };
    return { ...style, name, strokeWidth: isStudied(name) ? 2.5 : 1.5 };
  });
  const marks = (name: string, points: readonly Point[], filled: boolean, xOffset: number) => ({
    data: { values: points.filter(({ detector }) => detector === name).map(inPercent) },
    mark: { type: 'point' as const, filled, size: filled ? 60 : 85, opacity: 1, strokeWidth: 1.3, xOffset },
    encoding: {
      y: { field: 'mean' },
      shape: {
        field: 'detector',
        type: 'nominal' as const,
        title: null,
        scale: { domain: [...names], range: styled.map(({ shape }) => shape) },
        legend: null,
      },
    },
  });
  const bars = (strokeWidth: number, of: keyof StandardErrors, xOffset: number) => ({
    mark: { type: 'rule' as const, strokeWidth, opacity: 0.75, xOffset },
    encoding: { y: { field: `${of}Low` }, y2: { field: `${of}High` } },
  });
  return {
    title: `AUROC against ${axis.title}: ${title}`,
    description: `AUROC in % against ${axis.title}. ${[...studied, ...others].map((name) => inWords(name, { ours, published })).join(' ')}`,
    key: published.length > 0 ? [...key, PUBLISHED] : key,
    marks: [
      ...barsOf(ours),
      ...(published.length > 0 ? (['published'] as const) : []),
      ...(step > 0 ? (['beside'] as const) : []),
    ],
    spec: {
      title,
      width: WIDTH,
      height: 260,
      data: { values: ours.map(inPercent) },
      encoding: {
        x: {
          field: 'value',
          type: 'quantitative',
          title: axis.title,
          axis: { values, format: '~g', grid: false, labelOverlap: 'greedy' },
          scale: {
            ...(axis.base ? { type: 'log', base: axis.base } : { zero: false }),
            nice: false,
            padding: MARGIN,
          },
        },
        y: { type: 'quantitative', title: 'AUROC, %', scale: { zero: false } },
        color: {
          field: 'detector',
          type: 'nominal',
          title: null,
          scale: { domain: [...names], range: styled.map(({ color }) => color) },
          legend: null,
        },
      },
      // The last layer lies over all others.
      layer: [...others, ...studied].flatMap((name, index): (LayerSpec<Field> | UnitSpec<Field>)[] => {
        const aside = step * (index - (present.length - 1) / 2);
        const { dash } = styles.get(name) ?? {};
        const line = {
          mark: {
            type: 'line' as const,
            strokeWidth: isStudied(name) ? 2.5 : 1.5,
            strokeDash: [...(dash ?? [])],
          },
          encoding: { y: { field: 'mean' } },
        };
        const own = ours.filter(({ detector }) => detector === name);
        return [
          ...(own.length === 0
            ? []
            : [
                {
                  data: { values: own.map(inPercent) },
                  layer: [
                    bars(1, 'classes', aside),
                    bars(3.5, 'seeds', aside),
                    { ...line, mark: { ...line.mark, xOffset: aside } },
                  ],
                },
                marks(name, ours, true, aside),
              ]),
          ...(published.some(({ detector }) => detector === name)
            ? [marks(name, published, false, aside)]
            : []),
        ];
      }),
    },
  };
}

/** The points of a detector. */
function inWords(name: string, { ours, published }: Lines): string {
  const points = (all: readonly Point[]) =>
    sortBy(
      all.filter(({ detector }) => detector === name),
      ['value'],
    ).map(({ value, mean }) => `${percent(mean)} at ${value}`);
  const stated = points(published);
  const paper = stated.length > 0 ? ` (published: ${stated.join(', ')})` : '';
  return `${name}: ${points(ours).join(', ') || 'no runs'}${paper}.`;
}

function inPercent({ detector, value, mean, errors = {} }: Point) {
  const ends = (of: keyof StandardErrors) => {
    const half = errors[of];
    if (half === undefined) return {};
    return {
      [`${of}Low`]: Math.max(0, 100 * (mean - half)),
      [`${of}High`]: Math.min(100, 100 * (mean + half)),
    };
  };
  return { detector, value, mean: 100 * mean, ...ends('classes'), ...ends('seeds') };
}
