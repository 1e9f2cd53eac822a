import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { expand } from './config/expand.js';
import type { Config } from './config/load.js';
import { InvalidConfig, type Problem } from './config/problems.js';
import type { Run } from './config/run.js';
import { toYaml } from './config/write.js';
import type { Dataset } from './data/dataset.js';
import { loadDataset } from './data/registry.js';
import { UserError } from './errors.js';
import { writeEnvironment } from './results/environment.js';
import type { RunRecord } from './results/record.js';
import { writeTables } from './results/tables.js';
import { type RunOptions, runAll } from './runner/runner.js';

/** An experiment with its data in memory, ready to be executed. */
export interface ExperimentPlan {
  readonly config: Config;
  /** By name. */
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly runs: readonly Run[];
}

export interface ExecutionOptions
  extends Pick<RunOptions, 'jobs' | 'device' | 'saveModels' | 'signal' | 'on'> {
  /** Where the results go. */
  readonly directory: string;
}

/**
 * Loads the data of an experiment and expands it into runs.
 *
 * @param dataDir the folder of data files, where it is not the default one
 * @throws UserError where data are missing or damaged; InvalidConfig with all that the data sets cannot meet
 */
export async function planExperiment(config: Config, dataDir?: string): Promise<ExperimentPlan> {
  const datasets = await loadDatasets(config, dataDir);
  return { config, datasets, runs: expandAll(config, [...datasets.values()]) };
}

/**
 * Executes the runs of an experiment and writes config.yaml, runs.jsonl, environment.json and the tables. Aborted, it keeps the
 * records of the runs that are done and writes no tables.
 *
 * @returns a record for each run, in their order; only of those that are done where `signal` aborted
 * @throws UserError where the results cannot be written or the device is missing
 */
export async function executePlan(plan: ExperimentPlan, options: ExecutionOptions): Promise<RunRecord[]> {
  const { config, datasets, runs } = plan;
  const { directory, ...runOptions } = options;
  await writeConfig(config, directory);
  const records = await runAll(runs, { ...runOptions, datasets, experimentDir: directory });
  if (!options.signal.aborted) {
    await writeEnvironment(records, datasets.values(), directory);
    await writeTables(records, directory);
  }
  return records;
}

async function loadDatasets({ experiment }: Config, dataDir?: string): Promise<ReadonlyMap<string, Dataset>> {
  const datasets = await Promise.all(experiment.dataset.map((reference) => loadDataset(reference, dataDir)));
  return new Map(datasets.map((dataset) => [dataset.name, dataset]));
}

/** The runs on all data sets, or all that any of them cannot meet. */
function expandAll({ experiment, describe }: Config, datasets: readonly Dataset[]): Run[] {
  const problems: Problem[] = [];
  const runs = datasets.flatMap((dataset) => {
    try {
      return expand(experiment, dataset);
    } catch (error) {
      if (!(error instanceof InvalidConfig)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new InvalidConfig(problems, describe);
  return runs;
}

async function writeConfig({ experiment }: Config, directory: string): Promise<void> {
  try {
    mkdirSync(directory, { recursive: true });
    await writeFileAtomic(join(directory, 'config.yaml'), toYaml(experiment));
  } catch (error) {
    throw new UserError(`cannot write the results: ${(error as Error).message}; give another --out`);
  }
}
