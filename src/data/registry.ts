import { dataFolder, digest, type LoadedFile, readDataFile } from './data-folder.js';
import type { Dataset } from './dataset.js';
import { type DataFile, readDescriptor } from './descriptor.js';
import { loadOwnData, type OwnData } from './own-data.js';
import { readPart } from './part.js';

/**
 * Loads a data set, by its name in the registry or from a user's own file.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where the name is unknown, a file is missing, changed or not of its format, or holds numbers that are not finite
 */
export async function loadDataset(reference: string | OwnData, dataDir?: string): Promise<Dataset> {
  return typeof reference === 'string' ? loadNamed(reference, dataFolder(dataDir)) : loadOwnData(reference);
}

async function loadNamed(name: string, folder: string): Promise<Dataset> {
  const descriptor = readDescriptor(name);
  const load = async (files: readonly DataFile[] = []): Promise<LoadedFile[]> => {
    const loaded: LoadedFile[] = [];
    for (const file of files) loaded.push(await readDataFile(file, descriptor, folder));
    return loaded;
  };
  const trainingFiles = await load(descriptor.training);
  const testFiles = await load(descriptor.test);
  const training = await readPart(descriptor, trainingFiles);
  return {
    name,
    shape: training.shape,
    classNames: descriptor.classes,
    training: training.samples,
    ...(testFiles.length > 0 && { test: (await readPart(descriptor, testFiles)).samples }),
    checksum: digest(
      'sha256',
      [...trainingFiles, ...testFiles].map(({ bytes }) => bytes),
    ),
    defaults: descriptor.defaults,
  };
}
