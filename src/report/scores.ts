import { parse } from 'csv-parse/sync';
import { UserError } from '../errors.js';
import { readText } from '../files/read-file.js';
import { optionName } from '../messages/vocabulary.js';
import { COLORS, SHAPES } from './detector-style.js';
import { colorScale, type Plot } from './plot.js';

/** The anomaly scores of a run's test set. */
export interface Scores {
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
}

/**
 * Reads a scores.csv (row or index, anomaly, score) that a run with saved models left.
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
  if (!/^(row|index),anomaly,score$/.test(header.join())) {
    throw refuse(`line 1: expected row or index,anomaly,score, found ${header.join()}`);
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
    description: 'How the anomaly scores of normal test samples and of anomalies lie, as shares of each.',
    key: KINDS.map((name, index) => ({ name, color: COLORS[index], dash: [], shape: SHAPES.square })),
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
          legend: null,
        },
      },
    },
  };
}
