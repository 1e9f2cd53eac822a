import { memoize } from 'es-toolkit/function/memoize';
import { type Run, splitKey } from '../config/run.js';
import type { Dataset, SeriesTest } from '../data/dataset.js';
import { drawHoldOut } from '../data/holdout.js';
import { type PreparedData, prepare } from '../data/prepare.js';
import { openDataset } from '../data/shared-dataset.js';
import { trainAutoencoder } from '../detectors/autoencoder.js';
import type { AutoencoderPlan, FitContext } from '../detectors/detector.js';
import { detectorNamed } from '../detectors/registry.js';
import { openEngine } from '../engine/device.js';
import type { Engine, Weights } from '../engine/engine.js';
import { auroc } from '../metrics/auroc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import { collapse } from '../metrics/collapse.js';
import { seriesAuroc } from '../metrics/series-auroc.js';
import type { SavedModel } from '../models/model-folder.js';
import type { RunFailure, RunSuccess } from '../results/record.js';
import type { TestScores } from './save-scores.js';
import { type Reports, serve } from './serve.js';
import type { Outcome, Task } from './task.js';

const open = memoize(openDataset, { getCacheKey: ({ descriptor }) => descriptor });

// A process that loads this module executes runs.
serve(async (task, reports) => {
  const { start } = task;
  const engine = await openEngine(task.device);
  const [data, preparing] = await timed(async () => split(open(task.dataset), task.run));
  const [weights, pretraining] =
    start && 'plan' in start ? await pretrain(engine, task, start.plan, data, reports) : [start?.weights, 0];
  const detected = await detect(engine, task, data, weights, reports);
  return { ...detected, seconds: { data: preparing, pretraining, ...detected.seconds } };
});

/** Trains an autoencoder on the split of a run, and hands it on; with the wall seconds that it took. */
async function pretrain(
  engine: Engine,
  { run }: Task,
  plan: AutoencoderPlan,
  { training }: PreparedData,
  { progress, pretrained }: Reports,
): Promise<[weights: Weights, seconds: number]> {
  const trained = await timed(() =>
    trainAutoencoder(plan, training, { seed: run.seed, engine, report: progress }),
  );
  await pretrained(trained[0]);
  return trained;
}

/** Fits the detector of a run, scores the test set with it and judges the scores. */
async function detect(
  engine: Engine,
  task: Task,
  { training, test, counts, range }: PreparedData,
  autoencoder: Weights | undefined,
  { progress }: Reports,
): Promise<Outcome> {
  const { run, modelDirectory } = task;
  const { options } = run.detector;
  const definition = detectorNamed(run.detector.name);
  const detector = definition.create(options, training.shape);
  const context: FitContext = {
    seed: run.seed,
    engine,
    report: progress,
    ...(autoencoder && { autoencoder }),
    ...(definition.usesHoldOut?.(options) && { holdOut: drawHoldOut(test, run.seed) }),
  };
  try {
    const [, fitting] = await timed(() => detector.fit(training, context));
    const [{ scores, verdict }, scoring] = await timed(async () => {
      const scores = await detector.score(test.samples);
      return { scores, verdict: judge(scores, test.anomalies, open(task.dataset).series) };
    });

    const notes = detector.notes?.();
    const facts = { counts, seconds: { training: fitting, scoring }, ...(notes && { notes }) };
    if (verdict.status !== 'done' || modelDirectory === undefined) return { ...verdict, ...facts };
    const { shape } = training;
    const { low, high, mean } = range;
    const scaling = { low: [...low], high: [...high], ...(mean && { mean: [...mean] }) };
    const model = { choice: run.detector, shape, detector, details: { scaling } };
    const unsaved = await save(modelDirectory, model, { scores, anomalies: test.anomalies });
    return { ...verdict, ...facts, ...(unsaved !== undefined && { unsaved }) };
  } finally {
    detector.dispose?.();
  }
}

/** Keeps a fitted detector and its scores. @returns why they could not be kept, if so */
async function save(directory: string, model: SavedModel, scores: TestScores): Promise<string | undefined> {
  // Loaded only now: most runs keep no model, and a worker is to start fast.
  const [{ saveScores }, { writeModel }] = await Promise.all([
    import('./save-scores.js'),
    import('../models/model-folder.js'),
  ]);
  try {
    await saveScores(directory, scores);
    await writeModel(directory, model);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What the scores of a test set come to. */
function judge(
  scores: Float64Array,
  anomalies: Uint8Array,
  series: SeriesTest | undefined,
): RunSuccess | RunFailure {
  const reason = collapse(scores);
  if (reason !== undefined) return { status: 'failed', reason };
  return {
    status: 'done',
    auroc: auroc(scores, anomalies),
    averagePrecision: averagePrecision(scores, anomalies),
    ...(series && { series: seriesAuroc(series, scores) }),
  };
}

let latest: { readonly key: string; readonly data: PreparedData } | undefined;

/** The data of a run; that of the previous task where it has the same split. */
function split(dataset: Dataset, run: Run): PreparedData {
  const key = splitKey(run);
  if (latest?.key !== key) {
    latest = undefined; // frees its memory before the next is made
    latest = { key, data: prepare(dataset, run) };
  }
  return latest.data;
}

/** What the work gives, and the wall seconds it took. */
async function timed<T>(work: () => Promise<T>): Promise<[result: T, seconds: number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}
