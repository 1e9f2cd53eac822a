import { uniq } from 'es-toolkit/array/uniq';
import { parseDetector } from '../config/detector-choice.js';
import { sampleSize } from '../data/dataset.js';
import { distinctInBoth } from '../data/equal-samples.js';
import { fingerprints, keptOf } from '../data/fingerprints.js';
import { type CountedTrainingSet, type InputOptions, readTrainingSet } from '../data/input/input.js';
import { isSpelled } from '../data/input/labels.js';
import { fitInput } from '../data/input/registry.js';
import { doubtLabels, spellings } from '../data/label-meanings.js';
import { describeTelling, tellingFeatures } from '../data/table/telling-features.js';
import type { Progress } from '../detectors/detector.js';
import { fitDetector } from '../detectors/fit.js';
import { idleOptions } from '../detectors/idle-options.js';
import { largerThanAll, smallData } from '../detectors/small-data.js';
import { createEngine } from '../engine/device.js';
import type { Device } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { counted } from '../messages/counted.js';
import { optionName } from '../messages/vocabulary.js';
import { collapse } from '../metrics/collapse.js';
import { requireWhole } from '../whole-number.js';
import type { ModelDetails, SavedModel, Threshold } from './model-folder.js';
import { startingWeights } from './starting-weights.js';
import { chooseThreshold } from './threshold.js';

/** What a model is fitted on, and how. */
export interface FitRequest extends InputOptions {
  /** A CSV table, or a folder of data. */
  readonly data: string;
  readonly detector: string;
  /** Options of the detector, `option=value` each. */
  readonly set: readonly string[];
  readonly seed: number;
  readonly device: Device;
  /** The share of training samples besides labeled anomalies that the threshold may flag. */
  readonly contamination: number;
  /** Told what was found before the training begins. */
  onRead(training: CountedTrainingSet): void;
  onProgress(progress: Progress): void;
}

/** A model that can be written, and how it judges its training samples. */
export interface FittedModel extends SavedModel {
  readonly details: ModelDetails & { readonly threshold: Threshold };
}

/**
 * Fits a detector on a user's data with whatever labels these have.
 *
 * @throws UserError where data, detector or options are wrong, or what was learned tells no samples apart
 */
export async function fitModel(request: FitRequest): Promise<FittedModel> {
  checkNumbers(request);
  const { data, contamination, seed } = request;
  const { definition, given } = parseDetector(request.detector, request.set);
  const input = await fitInput(data, request);
  const options = definition.resolve(given, input.defaults, input.shape);
  const choice = { name: definition.name, options };
  const labels = request.labelColumn === undefined && input.kind === 'table' ? 'ignored' : 'required';
  const training = await readTrainingSet(input, data, { labels, warn: request.warn });
  if (training.semiTargets.every((semiTarget) => semiTarget === -1)) {
    // A folder that is not known by its name is one of anomalies.
    const remedy =
      input.kind === 'images' ? `say which folders are normal (${optionName('normal')}), or give` : 'give';
    throw new UserError(
      `${data}: every sample is a labeled anomaly${spellings(training.labels.anomaly)}; ${remedy} normal or unlabeled ones too`,
    );
  }
  const place = `${data}, ${input.labelPlace(data)}`;
  const doubts =
    labels === 'required' ? doubtLabels(training.labels, place, !isSpelled(request.spelling)) : [];
  request.onRead(training);
  const prints = fingerprints(training.samples, sampleSize(input.shape));
  doubts.push(...contradictions(prints, training.semiTargets, place));
  const { columns } = input;
  if (columns) {
    const telling = tellingFeatures(training.samples, columns.length, training.semiTargets);
    doubts.push(...describeTelling(data, uniq(telling.map((feature) => columns[feature]))));
  }
  doubts.push(...idleOptions(definition.name, [{ given, options }], definition));
  doubts.push(
    ...smallData(data, [choice], training.count, false),
    ...largerThanAll(data, 'treeSamples', [given.treeSamples], training.count),
  );
  const engine = await createEngine(request.device);
  if (definition.nativeOnly && engine.name !== 'native') {
    doubts.push(`${definition.name}: computed on the CPU, by the native engine`);
  }
  doubts.forEach(request.warn);

  const warmStart = await startingWeights(choice, input.shape, engine);
  const report = request.onProgress;
  const detector = await fitDetector(choice, training, {
    seed,
    engine,
    report,
    ...(warmStart && { warmStart }),
  });
  const doubt = definition.doubt?.(options, detector.notes?.() ?? {});
  if (doubt !== undefined) request.warn(`${data}: ${definition.name}: ${doubt}`);
  const scores = await (detector.scoreTraining?.(training) ?? detector.score(training.samples));
  const reason = collapse(scores, detector.resolution(scores));
  if (reason !== undefined) {
    detector.dispose?.();
    throw new UserError(`${definition.name} ${reason}; nothing is saved, try other options`);
  }
  const fittedOn = keptOf((await input.fingerprints?.(data)) ?? prints);
  const threshold = chooseThreshold(scores, training.semiTargets, contamination);
  return {
    choice,
    shape: input.shape,
    detector,
    details: { input: input.description, threshold, fittedOn },
  };
}

function checkNumbers({ seed, contamination }: FitRequest): void {
  requireWhole('seed', seed, 0);
  if (contamination >= 0 && contamination < 1) return;
  throw new UserError(
    `${optionName('contamination')}: expected a share of at least 0 and less than 1, found ${contamination}`,
  );
}

/** The warning about samples that are labeled normal and are labeled anomalies, as an image that lies in two folders is. */
function contradictions(prints: readonly number[], semiTargets: Int8Array, place: string): string[] {
  const [normal, anomalous] = [1, -1].map((kind) => prints.filter((_, i) => semiTargets[i] === kind));
  const both = distinctInBoth(normal, anomalous);
  return both === 0
    ? []
    : [`${place}: of ${counted(both, 'sample')} one copy is labeled normal and another an anomaly`];
}
