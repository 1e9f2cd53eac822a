import { uniq } from 'es-toolkit/array/uniq';
import { pick } from 'es-toolkit/object/pick';
import stringify from 'safe-stable-stringify';
import type { DatasetOutline } from '../../data/dataset.js';
import { emptyRatios } from '../../data/training-counts.js';
import { idleOptions } from '../../detectors/idle-options.js';
import { withUsual } from '../../detectors/options.js';
import { DETECTORS, detectorNamed, hasOneEncoder } from '../../detectors/registry.js';
import type { EngineName } from '../../engine/registry.js';
import { counted } from '../../messages/counted.js';
import {
  departures,
  PREPARATION_KEYS,
  type PreparationKeys,
  protocolPreparation,
  USUAL_PREPARATION,
} from '../protocol.js';
import type { Run, RunContent } from '../run.js';
import type { Experiment } from '../schema.js';
import type { ResolvedChoice } from './choices.js';
import { outcomeOptions } from './content-id.js';
import type { Counter } from './counts.js';
import { appliesTo } from './preparations.js';

/** The notice of detectors that the native engine computes whatever engine is asked for. */
export function onCpu(runs: readonly Run[], engine: EngineName): string[] {
  const names = uniq(runs.map(({ detector }) => detector.name)).filter(
    (name) => detectorNamed(name).nativeOnly,
  );
  if (engine === 'native' || names.length === 0) return [];
  return [`${names.join(' and ')}: computed on the CPU, by the native engine`];
}

/** The notice of scalings that leave [0, 1], and of the detectors whose loss needs inputs in it. */
export function outsideUnit(dataset: string, runs: readonly Run[]): string[] {
  const affected = runs.filter(({ detector }) => detectorNamed(detector.name).unitInputs);
  const scalings = affected.flatMap(({ preparation }) =>
    (['tableScaling', 'imageScaling'] as const).flatMap((key) =>
      preparation?.[key] === undefined ? [] : [`${key} ${preparation[key]}`],
    ),
  );
  if (scalings.length === 0) return [];
  const names = uniq(affected.map(({ detector }) => detector.name)).join(' and ');
  return [
    `${dataset}: the cross-entropy of ${names} is of values in [0, 1], beyond which it has no lower bound; ${uniq(scalings).join(' and ')} gives such`,
  ];
}

/** The warnings about diagnostics that no detector has, or not all of those that train an encoder; `choices` are those of each detector. */
export function undiagnosed(
  { diagnostics }: Experiment,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  if (diagnostics === undefined) return [];
  const asked = `diagnostics ${diagnostics.join(', ')}`;
  const encoding = choices.flat().filter(({ name }) => detectorNamed(name).encodes);
  if (encoding.length === 0) {
    const names = DETECTORS.filter(({ encodes }) => encodes).map(({ name }) => name);
    return [`${asked}: no detector here trains an encoder; ${names.join(', ')} do`];
  }
  const unprobed = uniq(encoding.filter((choice) => !hasOneEncoder(choice)).map(({ name }) => name));
  return unprobed.map(
    (name) => `${asked}: ${name} trains several encoders, of which the test set chooses, and none is probed`,
  );
}

/** The notices of ratios that come to less than one sample. */
export function withoutSamples(name: string, contents: readonly RunContent[], splitOf: Counter): string[] {
  const splits = contents.map((content) => ({ ...content, counts: splitOf(content).counts }));
  return emptyRatios(splits).map(
    ({ ratio, value, of }) =>
      `${name}: ${ratio} ${value} of ${of} is less than one; such runs are the same as with 0`,
  );
}

/** Test samples of a kind below which a single one moves an AUROC by half of it or all. */
const FEWEST_TESTED = 3;

/** The notice of runs that are tested on next to no normal samples, or anomalies. */
export function smallTests(name: string, runs: readonly Run[], splitOf: Counter): string[] {
  const splits = uniq(runs.map(splitOf)).flatMap(({ counts }) => (counts ? [counts] : []));
  const kinds = [
    ['testNormal', 'normal sample', 'normal samples'],
    ['testAnomalies', 'anomaly', 'anomalies'],
  ] as const;
  const few = kinds.flatMap(([kind, singular, plural]) => {
    const fewest = Math.min(...splits.map((counts) => counts[kind]));
    return fewest < FEWEST_TESTED ? [counted(fewest, singular, plural)] : [];
  });
  if (few.length === 0) return [];
  return [
    `${name}: runs are tested on as few as ${few.join(' and ')}; their AUROC is a matter of single samples: label more, or give more to test on`,
  ];
}

/** What the experiment says beside its protocol, where that says otherwise, and what says nothing of the data set. */
export function protocolNotices(
  experiment: Experiment,
  dataset: DatasetOutline,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  const { protocol, detectors } = experiment;
  const preparation = protocolPreparation(protocol);
  const preparations = PREPARATION_KEYS.flatMap((key) =>
    appliesTo(key, dataset)
      ? (experiment[key] ?? []).map((value) => ({ set: pick(preparation, [key]), held: { [key]: value } }))
      : [],
  );
  const changed =
    protocol === 'deepsad'
      ? []
      : [
          ...departures(undefined, preparations),
          ...detectors.flatMap(({ name }, i) => {
            const { shape } = detectorNamed(name).options;
            return departures(
              name,
              choices[i].map(({ set, options }) => ({ set, held: withUsual(options, shape) })),
            );
          }),
        ];
  const idle = PREPARATION_KEYS.filter(
    (key) => experiment[key]?.some((value) => value !== USUAL_PREPARATION[key]) && !appliesTo(key, dataset),
  );
  return [
    ...(changed.length > 0 ? [`protocol ${protocol}, but ${uniq(changed).join('; ')}`] : []),
    ...idle.map((key) => `${dataset.name}: ${key} says nothing of ${IDLE[key]}`),
  ];
}

/** The notices of options given to detectors that change nothing of any run; `choices` are those of each detector. */
export function idleNotices(
  { detectors }: Experiment,
  dataset: DatasetOutline,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  return detectors.flatMap(({ name }, i) =>
    idleOptions(`${dataset.name}: ${name}`, choices[i], detectorNamed(name)),
  );
}

/** The notices of detectors that come to the same as others before them. */
export function repeatedDetectors(
  { detectors }: Experiment,
  choices: readonly (readonly ResolvedChoice[])[],
): string[] {
  const seen = new Set<string>();
  return detectors.flatMap(({ name }, i) => {
    const contents = choices[i].map((choice) => stringify([name, outcomeOptions(choice)]) ?? '');
    const isRepeated = contents.every((content) => seen.has(content));
    for (const content of contents) seen.add(content);
    return isRepeated ? [`detectors.${i}, ${name}, comes to the same as one before it`] : [];
  });
}

const IDLE: Readonly<Record<keyof PreparationKeys, string>> = {
  tableScaling: 'data that are no table',
  imageScaling: 'data that are no images',
  testPart: 'data that have a test part, or labels of your own',
};
