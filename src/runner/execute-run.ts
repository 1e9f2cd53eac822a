import { pick } from 'es-toolkit/object/pick';
import type { Run } from '../config/run.js';
import type { Dataset, SeriesTest, TestSet } from '../data/dataset.js';
import { drawHoldOut } from '../data/holdout.js';
import { type PreparedData, prepare } from '../data/prepare.js';
import { trainAutoencoder } from '../detectors/autoencoder.js';
import type { Progress } from '../detectors/detector.js';
import { fitDetector } from '../detectors/fit.js';
import { detectorNamed, hasOneEncoder } from '../detectors/registry.js';
import { Diverged } from '../detectors/training.js';
import type { Engine } from '../engine/engine.js';
import { auroc } from '../metrics/auroc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import { collapse } from '../metrics/collapse.js';
import { seriesAuroc } from '../metrics/series-auroc.js';
import { extremesOf } from '../results/extremes.js';
import type { RunFailure, RunSuccess } from '../results/record.js';
import { TRACED_PHASES, type Trace, type TracedPhase } from '../results/trace.js';
import { autoencoderOf } from './groups.js';
import type { Prober } from './probes.js';
import type { Outcome, Pretrained, TrainedAutoencoder } from './task.js';

export interface ExecuteOptions {
  /** What the run starts from, where it has been trained before; a run that wants an autoencoder and has none trains it. */
  readonly autoencoder?: TrainedAutoencoder | undefined;
  /** The folder for the fitted detector and its scores, where they are to be kept. */
  readonly modelDirectory?: string | undefined;
  /** Whether to probe the encoder that it trains, if it trains one. */
  readonly diagnosed?: boolean | undefined;
  /** Splits and scales the data, where that is not to be done anew. */
  readonly split?: (dataset: Dataset, run: Run) => PreparedData;
  progress?(progress: Progress): void;
  /** Gets the autoencoder as soon as it is trained; the run goes on once this resolves. */
  pretrained?(autoencoder: TrainedAutoencoder): Promise<void>;
}

/**
 * Executes a run: splits the data, trains the autoencoder that it starts from, fits the detector, scores the test set, judges the scores,
 * and saves what is to be kept. Several may go on at a time, each with an engine of its own.
 *
 * @param dataset the one that the run names
 * @returns what the run came to: failed where the scores have collapsed or the training of the detector itself has diverged, and with a reason where something could not be kept
 * @throws Error where the data are not those that the run names; UserError or Error with the reason where it fails otherwise
 */
export async function executeRun(
  run: Run,
  dataset: Dataset,
  engine: Engine,
  options: ExecuteOptions = {},
): Promise<Outcome> {
  const {
    autoencoder,
    modelDirectory,
    diagnosed,
    split = prepare,
    progress = () => {},
    pretrained,
  } = options;
  if (dataset.checksum !== run.dataChecksum) {
    throw new Error(`run ${run.id} is of the data ${run.dataChecksum}, and not of ${dataset.checksum}`);
  }
  const { detector: choice, seed } = run;
  const definition = detectorNamed(choice.name);
  const lap = stopwatch();
  const prepared = split(dataset, run);
  const { training, test, counts, range } = prepared;
  const prober = diagnosed ? await proberOf(run, dataset, prepared) : undefined;
  const warmStart =
    choice.options.warmStart === undefined
      ? undefined
      : await (await import('../models/starting-weights.js')).startingWeights(choice, training.shape, engine);
  const data = lap();

  const losses = new LossKeeper(autoencoder?.losses);
  let pretraining = 0;
  const fitted = await fitDetector(choice, training, {
    seed,
    engine,
    report(state) {
      losses.add(state);
      progress(state);
    },
    watch: prober && ((encoder) => prober.watch(encoder)),
    ...(autoencoder && { autoencoder: autoencoder.weights }),
    ...(warmStart && { warmStart }),
    ...(definition.usesHoldOut?.(choice.options) && { holdOut: drawHoldOut(test, seed) }),
    ...(definition.bestOf?.(choice.options) !== undefined && { test }),
    async pretrained(weights) {
      pretraining = lap();
      await pretrained?.({ weights, losses: losses.of('pretraining') });
      lap(); // Handing it on is no training.
    },
  }).catch((error) => {
    // Other runs wait for an autoencoder, so that one that diverges is no outcome of this run alone.
    if (error instanceof Diverged && error.phase === 'training') return error;
    throw error;
  });
  const fitting = lap();
  if (fitted instanceof Diverged) {
    const seconds = { data, pretraining, training: fitting };
    return { status: 'failed', reason: fitted.message, counts, seconds, trace: { losses: losses.kept() } };
  }
  const detector = fitted;
  try {
    const scores = await detector.score(test.samples);
    const verdict = judge(scores, detector.resolution(scores), test, dataset.series);
    const seconds = { data, pretraining, training: fitting, scoring: lap() };
    const notes = detector.notes?.();
    const trace: Trace = {
      losses: losses.kept(detector.kept),
      ...(diagnosed && { probes: prober?.probes ?? [] }),
      ...(dataset.shape.length === 3 && {
        extremes: extremesOf(scores, test.anomalies, prepared.origin.test),
      }),
    };
    const outcome: Outcome = { ...verdict, counts, seconds, ...(notes && { notes }), trace };
    if (verdict.status !== 'done' || modelDirectory === undefined) return outcome;
    // Loaded only now: most runs keep no model, and a worker is to start fast.
    const { saveRun } = await import('./save-run.js');
    const model = { choice, shape: training.shape, detector };
    const { rows } = dataset.test ?? dataset.training;
    const saved = { scores, anomalies: test.anomalies, origin: prepared.origin.test, rows };
    return await saveRun(modelDirectory, model, { range, dataset }, saved).then(
      () => outcome,
      (error: Error) => ({ ...outcome, unsaved: error.message }),
    );
  } finally {
    detector.dispose?.();
  }
}

/**
 * Only trains the autoencoder that a run starts from: the same weights as those that `executeRun` trains.
 *
 * @throws UserError or Error with the reason where that fails
 */
export async function pretrainRun(
  run: Run,
  dataset: Dataset,
  engine: Engine,
  { split = prepare, progress = () => {} }: Pick<ExecuteOptions, 'split' | 'progress'> = {},
): Promise<Pretrained> {
  const plan = autoencoderOf(run);
  if (!plan) throw new Error(`run ${run.id} starts from no autoencoder`);
  const { training } = split(dataset, run);
  const lap = stopwatch();
  const losses = new LossKeeper();
  const report = (state: Progress) => {
    losses.add(state);
    progress(state);
  };
  const weights = await trainAutoencoder(plan, training, { seed: run.seed, engine, report });
  return { autoencoder: { weights, losses: losses.of('pretraining') }, seconds: lap() };
}

/**
 * What probes the encoder of a run; nothing where it trains none, or several of which the test set chooses. Its linear algebra is loaded
 * only where it is wanted: a worker is to start fast.
 */
async function proberOf(run: Run, dataset: Dataset, data: PreparedData): Promise<Prober | undefined> {
  if (!hasOneEncoder(run.detector)) return undefined;
  const { Prober } = await import('./probes.js');
  return new Prober(run, dataset, data);
}

/** What the scores of a test set come to. */
function judge(
  scores: Float64Array,
  resolution: number,
  { anomalies }: TestSet,
  series: SeriesTest | undefined,
): RunSuccess | RunFailure {
  const reason = collapse(scores, resolution);
  if (reason !== undefined) return { status: 'failed', reason };
  return {
    status: 'done',
    auroc: auroc(scores, anomalies),
    averagePrecision: averagePrecision(scores, anomalies),
    ...(series && {
      series: { ...pick(series, ['windowLength', 'stride']), ...seriesAuroc(series, scores) },
    }),
  };
}

/** Keeps the losses of a run's trainings. */
class LossKeeper {
  /** Of each phase, those of its training, or of each of several that are tried. */
  private readonly losses = new Map<string, number[][]>();

  /** @param pretraining those of an autoencoder that was trained before */
  constructor(pretraining?: Float32Array) {
    if (pretraining) this.losses.set('pretraining', [[...pretraining]]);
  }

  add({ phase, loss, firstLoss, candidate = 0 }: Progress): void {
    if (loss === undefined || firstLoss === undefined) return;
    const trainings = this.losses.get(phase) ?? [];
    trainings[candidate] ??= [firstLoss];
    trainings[candidate].push(loss);
    this.losses.set(phase, trainings);
  }

  /** @param index which of several trainings it is of; the last, which failed, where none is kept */
  of(phase: TracedPhase, index = -1): Float32Array {
    const trainings = this.losses.get(phase) ?? [];
    return Float32Array.from(trainings[index] ?? trainings.at(-1) ?? []);
  }

  kept(index?: number): Trace['losses'] {
    const phases = TRACED_PHASES.filter((phase) => this.losses.has(phase));
    return Object.fromEntries(phases.map((phase) => [phase, this.of(phase, index)]));
  }
}

/** A function that gives the wall seconds since it was last called, or made. */
function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}
