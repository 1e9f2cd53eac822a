import { describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { range } from 'es-toolkit';
import { columnsOf } from '../results/columns.js';
import { GROUPS, type Probe } from '../results/probe.js';
import type { RunRecord } from '../results/record.js';
import { exampleRecord } from '../results/testing/records.js';
import type { Trace } from '../results/trace.js';
import { STUDIED } from './detector-style.js';
import { draw } from './draw.js';
import { entropyPlots, probesCsv } from './entropy.js';

const RECORDS = [1, 2, 3].flatMap((seed) =>
  ['deep-svdd', 'deep-sad', 'kde'].map((name, i) =>
    exampleRecord(
      { detector: { name, options: { learningRateMilestones: [1] } }, seed },
      { auroc: 0.6 + (seed + i) / 10 },
    ),
  ),
);

/** Probes in which anomalies have the more entropy the higher the seed, unseen ones a tenth of it each. */
function probesOf(seed: number): Probe[] {
  return [0, 1, 2].flatMap((epoch) =>
    GROUPS.map((group, i) => ({
      epoch,
      group,
      count: 20,
      gaussian: -epoch + (i * seed) / 10,
      aroundMean: 1,
      ...(i === 0 && { aroundCenter: 2 }),
      neighbour: i === 3 ? null : i,
      effectiveRank: 1.5,
      ...(epoch !== 1 && { spectrum: [2, 1, 0] }),
    })),
  );
}

const TRACES: ReadonlyMap<string, Trace> = new Map(
  RECORDS.map(({ id, seed, detector }) => [
    id,
    { losses: {}, ...(detector.name !== 'kde' && { probes: probesOf(seed) }) },
  ]),
);
const columns = columnsOf(RECORDS);

test('the CSV has a line a run, epoch and group, with the excess over normal test samples', () => {
  const lines: Record<string, string>[] = parse(probesCsv(RECORDS, columns, TRACES) ?? '', { columns: true });
  expect(lines).toHaveLength(6 * 3 * 4);
  expect(lines[3]).toEqual({
    run: RECORDS[0].id,
    epoch: '0',
    group: 'unseen anomaly',
    n: '20',
    logdet: '0.3',
    msd_c: '',
    msd_mean: '1',
    knn: '',
    effective_rank: '1.5',
    auroc: '0.7',
    delta_logdet: expect.stringMatching(/^0\.[12]/),
    delta_knn: '',
    detector: 'Deep SVDD',
    dataset: 'cardio',
    normal_class: 'normal',
    known_anomaly_classes: 'anomaly',
    labeled_anomaly_ratio: '0.01',
    pollution_ratio: '0',
    seed: '1',
    preparation: 'as usual',
  });
  expect(Number(lines[3].delta_logdet)).toBeCloseTo(0.2);
});

test('the CSV names several normal classes, and how the data were prepared', () => {
  const record: RunRecord = {
    ...RECORDS[0],
    normalClass: ['0', '1'],
    preparation: { imageScaling: 'contrast' },
  };
  const [line] = parse(probesCsv([record], columns, TRACES) ?? '', { columns: true }) as object[];
  expect(line).toMatchObject({ normal_class: '0+1', preparation: 'contrast' });
});

test('runs without probes have neither a CSV nor plots', () => {
  const none = new Map([[RECORDS[0].id, { losses: {} }]]);
  expect(probesCsv(RECORDS, columns, none)).toBeUndefined();
  expect(entropyPlots(RECORDS, columns, none, STUDIED)).toEqual([]);
});

describe('the plots', () => {
  const plots = entropyPlots(RECORDS, columns, TRACES, STUDIED);

  test('are of epochs, of ΔH against AUROC, and of spectra', () => {
    expect(plots.map(({ title }) => title)).toEqual([
      'Entropy over epochs: cardio, γ_l 0.01',
      'Entropy of anomalies against AUROC: cardio',
      'Spectra of representations: cardio, γ_l 0.01, d 3',
    ]);
  });

  test('explain dotted lines where the learning rate falls, not where that is later', () => {
    const of = (learningRateMilestones: number[]) => {
      const run = exampleRecord({ detector: { name: 'deep-sad', options: { learningRateMilestones } } });
      const traces = new Map([[run.id, { losses: {}, probes: probesOf(1) }]]);
      return JSON.stringify(entropyPlots([run], columnsOf([run]), traces, STUDIED)[0].spec);
    };
    expect(of([1])).toContain('dotted');
    expect(of([50])).not.toContain('dotted');
  });

  test('tell the rank correlation of each detector, Deep SAD first', () => {
    expect(JSON.stringify(plots[1].spec.title)).toContain(
      '"Rank correlation","Deep SAD: ρ 1.00 (n 3)","Deep SVDD: ρ 1.00 (n 3)"',
    );
  });

  test('have ticks of one form: whole epochs, on a scale that is named, and powers of ten', async () => {
    const deep = new Map(
      [...TRACES].map(([id, trace]) => [
        id,
        {
          ...trace,
          probes: (trace.probes ?? []).map((probe) => ({ ...probe, spectrum: [1, 1e-4, 1e-6, 1e-12] })),
        },
      ]),
    );
    const [epochs, , spectra] = await draw(entropyPlots(RECORDS, columns, deep, STUDIED));
    const texts = ({ svg }: { svg: string }) =>
      [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(texts(epochs)).toEqual(expect.arrayContaining(['0', '1', '2']));
    expect(texts(epochs)).toContain('epoch, square-root scale (dotted: the learning rate falls)');
    expect(texts(spectra).filter((text) => /^0?\.\d+$/.test(text))).toEqual([]);
    expect(texts(spectra)).toContain('1e-8');
  });

  test('have a whole line for the first of the studied detector alone, however many there are', () => {
    const many = range(7).map((eta) => exampleRecord({ detector: { name: 'deep-svdd', options: { eta } } }));
    const records = [...many, ...RECORDS];
    const traces = new Map(records.map(({ id }) => [id, { losses: {}, probes: probesOf(1) }]));
    const [{ key = [] }] = entropyPlots(records, columnsOf(records), traces, STUDIED);
    const lines = key.filter(({ color }) => color === 'currentColor');
    expect(lines.length).toBeGreaterThan(6);
    expect(lines.filter(({ dash }) => dash.length === 0).map(({ name }) => name)).toEqual(['Deep SAD']);
  });

  test('take the mean and the deviation over runs', () => {
    const { layer } = plots[0].spec as { layer: { data: { values: Record<string, unknown>[] } }[] };
    const points = layer[1].data.values.filter(({ detector }) => detector === 'Deep SAD');
    const unseen = points.find(({ group, epoch }) => group === 'unseen anomaly' && epoch === 2);
    expect(unseen?.mean).toBeCloseTo(-2 + 0.6);
    expect(Number(unseen?.high) - Number(unseen?.mean)).toBeCloseTo(0.3 * Math.sqrt(2 / 3));
  });

  test('leave out eigenvalues that are 0, which a logarithm has no place for', () => {
    const { data } = plots[2].spec as { data: { values: Record<string, unknown>[] } };
    expect(new Set(data.values.map(({ place }) => place))).toEqual(new Set([1, 2]));
    expect(data.values.find(({ place }) => place === 1)?.value).toBeCloseTo(2);
  });

  test('leave out entropies that are none', () => {
    const lacking = (of: (seed: number) => boolean): ReadonlyMap<string, Trace> =>
      new Map(
        RECORDS.map(({ id, seed }) => [
          id,
          {
            losses: {},
            probes: probesOf(seed).map((probe) => (of(seed) ? { ...probe, gaussian: null } : probe)),
          },
        ]),
      );
    const ofSome = lacking((seed) => seed === 3);
    const [overEpochs] = entropyPlots(RECORDS, columns, ofSome, STUDIED);
    const { layer } = overEpochs.spec as { layer: { data: { values: Record<string, unknown>[] } }[] };
    const points = layer[1].data.values.filter(({ detector }) => detector === 'Deep SAD');
    expect(points).toHaveLength(12);
    expect(points.find(({ group, epoch }) => group === 'unseen anomaly' && epoch === 2)?.mean).toBeCloseTo(
      -2 + (0.3 + 0.6) / 2,
    );
    expect(probesCsv(RECORDS, columns, ofSome)).toContain(',2,unseen anomaly,20,,');
    expect(
      entropyPlots(
        RECORDS,
        columns,
        lacking(() => true),
        STUDIED,
      ).map(({ title }) => title),
    ).toEqual(['Spectra of representations: cardio, γ_l 0.01, d 3']);
  });
});
