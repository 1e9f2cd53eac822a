import { concatenate } from '../data/concatenate.js';
import type { SeriesTest } from '../data/dataset.js';
import { StepScores } from '../data/series/step-scores.js';
import { windowLabels } from '../data/series/windows.js';
import { auroc } from './auroc.js';

/** The AUROC of time series: fractions in [0, 1]; null where the test has normal or anomalous ones alone. */
export interface SeriesAuroc {
  /** Over the time steps of all machines. */
  readonly steps: number | null;
  /** Of each machine by itself. */
  readonly machines: Readonly<Record<string, MachineAuroc>>;
}

export interface MachineAuroc {
  readonly windows: number | null;
  readonly steps: number | null;
}

/**
 * Judges the scores of windows by machine, and the scores of time steps that they come to: each the mean of its windows'.
 *
 * @param scores one for each window of all machines, machine after machine
 */
export function seriesAuroc({ windowLength, machines }: SeriesTest, scores: Float64Array): SeriesAuroc {
  const judged: [string, MachineAuroc][] = [];
  const allScores: Float64Array[] = [];
  let first = 0;
  for (const { name, starts, anomalies } of machines) {
    const ofMachine = scores.subarray(first, first + starts.length);
    const steps = new StepScores();
    steps.add(starts, ofMachine, windowLength);
    const ofSteps = steps.take().scores;
    judged.push([
      name,
      {
        windows: aurocOrNull(ofMachine, windowLabels(starts, windowLength, anomalies)),
        steps: aurocOrNull(ofSteps, anomalies),
      },
    ]);
    allScores.push(ofSteps);
    first += starts.length;
  }
  const allAnomalies = machines.map(({ anomalies }) => anomalies);
  return {
    steps: aurocOrNull(concatenate(Float64Array, allScores), concatenate(Uint8Array, allAnomalies)),
    machines: Object.fromEntries(judged),
  };
}

/** The AUROC; null where there is but one kind. */
function aurocOrNull(scores: Float64Array, anomalies: Uint8Array): number | null {
  return anomalies.includes(0) && anomalies.includes(1) ? auroc(scores, anomalies) : null;
}
