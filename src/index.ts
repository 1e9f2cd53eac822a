/** The library: read an experiment, load its data, run it, or use the detectors on your own arrays. */

export { expand } from './config/expansion/expand.js';
export { jsonSchema } from './config/json-schema.js';
export { type Config, loadConfig, parseConfig } from './config/load.js';
export type { Run } from './config/run.js';
export type { DetectorGrid, Experiment } from './config/schema.js';
export { dataFolder, type LocatedDataset, type LocatedFile, locateDataset } from './data/data-folder.js';
export type {
  Dataset,
  DatasetDefaults,
  SampleShape,
  Samples,
  TestSet,
  TrainingSet,
} from './data/dataset.js';
export { type DatasetDescriptor, datasetNames, selectDatasets } from './data/descriptor.js';
export { FetchFailed } from './data/fetch/failures.js';
export { type FetchEvent, type FetchOptions, fetchDataset } from './data/fetch/fetch.js';
export type { OwnImages } from './data/images/own-images.js';
export { SEMI_TARGET_SPELLING } from './data/input/labels.js';
export { type DatasetEntry, type FileVerdict, listDatasets, verifyDataset } from './data/inventory.js';
export { type PreparedData, prepare } from './data/prepare.js';
export { loadDataset } from './data/registry.js';
export type { OwnSeries } from './data/series/own-series.js';
export type { SplitRequest } from './data/split.js';
export type { OwnData } from './data/table/own-tables.js';
export type { Detector, DetectorDefinition, FitContext, Progress } from './detectors/detector.js';
export { type FitOptions, fitDetector } from './detectors/fit.js';
export type { AutoencoderPlan, DetectorChoice, OptionValue } from './detectors/options.js';
export { DETECTORS, detectorNamed } from './detectors/registry.js';
export { createEngine, type FoundDevice, findDevice } from './engine/device.js';
export type { Engine, Model, Training, TrainingTask } from './engine/engine.js';
export type { Objective } from './engine/objective.js';
export type { Device } from './engine/registry.js';
export { UserError } from './errors.js';
export { InvalidConfig, type KeyPath, type Problem } from './messages/problems.js';
export { type Evaluation, evaluate } from './models/evaluate.js';
export { type FitRequest, fitModel } from './models/fit-model.js';
export { readModel, type SavedModel, writeModel } from './models/model-folder.js';
export { placeFolder } from './models/place.js';
export { loadScorer, type ScoredBatch, type Scorer, scoreData } from './models/score.js';
export type { Weights } from './networks/network.js';
export type { FigureOptions } from './report/figure-options.js';
export { type Figure, type Figures, figures } from './report/figures.js';
export { type Comparison, compareResults } from './results/compare.js';
export type { RunRecord } from './results/record.js';
export { renderTable } from './results/tables.js';
export { AutoencoderCache } from './runner/autoencoder-cache.js';
export { type ExecuteOptions, executeRun } from './runner/execute-run.js';
export type { RunGroup } from './runner/groups.js';
export type { RunnerEvent } from './runner/runner.js';
export type { Outcome } from './runner/task.js';
export { executeSweep, type SweepEvent, type SweepOptions } from './sweep/execute.js';
export { type ExperimentPlan, planExperiments } from './sweep/experiment.js';
export { planSweep, type Sweep } from './sweep/sweep.js';
