import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqWith } from 'es-toolkit/array/uniqWith';
import { memoize } from 'es-toolkit/function/memoize';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { type Expansion, expand } from '../config/expansion/expand.js';
import { tooManyRuns } from '../config/expansion/size.js';
import type { Config } from '../config/load.js';
import type { Run } from '../config/run.js';
import { missingDatasets, requireDatasets } from '../data/data-folder.js';
import type { Dataset, DatasetOutline } from '../data/dataset.js';
import { type DatasetReference, isOfImages, loadDataset, outlineDataset } from '../data/registry.js';
import { type SharedDataset, shareDataset } from '../data/shared-dataset.js';
import { DETECTOR_FILE } from '../detectors/warm-start.js';
import { type FoundDevice, findDevice, openEngine, type Probe, probeDevice } from '../engine/device.js';
import type { Device, DeviceName, EngineName } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { InvalidConfig, type Problem } from '../messages/problems.js';
import type { RunRecord } from '../results/record.js';
import { recordsIn } from '../results/results-folder.js';

/** An experiment with its data, ready to be executed; or with the outlines of its data, to be counted. */
export interface ExperimentPlan<Data extends DatasetOutline = SharedDataset> {
  readonly config: Config;
  /** By checksum. A worker process reads them as they were planned: what is done to their arrays, runs in this process see alone. */
  readonly datasets: ReadonlyMap<string, Data>;
  /** What networks are trained on, the same for all runs of the experiment: their ids tell its engine. */
  readonly device: DeviceName;
  /** By name: that device, where it is here, and the CPU, which computes what trains no network. */
  readonly devices: ReadonlyMap<DeviceName, FoundDevice>;
  readonly runs: readonly Run[];
  /** What the experiment's author should know of it besides the notices of its data sets. */
  readonly notices: readonly string[];
}

/**
 * What to look for to train the networks of an experiment on, by its data alone: `auto` is a GPU only for one on images, since the small
 * networks of tables and series gain little there.
 */
export function deviceFor({ experiment }: Config, device: Device): Device {
  return device === 'auto' && !experiment.dataset.some(isOfImages) ? 'cpu' : device;
}

/**
 * Finds a device for each experiment, loads their data, each data set once, and expands them into runs.
 *
 * @param device what networks are to be trained on; `auto` chooses for each experiment by its data alone
 * @param dataDir the folder of data files, where it is not the default one
 * @throws UserError where a device that was asked for is missing, saying what to install, or data are missing or damaged;
 *   InvalidConfig with all that the data sets of a config cannot meet
 */
export async function planExperiments(
  configs: readonly Config[],
  device: Device,
  dataDir?: string,
): Promise<ExperimentPlan[]> {
  // All at once, so that one command fetches all that are missing.
  requireDatasets(namedBy(configs), dataDir);
  return planWith(configs, findFor(device), async (reference) =>
    shareDataset(await loadDataset(reference, dataDir)),
  );
}

/**
 * Plans experiments once more that were planned before, on the devices of then, so that their runs are the same wherever that is: a device
 * that is not here is none of the plan's `devices`.
 *
 * @param dataDir the folder of data files, where it is not the default one
 * @throws UserError where data are missing or damaged; InvalidConfig with all that the data sets of a config cannot meet
 */
export async function planAgain(
  experiments: readonly (Pick<ExperimentPlan, 'config'> & { readonly device: DeviceName })[],
  dataDir?: string,
): Promise<ExperimentPlan[]> {
  const configs = experiments.map(({ config }) => config);
  requireDatasets(namedBy(configs), dataDir);
  const probe = (_: Config, index: number) => probeDevice(experiments[index].device);
  return planWith(configs, probe, async (reference) => shareDataset(await loadDataset(reference, dataDir)));
}

/**
 * Expands experiments on named data sets into runs by what earlier records tell of their data, without reading these.
 *
 * @param records those of the results folder
 * @returns undefined where an experiment has data of the user's own, which may have changed, or such that no record is of
 * @throws InvalidConfig with what is wrong with the classes of a config
 */
export async function outlineExperiments(
  configs: readonly Config[],
  device: Device,
  records: ReadonlyMap<string, RunRecord>,
): Promise<ExperimentPlan<DatasetOutline>[] | undefined> {
  const checksums = checksumsIn(records);
  const isKnown = (reference: DatasetReference) => typeof reference === 'string' && checksums.has(reference);
  if (!configs.every(({ experiment }) => experiment.dataset.every(isKnown))) return undefined;
  return planWith(configs, findFor(device), async (name) =>
    outlineDataset(String(name), checksums.get(String(name)) ?? ''),
  );
}

/**
 * Expands experiments into runs, those on named data sets that are not in the data folder too.
 *
 * @param directory the results folder, whose records tell which of their runs are done
 * @returns the experiments, and the data sets that are missing
 * @throws UserError as planExperiments does, but for missing data
 */
export async function forecastPlans(
  configs: readonly Config[],
  device: Device,
  directory: string,
  dataDir?: string,
): Promise<{ plans: ExperimentPlan<DatasetOutline>[]; missing: readonly string[] }> {
  const missing = missingDatasets(namedBy(configs), dataDir).map(({ name }) => name);
  const experiments = configs.map(({ experiment }) => experiment);
  const checksums = checksumsIn(missing.length > 0 ? recordsIn(directory, experiments) : new Map());
  const plans = await planWith<DatasetOutline>(configs, findFor(device), async (reference) =>
    typeof reference === 'string' && missing.includes(reference)
      ? outlineDataset(reference, checksums.get(reference) ?? `of ${reference}`)
      : loadDataset(reference, dataDir),
  );
  return { plans, missing };
}

/**
 * Checks that the data of an experiment have what it asks for; whether anything can be computed here is not looked at.
 *
 * @throws UserError where the data are missing or damaged; InvalidConfig with all that they cannot meet
 */
export async function expectData(config: Config): Promise<void> {
  const datasets = await Promise.all(config.experiment.dataset.map((reference) => loadDataset(reference)));
  expandAll(config, datasets, 'native');
}

function namedBy(configs: readonly Config[]): string[] {
  const references = configs.flatMap(({ experiment }) => experiment.dataset);
  return uniq(references.filter((reference) => typeof reference === 'string'));
}

/** The checksum of each data set by its name, as the last of these records of it has it. */
function checksumsIn(records: ReadonlyMap<string, RunRecord>): ReadonlyMap<string, string> {
  return new Map([...records.values()].map(({ dataset, dataChecksum }) => [dataset, dataChecksum]));
}

/** Finds the device of an experiment, which is to be here. */
function findFor(device: Device) {
  return (config: Config) => findDevice(deviceFor(config, device));
}

async function planWith<Data extends Dataset | DatasetOutline>(
  configs: readonly Config[],
  look: (config: Config, index: number) => Promise<Probe>,
  read: (reference: DatasetReference) => Promise<Data>,
): Promise<ExperimentPlan<Data>[]> {
  const cpu = await findDevice('cpu');
  const probes = await Promise.all(configs.map(look));
  const readOnce = memoize(read, { getCacheKey: (reference) => JSON.stringify(reference) });
  return Promise.all(
    configs.map(async (config, index) => {
      const probe = probes[index];
      const found = probe.available ? [cpu, probe] : [cpu];
      const datasets = await Promise.all(config.experiment.dataset.map(readOnce));
      const expansion = expandAll(config, datasets, probe.engine);
      await checkWarmStarts(config, datasets, expansion.runs);
      return {
        config,
        datasets: new Map(datasets.map((dataset) => [dataset.checksum, dataset])),
        device: probe.name,
        devices: new Map(found.map((device) => [device.name, device])),
        ...expansion,
      };
    }),
  );
}

/** The runs on all data sets, or all that any of them cannot meet. */
function expandAll(
  { experiment, wording, notices }: Config,
  datasets: readonly (Dataset | DatasetOutline)[],
  engine: EngineName,
): Expansion {
  const tooMany = tooManyRuns(experiment, datasets);
  if (tooMany.length > 0) throw new InvalidConfig(tooMany, wording);
  const problems = sameData(datasets);
  const expansions = datasets.flatMap((dataset) => {
    try {
      return [expand(experiment, dataset, engine)];
    } catch (error) {
      if (!(error instanceof InvalidConfig)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new InvalidConfig(problems, wording);
  return {
    runs: expansions.flatMap(({ runs }) => runs),
    notices: [...notices, ...expansions.flatMap((expansion) => expansion.notices)],
  };
}

/**
 * Reads the saved models that runs are to start from. One that is gone concerns those runs alone that are still to be done, which say so.
 *
 * @throws InvalidConfig with those that are damaged, others than the options say, or of another encoder
 */
async function checkWarmStarts(
  { experiment, wording }: Config,
  datasets: readonly DatasetOutline[],
  runs: readonly Run[],
): Promise<void> {
  const warm = runs.filter(({ detector }) => {
    const { warmStart } = detector.options;
    return typeof warmStart === 'string' && existsSync(join(warmStart, DETECTOR_FILE));
  });
  if (warm.length === 0) return;
  // Loaded only where it is wanted: a command is to start fast.
  const { startingWeights } = await import('../models/starting-weights.js');
  const engine = await openEngine('cpu');
  const problems: Problem[] = [];
  for (const { name, shape } of datasets) {
    const own = warm.filter(({ dataset }) => dataset === name).map(({ detector }) => detector);
    for (const choice of uniqWith(own, isEqual)) {
      try {
        await startingWeights(choice, shape, engine);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const place = experiment.detectors.findIndex(
          (grid) => grid.name === choice.name && grid.options.warmStart?.includes(choice.options.warmStart),
        );
        problems.push({ path: ['detectors', place, 'warmStart'], message: `on ${name}, ${error.message}` });
      }
    }
  }
  if (problems.length > 0) throw new InvalidConfig(problems, wording);
}

/** Data sets that are another one under another name, of which a table would have a row each. */
function sameData(datasets: readonly DatasetOutline[]): Problem[] {
  return datasets.flatMap(({ name, checksum }, index) => {
    const other = datasets.find((candidate) => candidate.checksum === checksum);
    if (other === undefined || other === datasets[index]) return [];
    return [
      {
        path: ['dataset', index],
        message: `${name} holds the same data as ${other.name}; leave one of them out`,
      },
    ];
  });
}
