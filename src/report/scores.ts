import { parse } from 'csv-parse/sync';
import { UserError } from '../errors.js';
import { rankedTies, type Tie } from '../metrics/ranking.js';
import { readText } from '../read-file.js';
import { optionName } from '../vocabulary.js';
import { colorScale, type Plot } from './plot.js';

/** The anomaly scores of a run's test set. */
export interface Scores {
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
}

/**
 * Reads a scores.csv (index, anomaly, score) that a run with saved models left.
 *
 * @throws UserError where it cannot be read or is no such file, naming the line
 */
export function readScores(file: string): Scores {
  const refuse = (problem: string) =>
    new UserError(`${file}: ${problem}; remove the file, or run again with ${optionName('saveModels')}`);
  const text = readText(file, { what: 'scores' });
  let lines: string[][];
  try {
    lines = parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const [header = [], ...samples] = lines;
  if (header.join() !== 'index,anomaly,score') {
    throw refuse(`line 1: expected index,anomaly,score, found ${header.join()}`);
  }
  samples.forEach(([, anomaly, score], index) => {
    if ((anomaly !== '0' && anomaly !== '1') || score === '' || !Number.isFinite(Number(score))) {
      throw refuse(`line ${index + 2}: expected 0 or 1 and a number, found ${anomaly},${score}`);
    }
  });
  const anomalies = Uint8Array.from(samples, ([, anomaly]) => Number(anomaly));
  if (!anomalies.includes(0) || !anomalies.includes(1)) throw refuse('expected normal samples and anomalies');
  return { scores: Float64Array.from(samples, ([, , score]) => Number(score)), anomalies };
}

const BINS = 50;

/** What is called normal and what anomalous, in the order of their colours. */
const KINDS = ['normal', 'anomaly'];

/**
 * How the scores of normal samples and of anomalies lie, each as shares of its kind. The last bar holds the hundredth of the
 * samples with the highest scores, which would squeeze all others.
 */
export function scoreHistogram(title: string, { scores, anomalies }: Scores): Plot {
  const ascending = scores.toSorted();
  const low = ascending[0];
  const high = ascending[Math.floor(0.99 * (ascending.length - 1))];
  const width = (high - low) / BINS || 1;
  const counts = KINDS.map(() => new Uint32Array(BINS + 1));
  scores.forEach((score, index) => {
    counts[anomalies[index]][Math.min(BINS, Math.floor((score - low) / width))]++;
  });
  const bars = KINDS.flatMap((kind, index) => {
    const total = counts[index].reduce((sum, count) => sum + count, 0);
    return Array.from(counts[index], (count, bin) => ({
      kind,
      from: low + bin * width,
      to: low + (bin + 1) * width,
      share: (100 * count) / total,
    }));
  });
  return {
    title: `Anomaly scores: ${title}`,
    spec: {
      title: 'Anomaly scores of the test set',
      width: 340,
      height: 220,
      data: { values: bars.filter(({ share }) => share > 0) },
      mark: { type: 'bar', opacity: 0.6 },
      encoding: {
        x: {
          field: 'from',
          type: 'quantitative',
          bin: { binned: true },
          title: 'anomaly score (last bar: and above)',
          axis: { grid: false },
        },
        x2: { field: 'to' },
        y: { field: 'share', type: 'quantitative', stack: null, title: 'share of its kind, %' },
        color: {
          field: 'kind',
          type: 'nominal',
          title: null,
          scale: colorScale(KINDS),
          legend: { orient: 'bottom' },
        },
      },
    },
  };
}

/** To how many steps a curve is drawn along each of its axes: finer than its pixels. */
const STEPS = 1000;

const SHARE = { type: 'quantitative' as const, scale: { domain: [0, 1] } };

/** The receiver operating characteristic: the share of anomalies found against the share of normal samples taken for one. */
export function rocCurve(title: string, scored: Scores): Plot {
  const { steps, total } = flaggedByScore(scored);
  const points = curve([
    [0, 0],
    ...steps.map(({ normal, anomalies }): Point => [normal / total.normal, anomalies / total.anomalies]),
  ]);
  return {
    title: `ROC: ${title}`,
    spec: {
      title: 'Receiver operating characteristic',
      width: 220,
      height: 220,
      layer: [
        {
          data: { values: [{ end: 0 }, { end: 1 }] },
          mark: { type: 'line', color: 'currentColor', opacity: 0.4, strokeDash: [4, 4] },
          encoding: { x: { field: 'end', ...SHARE }, y: { field: 'end', ...SHARE } },
        },
        {
          data: { values: points },
          mark: 'line',
          encoding: {
            x: { field: 'x', ...SHARE, title: 'false positive rate' },
            y: { field: 'y', ...SHARE, title: 'true positive rate' },
            order: { field: 'step', type: 'quantitative' },
          },
        },
      ],
    },
  };
}

/** The share of anomalies among the samples that are flagged against the share of anomalies found. */
export function precisionRecallCurve(title: string, scored: Scores): Plot {
  const { steps, total } = flaggedByScore(scored);
  const found = steps.map(
    ({ normal, anomalies }): Point => [anomalies / total.anomalies, anomalies / (normal + anomalies)],
  );
  const points = curve([[0, found[0][1]], ...found]);
  return {
    title: `Precision and recall: ${title}`,
    spec: {
      title: 'Precision and recall',
      width: 220,
      height: 220,
      data: { values: points },
      mark: { type: 'line', interpolate: 'step-before' },
      encoding: {
        x: { field: 'x', ...SHARE, title: 'recall' },
        y: { field: 'y', ...SHARE, title: 'precision' },
        order: { field: 'step', type: 'quantitative' },
      },
    },
  };
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

type Point = readonly [x: number, y: number];

/** The points of a curve without those that a picture would not tell from the one before. */
function curve(points: readonly Point[]): { step: number; x: number; y: number }[] {
  const kept: { step: number; x: number; y: number }[] = [];
  for (const point of points) {
    const [x, y] = point.map((value) => Math.round(STEPS * value) / STEPS);
    const last = kept.at(-1);
    if (x !== last?.x || y !== last.y) kept.push({ step: kept.length, x, y });
  }
  return kept;
}
