import { uniq } from 'es-toolkit/array/uniq';
import { memoize } from 'es-toolkit/function/memoize';
import { type Expansion, expand } from './config/expand.js';
import type { Config } from './config/load.js';
import { InvalidConfig, type Problem } from './config/problems.js';
import type { Run } from './config/run.js';
import { requireDatasets } from './data/data-folder.js';
import type { Dataset } from './data/dataset.js';
import { type DatasetReference, isOfImages, loadDataset } from './data/registry.js';
import { type SharedDataset, shareDataset } from './data/shared-dataset.js';
import { type FoundDevice, findDevice } from './engine/device.js';
import type { Device, EngineName } from './engine/registry.js';

/** An experiment with its data, ready to be executed. */
export interface ExperimentPlan {
  readonly config: Config;
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, SharedDataset>;
  /** What the runs are computed on: their ids tell its engine. */
  readonly device: FoundDevice;
  readonly runs: readonly Run[];
  /** What the experiment's author should know of it besides the notices of its data sets. */
  readonly notices: readonly string[];
}

/**
 * The device to plan experiments for. `auto` is a GPU only where one of them is on images: the small networks of tables and series gain
 * little on one.
 *
 * @throws UserError where a device that was asked for is missing, saying what to install
 */
export function deviceFor(configs: readonly Config[], device: Device): Promise<FoundDevice> {
  const gains = configs.some(({ experiment }) => experiment.dataset.some(isOfImages));
  return findDevice(device === 'auto' && !gains ? 'cpu' : device);
}

/**
 * Loads the data of experiments, each data set once, and expands them into runs.
 *
 * @param device what the runs are to be computed on
 * @param dataDir the folder of data files, where it is not the default one
 * @throws UserError where data are missing or damaged; InvalidConfig with all that the data sets of a config cannot meet
 */
export async function planExperiments(
  configs: readonly Config[],
  device: FoundDevice,
  dataDir?: string,
): Promise<ExperimentPlan[]> {
  const references = configs.flatMap(({ experiment }) => experiment.dataset);
  // All at once, so that one command fetches all that are missing.
  requireDatasets(uniq(references.filter((reference) => typeof reference === 'string')), dataDir);
  const load = memoize(
    async (reference: DatasetReference) => shareDataset(await loadDataset(reference, dataDir)),
    {
      getCacheKey: (reference) => JSON.stringify(reference),
    },
  );
  return Promise.all(
    configs.map(async (config) => {
      const datasets = await Promise.all(config.experiment.dataset.map(load));
      return {
        config,
        datasets: new Map(datasets.map((dataset) => [dataset.checksum, dataset])),
        device,
        ...expandAll(config, datasets, device.engine),
      };
    }),
  );
}

/** The runs on all data sets, or all that any of them cannot meet. */
function expandAll(
  { experiment, wording, notices }: Config,
  datasets: readonly Dataset[],
  engine: EngineName,
): Expansion {
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

/** Data sets that are another one under another name, of which a table would have a row each. */
function sameData(datasets: readonly Dataset[]): Problem[] {
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
