import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import { grouped } from '../grouped.js';
import type { PaperTable } from '../results/paper-tables.js';
import { publishedFor } from '../results/published.js';
import type { RunRecord } from '../results/record.js';
import {
  type Columns,
  columnsOf,
  type Dimension,
  dimensionsOf,
  type Row,
  spreadOf,
} from '../results/table.js';
import { HEADINGS } from '../results/wording.js';
import { colorScale, type Plot } from './plot.js';

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

/** A point of a line: the mean AUROC of a detector at a value of the axis, and its standard deviation; as fractions. */
interface Point {
  readonly detector: string;
  readonly value: number;
  readonly mean: number;
  readonly std: number;
}

/** The lines of a plot. */
interface Lines {
  readonly ours: readonly Point[];
  readonly published: readonly Point[];
}

/**
 * The AUROC against each of γ_l, γ_p, k, η and d that has several values: a plot for every setting of the others, a line a
 * detector, with a band of ± one standard deviation, and a dashed one where the paper states it.
 */
export function curves(records: readonly RunRecord[]): Plot[] {
  const done = records.filter((record) => record.status === 'done');
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
    return plots.map((facet) => curve(axis, facet, fixed, lines));
  });
}

/** The runs of each plot: all alike but for the axis and the detector. */
function facets(axis: Axis, records: readonly RunRecord[], fixed: readonly Dimension[]): RunRecord[][] {
  const members = records.filter((record) => axis.of(record) !== undefined);
  const ofLabels = LABELS.includes(axis.name);
  const [unlabeled, others] = partition(members, (run) => ofLabels && run.labeledAnomalyRatio === 0);
  const besideLabels = fixed.filter(({ name }) => !LABELS.includes(name));
  return [...grouped(others, settingOf(fixed)).values()]
    .filter((facet) => uniq(facet.map(axis.of)).length > 1)
    .map((facet) => {
      const setting = settingOf(besideLabels);
      return [...facet, ...unlabeled.filter((record) => setting(record) === setting(facet[0]))];
    });
}

function settingOf(dimensions: readonly Dimension[]): (record: RunRecord) => string {
  return (record) => JSON.stringify(dimensions.map((dimension) => dimension.of(record)));
}

/** Letters of a name beside which no second one fits below a plot. */
const LONG = 24;

function curve(axis: Axis, records: readonly RunRecord[], fixed: readonly Dimension[], lines: Columns): Plot {
  const groups = [
    ...grouped(records, (record) => JSON.stringify([lines.of(record), axis.of(record)])).values(),
  ];
  const pointOf = (group: readonly RunRecord[], spread: Pick<Point, 'mean' | 'std'> | undefined): Point[] => {
    const value = axis.of(group[0]);
    if (!spread || value === undefined) return [];
    return [{ detector: lines.of(group[0]), value, mean: spread.mean, std: spread.std }];
  };
  const published = publishedFor(groups);
  const title = fixed.map(({ name, of }) => facetTitle(name, of(records[0]))).join(', ');
  return linePlot(axis, title, lines.names, {
    ours: groups.flatMap((group) => pointOf(group, spreadOf(group))),
    published: groups.flatMap((group, index) => pointOf(group, published[index])),
  });
}

/** The figures of a table or figure of the paper: one a data set, with a line a detector and a dashed one of what the paper states. */
export function paperFigures({ along, table: { columns, rows } }: PaperTable): Plot[] {
  const axis = AXES.find(({ name }) => name === along);
  if (!axis) return [];
  // Beside the data set and what varies, a setting may have how the data are prepared.
  const facetOf = ({ setting: [dataset, _value, ...others] }: Row) => [dataset, ...others].join(', ');
  return [...grouped(rows, facetOf)].map(([title, own]) => {
    const pointsOf = (what: 'cells' | 'published') =>
      own.flatMap((row) =>
        row[what].flatMap((stated, column) => {
          if (!stated) return [];
          const { mean, std } = stated;
          return { detector: columns[column], value: Number(row.setting[1]), mean, std };
        }),
      );
    const lines = { ours: pointsOf('cells'), published: pointsOf('published') };
    return linePlot(axis, title, columns, lines);
  });
}

/** @param names the detectors of all plots of a kind, each of which has its colour */
function linePlot(axis: Axis, title: string, names: readonly string[], { ours, published }: Lines): Plot {
  const all = [...ours, ...published];
  const values = uniq(all.map(({ value }) => value)).sort((a, b) => a - b);
  return {
    title: `AUROC against ${axis.title}: ${title}`,
    spec: {
      title,
      width: 380,
      height: 260,
      data: { values: ours.map(inPercent) },
      encoding: {
        x: {
          field: 'value',
          type: 'quantitative',
          title: axis.title,
          axis: { values, format: '~g', grid: false, labelOverlap: 'greedy' },
          scale: axis.base ? { type: 'log', base: axis.base, nice: false } : { zero: false, nice: false },
        },
        y: { type: 'quantitative', title: 'AUROC, %', scale: { zero: false } },
        color: {
          field: 'detector',
          type: 'nominal',
          title: null,
          scale: colorScale(names),
          legend: {
            values: names.filter((name) => all.some(({ detector }) => detector === name)),
            orient: 'bottom',
            columns: names.some((name) => name.length > LONG) ? 1 : 2,
            symbolType: 'stroke',
            symbolStrokeWidth: 3,
            symbolOpacity: 1,
          },
        },
      },
      layer: [
        { mark: { type: 'area', opacity: 0.13 }, encoding: { y: { field: 'low' }, y2: { field: 'high' } } },
        { mark: { type: 'line', point: true }, encoding: { y: { field: 'mean' } } },
        ...(published.length > 0
          ? [
              {
                data: { values: published.map(inPercent) },
                mark: { type: 'line' as const, point: { filled: false }, strokeDash: [4, 3], opacity: 0.7 },
                encoding: { y: { field: 'mean' } },
              },
            ]
          : []),
      ],
    },
  };
}

function inPercent({ mean, std, ...point }: Point) {
  const [middle, half] = [100 * mean, 100 * std];
  return { ...point, mean: middle, low: Math.max(0, middle - half), high: Math.min(100, middle + half) };
}

function facetTitle(name: Dimension['name'], value: string | number): string {
  return name === 'dataset' ? String(value) : `${HEADINGS[name]} ${value}`;
}
