import { sum } from 'es-toolkit/math/sum';
import type { DatasetOutline } from '../../data/dataset.js';
import { counted } from '../../messages/counted.js';
import type { KeyPath, Problem } from '../../messages/problems.js';
import { classChoices } from '../classes.js';
import type { Experiment } from '../schema.js';
import { preparationsOf } from './preparations.js';

/** The runs of an experiment at most: to plan so many takes some ten seconds and half a gigabyte, and more with each. */
const MOST_RUNS = 250_000;

/**
 * What an experiment says that comes to more runs than a plan can hold: its longest list. The lists are multiplied here and not written
 * out, which is what would take the memory.
 */
export function tooManyRuns(experiment: Experiment, datasets: readonly DatasetOutline[]): Problem[] {
  const { seeds, labeledAnomalyRatio, labeledNormalRatio, pollutionRatio } = experiment;
  const grids = experiment.detectors.map(({ options }) => product(Object.values(options)));
  const ofOneSplit = sum(grids) * product([seeds, labeledAnomalyRatio, labeledNormalRatio, pollutionRatio]);
  const splits = datasets.map((dataset) =>
    product([classChoices(experiment, dataset), preparationsOf(experiment, dataset)]),
  );
  const runs = ofOneSplit * sum(splits);
  if (runs <= MOST_RUNS) return [];
  const lists: [path: KeyPath, length: number][] = [
    ...Object.entries(experiment).flatMap(([key, value]): [KeyPath, number][] =>
      Array.isArray(value) ? [[[key], value.length]] : [],
    ),
    ...experiment.detectors.flatMap(({ options }, i) =>
      Object.entries(options).map(([option, { length }]): [KeyPath, number] => [
        ['detectors', i, option],
        length,
      ]),
    ),
  ];
  const [path, length] = lists.reduce((longest, list) => (list[1] > longest[1] ? list : longest));
  const message = `a list of ${counted(length, 'value')}, which with the other lists comes to ${counted(runs, 'run')}; expected at most ${counted(MOST_RUNS, 'run')}: shorten the lists, or write several configs`;
  return [{ path, message }];
}

function product(lists: readonly (readonly unknown[])[]): number {
  return lists.reduce((count, { length }) => count * length, 1);
}
