import { stringify } from 'csv-stringify/sync';
import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { mean, sampleRankCorrelation, standardDeviation } from 'simple-statistics';
import { normalClassesOf } from '../data/split.js';
import { exponential, logarithm } from '../exponential.js';
import { grouped } from '../grouped.js';
import type { Columns } from '../results/columns.js';
import { dimensionsOf, preparedAs } from '../results/dimensions.js';
import { excess, GROUPS, type Group, type Probe } from '../results/probe.js';
import type { DoneRecord, RunRecord } from '../results/record.js';
import type { Trace } from '../results/trace.js';
import { settingText } from '../results/wording.js';
import { COLORS, type DetectorStyle, detectorStyles, isOf, shapeAt } from './detector-style.js';
import { colorScale, type KeyEntry, type Plot } from './plot.js';

/** A run whose encoder was probed. */
interface Probed {
  readonly record: DoneRecord;
  readonly detector: string;
  readonly probes: readonly Probe[];
}

function probedRuns(
  records: readonly RunRecord[],
  columns: Columns,
  traces: ReadonlyMap<string, Trace>,
): Probed[] {
  return records.flatMap((record) => {
    const probes = traces.get(record.id)?.probes ?? [];
    if (record.status !== 'done' || probes.length === 0) return [];
    return [{ record, detector: columns.of(record), probes }];
  });
}

/** The columns of `probesCsv`. */
export const PROBES_HEADER = [
  ...['run', 'epoch', 'group', 'n', 'logdet', 'msd_c', 'msd_mean', 'knn', 'effective_rank', 'auroc'],
  ...['delta_logdet', 'delta_knn', 'detector', 'dataset', 'normal_class', 'known_anomaly_classes'],
  ...['labeled_anomaly_ratio', 'pollution_ratio', 'seed', 'preparation'],
];

/**
 * The probes of all runs in CSV, a line a run, epoch and group; undefined where no run has any. Entropies are in nats a dimension, and one
 * that is not finite is empty.
 */
export function probesCsv(
  records: readonly RunRecord[],
  columns: Columns,
  traces: ReadonlyMap<string, Trace>,
): string | undefined {
  const runs = probedRuns(records, columns, traces);
  if (runs.length === 0) return undefined;
  const lines = runs.flatMap(({ record, detector, probes }) =>
    probes.map((probe) => [
      ...[record.id, probe.epoch, probe.group, probe.count, probe.gaussian, probe.aroundCenter],
      ...[probe.aroundMean, probe.neighbour, probe.effectiveRank, record.auroc],
      ...[excess(probes, probe, 'gaussian'), excess(probes, probe, 'neighbour')],
      ...[detector, record.dataset, normalClassesOf(record.normalClass).join('+')],
      record.knownAnomalyClasses.join('+'),
      ...[record.labeledAnomalyRatio, record.pollutionRatio, record.seed, preparedAs(record)],
    ]),
  );
  return stringify([PROBES_HEADER, ...lines]);
}

/**
 * What probes tell of whether training gives normal samples little entropy and anomalies much: for each setting the entropy of each group
 * over the epochs, and the spectra of normal and anomalous test samples before training and after; for each data set the entropy that
 * unseen anomalies have beyond normal samples, against the AUROC.
 */
export function entropyPlots(
  records: readonly RunRecord[],
  columns: Columns,
  traces: ReadonlyMap<string, Trace>,
  study: string,
): Plot[] {
  const runs = probedRuns(records, columns, traces);
  const dimensions = dimensionsOf(runs.map(({ record }) => record));
  const found = columns.names.filter((name) => runs.some(({ detector }) => detector === name));
  const names = partition(found, (name) => isOf(study, name)).flat();
  const settings = [...grouped(runs, ({ record }) => settingText(dimensions, record)).entries()];
  return [
    ...settings.flatMap(([title, own]) => entropyOverEpochs(title, own, names)),
    ...[...grouped(runs, ({ record }) => record.dataset)].flatMap(([dataset, own]) =>
      excessAgainstAuroc(dataset, own, names),
    ),
    ...settings.flatMap(([title, own]) =>
      [...grouped(own, ({ probes }) => probes.find(({ spectrum }) => spectrum)?.spectrum?.length)].flatMap(
        ([width, alike]) => (width === undefined ? [] : spectra(`${title}, d ${width}`, alike, names)),
      ),
    ),
  ];
}

const DASHES = [
  [7, 4],
  [2, 3],
  [8, 3, 2, 3],
  [12, 3],
  [4, 2, 1, 2],
];

/**
 * How the lines of detectors differ, whose colours and marks are those of groups: the first is whole, which the one under study comes as,
 * others are broken in the order of their columns.
 */
function dashAt(index: number): number[] {
  return index === 0 ? [] : DASHES[(index - 1) % DASHES.length];
}

/** The entries of a legend: a colour and a mark for each group that points are of, and for each detector how its lines are broken. */
function keyOf(
  points: readonly { readonly group: string; readonly detector: string }[],
  names: readonly string[],
): KeyEntry[] {
  const [groups, present] = [new Set<string>(), new Set<string>()];
  for (const { group, detector } of points) {
    groups.add(group);
    present.add(detector);
  }
  return [
    ...GROUPS.flatMap((name, index) =>
      groups.has(name)
        ? [{ name, color: COLORS[index], dash: [], shape: shapeAt(index), strokeWidth: 3 }]
        : [],
    ),
    ...names.flatMap((name, index) =>
      present.has(name) ? [{ name, color: 'currentColor', dash: dashAt(index), strokeWidth: 1.5 }] : [],
    ),
  ];
}

/** The encoding of detectors by how their lines are broken. */
function dashOf(names: readonly string[]) {
  return {
    field: 'detector',
    type: 'nominal',
    title: null,
    scale: { domain: [...names], range: names.map((_, index) => dashAt(index)) },
    legend: null,
  } as const;
}

const MARK = { type: 'point', filled: true, opacity: 1, size: 28 } as const;

/** The encoding of groups by marks. */
const SHAPE_OF_GROUP = {
  field: 'group',
  type: 'nominal',
  title: null,
  scale: { domain: [...GROUPS], range: GROUPS.map((_, index) => shapeAt(index)) },
  legend: null,
} as const;

function entropyOverEpochs(title: string, runs: readonly Probed[], names: readonly string[]): Plot[] {
  const all = runs.flatMap(({ detector, probes }) =>
    probes.flatMap(({ group, epoch, gaussian }) =>
      gaussian === null ? [] : [{ detector, group, epoch, gaussian }],
    ),
  );
  if (all.length === 0) return [];
  const points = [
    ...grouped(all, ({ detector, group, epoch }) => JSON.stringify([detector, group, epoch])).values(),
  ].map((probes) => {
    const entropies = probes.map(({ gaussian }) => gaussian);
    const [center, deviation] = [mean(entropies), standardDeviation(entropies)];
    const { detector, group, epoch } = probes[0];
    const band = { low: center - deviation, high: center + deviation };
    return { detector, group, epoch, line: `${detector} ${group}`, mean: center, ...band };
  });
  const epochs = uniq(points.map(({ epoch }) => epoch));
  const last = Math.max(...epochs);
  const drops = uniq(
    runs.flatMap(({ record }) => (record.detector.options.learningRateMilestones ?? []) as readonly number[]),
  ).filter((epoch) => epoch <= last);
  const x = {
    field: 'epoch',
    type: 'quantitative' as const,
    title: `epoch${epochs.length > 2 ? ', square-root scale' : ''}${drops.length > 0 ? ' (dotted: the learning rate falls)' : ''}`,
    scale: { type: 'sqrt' as const, nice: false, domain: [0, last] },
    // By a format of whole numbers Vega would leave out those between the ends.
    axis: { values: epochs, format: '~g', grid: false, labelOverlap: 'greedy' as const },
  };
  return [
    {
      title: `Entropy over epochs: ${title}`,
      description: `The entropy of the representations of ${uniq(points.map(({ group }) => group)).join(', ')} over the epochs of the training, by detector: ${names.join(', ')}.`,
      key: keyOf(points, names),
      ...(points.some(({ low, high }) => low < high) && { marks: ['band'] }),
      spec: {
        title: {
          text: title,
          subtitle: 'Gaussian entropy bound of representations',
          subtitleColor: 'currentColor',
        },
        width: 400,
        height: 280,
        layer: [
          {
            data: { values: drops.map((epoch) => ({ epoch })) },
            mark: { type: 'rule', color: 'currentColor', opacity: 0.5, strokeDash: [1, 3] },
            encoding: { x },
          },
          {
            data: { values: points },
            encoding: {
              x,
              y: { type: 'quantitative', title: 'entropy, nats a dimension', scale: { zero: false } },
              color: {
                field: 'group',
                type: 'nominal',
                title: null,
                scale: colorScale(GROUPS),
                legend: null,
              },
              detail: { field: 'line' },
            },
            layer: [
              {
                mark: { type: 'area', opacity: 0.1 },
                encoding: { y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
              },
              {
                mark: { type: 'line' },
                encoding: {
                  y: { field: 'mean', type: 'quantitative' },
                  strokeDash: dashOf(names),
                },
              },
              {
                mark: MARK,
                encoding: { y: { field: 'mean', type: 'quantitative' }, shape: SHAPE_OF_GROUP },
              },
            ],
          },
        ],
      },
    },
  ];
}

/** What anomalies are called of which no class was known in training, or, where all are known, those. */
function anomalousGroup(probes: readonly Probe[]): Group | undefined {
  const groups = new Set(probes.map(({ group }) => group));
  return (['unseen anomaly', 'known anomaly'] as const).find((group) => groups.has(group));
}

function excessAgainstAuroc(dataset: string, runs: readonly Probed[], names: readonly string[]): Plot[] {
  const points = runs.flatMap(({ record, detector, probes }) => {
    const group = anomalousGroup(probes);
    const epoch = Math.max(...probes.map((probe) => probe.epoch));
    const value = group && excess(probes, { epoch, group }, 'gaussian');
    return value === undefined
      ? []
      : [{ detector, group, excess: Number(value.toPrecision(6)), auroc: 100 * record.auroc }];
  });
  if (points.length < 2) return [];
  const styles = detectorStyles(names);
  const correlations = names.flatMap((name) => {
    const own = points.filter(({ detector }) => detector === name);
    return own.length < 3 ? [] : [`${name}: ρ ${rankCorrelation(own)} (n ${own.length})`];
  });
  const kind = uniq(points.map(({ group }) => (group === 'unseen anomaly' ? 'unseen' : 'known'))).join(
    ' or ',
  );
  return [
    {
      title: `Entropy of anomalies against AUROC: ${dataset}`,
      description: `A point a run. Rank correlation: ${correlations.join('; ') || 'of too few runs'}.`,
      key: names
        .filter((name) => points.some(({ detector }) => detector === name))
        .map((name) => ({
          name,
          ...(styles.get(name) as DetectorStyle),
        })),
      spec: {
        title: {
          text: dataset,
          subtitle: correlations.length > 0 ? ['Rank correlation', ...correlations] : [],
          subtitleColor: 'currentColor',
        },
        width: 340,
        height: 280,
        data: { values: points },
        mark: { type: 'point', filled: true, opacity: 1, size: 50 },
        encoding: {
          x: {
            field: 'excess',
            type: 'quantitative',
            title: `ΔH, ${kind} anomalies − normal, nats a dimension`,
            scale: { zero: false },
          },
          y: { field: 'auroc', type: 'quantitative', title: 'AUROC, %', scale: { zero: false } },
          color: {
            field: 'detector',
            type: 'nominal',
            title: null,
            scale: {
              domain: [...names],
              range: [...styles.values()].map(({ color }) => color),
            },
            legend: null,
          },
          shape: {
            field: 'detector',
            type: 'nominal',
            scale: { domain: [...names], range: [...styles.values()].map(({ shape }) => shape) },
            legend: null,
          },
        },
      },
    },
  ];
}

function rankCorrelation(points: readonly { readonly excess: number; readonly auroc: number }[]): string {
  const correlation = sampleRankCorrelation(
    points.map(({ excess }) => excess),
    points.map(({ auroc }) => auroc),
  );
  return Number.isFinite(correlation) ? correlation.toFixed(2).replace('-', '−') : '–';
}

function spectra(title: string, runs: readonly Probed[], names: readonly string[]): Plot[] {
  const all = runs.flatMap(({ detector, probes }) => {
    const anomalous = anomalousGroup(probes);
    return probes.flatMap(({ epoch, group, spectrum }) => {
      const normal = probes.find((probe) => probe.epoch === epoch && probe.group === 'test normal');
      if (!spectrum || !normal?.spectrum || (group !== 'test normal' && group !== anomalous)) return [];
      // As large as the mean of normal samples: what scaling all representations does not change.
      const scale = mean([...normal.spectrum]);
      const moment = epoch === 0 ? 'before training' : 'after training';
      return spectrum.map((value, index) => ({
        detector,
        group,
        moment,
        place: index + 1,
        value: value / scale,
      }));
    });
  });
  const positive = all.filter(({ value }) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [];
  const points = [
    ...grouped(positive, ({ detector, group, moment, place }) =>
      JSON.stringify([detector, group, moment, place]),
    ).values(),
  ].map((members) => {
    const { value: _, ...place } = members[0];
    const line = `${place.detector} ${place.group} ${place.moment}`;
    return { ...place, line, value: exponential(mean(members.map(({ value }) => logarithm(value)))) };
  });
  const paleBefore = {
    field: 'moment',
    type: 'ordinal',
    title: null,
    scale: { domain: ['before training', 'after training'], range: [0.35, 1] },
    legend: null,
  } as const;
  return [
    {
      title: `Spectra of representations: ${title}`,
      description:
        'The eigenvalues of the covariance of the representations of normal and anomalous test samples, before training and after.',
      key: keyOf(points, names),
      spec: {
        title: {
          text: title,
          subtitle: 'Eigenvalues of the covariance of test samples; pale: before training',
          subtitleColor: 'currentColor',
        },
        width: 400,
        height: 280,
        data: { values: points },
        encoding: {
          x: {
            field: 'place',
            type: 'quantitative',
            title: 'eigenvalue',
            scale: { nice: false },
            axis: { grid: false },
          },
          y: {
            field: 'value',
            type: 'quantitative',
            title: 'its share of the mean of normal samples',
            scale: { type: 'log', nice: false },
            // Of one form: the shortest of each would be 0.000001 beside 1e-8.
            axis: { format: Math.min(...points.map(({ value }) => value)) < 1e-6 ? '~e' : '~g', grid: false },
          },
          color: {
            field: 'group',
            type: 'nominal',
            title: null,
            scale: { ...colorScale(GROUPS), domain: [...GROUPS] },
            legend: null,
          },
          detail: { field: 'line' },
        },
        layer: [
          { mark: { type: 'line' }, encoding: { strokeDash: dashOf(names), strokeOpacity: paleBefore } },
          {
            transform: [{ filter: 'datum.place % 5 === 0' }],
            mark: MARK,
            encoding: { shape: SHAPE_OF_GROUP, opacity: paleBefore },
          },
        ],
      },
    },
  ];
}
