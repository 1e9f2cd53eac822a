import { UserError } from '../errors.js';
import { digest, hasChecksum } from './checksum.js';
import {
  filesOf,
  knownContent,
  type LoadedFile,
  type LocatedDataset,
  type LocatedFile,
  locateDataset,
  readDataFile,
  requireDatasets,
} from './data-folder.js';
import type { Dataset, DatasetOutline } from './dataset.js';
import { descriptorFile, readDescriptor } from './descriptor.js';
import { loadOwnImages, type OwnImages } from './images/own-images.js';
import { type Part, readPart, surpriseIn } from './part.js';
import { loadOwnSeries, type OwnSeries } from './series/own-series.js';
import { loadOwnData } from './table/own-data.js';
import type { OwnData } from './table/own-tables.js';

/** A data set by its name in the registry, or a user's own. */
export type DatasetReference = string | OwnData | OwnImages | OwnSeries;

/**
 * Whether a data set is of images, whose networks are convolutional: told before anything of it is read.
 *
 * @throws UserError where its name is unknown
 */
export function isOfImages(reference: DatasetReference): boolean {
  if (typeof reference === 'string') return readDescriptor(reference).defaults.network !== 'mlp';
  return 'images' in reference;
}

/**
 * Loads a data set, by its name in the registry or from a user's own files.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where the name is unknown, a file is missing, changed or not of its format, or holds numbers that are not finite
 */
export async function loadDataset(reference: DatasetReference, dataDir?: string): Promise<Dataset> {
  if (typeof reference === 'string') return loadNamed(reference, dataDir);
  if ('images' in reference) return loadOwnImages(reference);
  return 'series' in reference ? loadOwnSeries(reference) : loadOwnData(reference);
}

/**
 * What the registry tells of a data set.
 *
 * @param checksum that of its files
 * @throws UserError where the name is unknown
 */
export function outlineDataset(name: string, checksum: string): DatasetOutline {
  const { shape, classes, samples, defaults, test } = readDescriptor(name);
  const parts = { training: { count: samples }, ...(test && { test }) };
  return { name, shape, classNames: classes, ...parts, checksum, defaults };
}

async function loadNamed(name: string, dataDir: string | undefined): Promise<Dataset> {
  requireDatasets([name], dataDir);
  const located = locateDataset(name, dataDir);
  const { descriptor } = located;
  const load = async (files: readonly LocatedFile[]): Promise<LoadedFile[]> => {
    const loaded: LoadedFile[] = [];
    for (const file of files) loaded.push(await readDataFile(file, located));
    return loaded;
  };
  const trainingFiles = await load(located.training);
  const testFiles = await load(located.test);
  const training = await readPart(descriptor, trainingFiles);
  const test = testFiles.length > 0 ? await readPart(descriptor, testFiles) : undefined;
  await requireAsDescribed(located, test ? [training, test] : [training]);
  return {
    name,
    shape: training.shape,
    classNames: descriptor.classes,
    training: training.samples,
    ...(test && { test: test.samples }),
    checksum: digest(
      'sha256',
      [...trainingFiles, ...testFiles].map(({ bytes }) => bytes),
    ),
    defaults: descriptor.defaults,
  };
}

/**
 * Checks that the parts that were read from the files of a data set are all that its descriptor says.
 *
 * @throws UserError where they are not: the files are to be got again, or the descriptor is wrong where it has their checksums
 */
export async function requireAsDescribed(located: LocatedDataset, parts: readonly Part[]): Promise<void> {
  const surprise = surpriseIn(located.descriptor, parts);
  if (surprise === undefined) return;
  const files = filesOf(located);
  const names = files.map(({ file }) => file).join(', ');
  if (files.every(hasChecksum)) {
    throw new UserError(
      `${names}: ${surprise}; its checksum is right, so mend what ${descriptorFile(located.name)} says of it`,
    );
  }
  const known = await Promise.all(files.map(knownContent));
  // One that is pinned was said to be otherwise as it was fetched.
  if (!known.every(hasChecksum)) throw new UserError(`${names}: ${surprise}; ${located.mend}`);
}
