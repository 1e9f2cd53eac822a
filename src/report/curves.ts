import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import { grouped } from '../grouped.js';
import type { RunRecord } from '../results/record.js';
import { type Columns, columnsOf, type Dimension, dimensionsOf, spreadOf } from '../results/table.js';
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

/**
 * The AUROC against each of γ_l, γ_p, k, η and d that has several values: a plot for every setting of the others, a line a
 * detector, with a band of ± one standard deviation.
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
  const points = [
    ...grouped(records, (record) => JSON.stringify([lines.of(record), axis.of(record)])).values(),
  ].flatMap((group) => {
    const spread = spreadOf(group);
    if (!spread) return [];
    const [mean, std] = [100 * spread.mean, 100 * spread.std];
    const band = { low: Math.max(0, mean - std), high: Math.min(100, mean + std) };
    return [{ detector: lines.of(group[0]), value: axis.of(group[0]), mean, ...band }];
  });
  const values = uniq(points.flatMap(({ value }) => value ?? [])).sort((a, b) => a - b);
  const title = fixed.map(({ name, of }) => facetTitle(name, of(records[0]))).join(', ');
  return {
    title: `AUROC against ${axis.title}: ${title}`,
    spec: {
      title,
      width: 380,
      height: 260,
      data: { values: points },
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
          scale: colorScale(lines.names),
          legend: {
            values: lines.names.filter((name) => points.some(({ detector }) => detector === name)),
            orient: 'bottom',
            columns: lines.names.some((name) => name.length > LONG) ? 1 : 2,
            symbolType: 'stroke',
            symbolStrokeWidth: 3,
            symbolOpacity: 1,
          },
        },
      },
      layer: [
        { mark: { type: 'area', opacity: 0.13 }, encoding: { y: { field: 'low' }, y2: { field: 'high' } } },
        { mark: { type: 'line', point: true }, encoding: { y: { field: 'mean' } } },
      ],
    },
  };
}

function facetTitle(name: Dimension['name'], value: string | number): string {
  return name === 'dataset' ? String(value) : `${HEADINGS[name]} ${value}`;
}
