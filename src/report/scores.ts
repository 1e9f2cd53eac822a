import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { UserError } from '../errors.js';
import { rankedTies } from '../metrics/ranking.js';
import { colorScale, type Plot } from './plot.js';

/** The anomaly scores of a run's test set. */
export interface Scores {
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
}

/**
 * Reads a scores.csv (index, anomaly, score) that a run with --save-models left.
 *
 * @throws UserError where it cannot be read or is no such file, naming the line
 */
export function readScores(file: string): Scores {
  const refuse = (problem: string) =>
    new UserError(`${file}: ${problem}; remove the file, or run again with --save-models`);
  let lines: string[][];
  try {
    lines = parse(readFileSync(file, 'utf8'));
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

/** The receiver operating characteristic: the share of anomalies found against the share of normal samples taken for one. */
export function rocCurve(title: string, { scores, anomalies }: Scores): Plot {
  const ties = rankedTies(scores, anomalies).reverse();
  const total = { normal: 0, anomalies: 0 };
  for (const tie of ties) {
    total.normal += tie.normal;
    total.anomalies += tie.anomalies;
  }
  const points = [{ step: 0, falsePositives: 0, truePositives: 0 }];
  let [normal, found] = [0, 0];
  for (const tie of ties) {
    normal += tie.normal;
    found += tie.anomalies;
    const point = {
      step: points.length,
      falsePositives: Math.round((STEPS * normal) / total.normal) / STEPS,
      truePositives: Math.round((STEPS * found) / total.anomalies) / STEPS,
    };
    const last = points[points.length - 1];
    const moved = point.falsePositives !== last.falsePositives || point.truePositives !== last.truePositives;
    if (moved) points.push(point);
  }
  const axis = { type: 'quantitative' as const, scale: { domain: [0, 1] } };
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
          encoding: { x: { field: 'end', ...axis }, y: { field: 'end', ...axis } },
        },
        {
          data: { values: points },
          mark: 'line',
          encoding: {
            x: { field: 'falsePositives', ...axis, title: 'false positive rate' },
            y: { field: 'truePositives', ...axis, title: 'true positive rate' },
            order: { field: 'step', type: 'quantitative' },
          },
        },
      ],
    },
  };
}
