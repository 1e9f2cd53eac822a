import path from 'node:path';
import { chunk } from 'es-toolkit/array/chunk';
import * as z from 'zod';
import { UserError } from '../../errors.js';
import { whatIs } from '../../files/read-file.js';
import { optionName } from '../../messages/vocabulary.js';
import { IMAGE_NETWORK_NAMES, IMAGE_NETWORKS, sampleSize } from '../dataset.js';
import { DepthWatch } from '../formats/image.js';
import { type ClassImage, hasMvtecLayout, imagesOfClasses, listImageFolder } from '../images/folder.js';
import { DECODED_TOGETHER, decodeImage, imageDefaults } from '../images/own-images.js';
import { isNumber, labelName, nearlyEqual, TELLING_NAMES, toldByName } from '../label-names.js';
import type { Input, InputDescription, InputOptions, ReadOptions, SampleBatch } from './input.js';
import { checkNoStandardInput, parseDescription, READINGS } from './input.js';
import {
  type LabelSpelling,
  labelReader,
  labelSpelling,
  meaningOptions,
  type SemiTarget,
  spellingCopy,
  spellingOf,
} from './labels.js';

const description = z.strictObject({
  kind: z.literal('images'),
  reading: z.literal(READINGS.images),
  network: z.enum(IMAGE_NETWORK_NAMES),
  labels: z.strictObject({ spelling: labelSpelling }),
});

type ImagesDescription = z.infer<typeof description>;

/** Names of folders have no spelling by default. */
const NO_SPELLING: LabelSpelling = { normal: [], anomaly: [], unlabeled: [] };

/**
 * An input of images: those in a folder are unlabeled, and those in its folders labeled by their folder's name. `good`, `normal` and `ok` mean normal,
 * `unlabeled` what it says, any other name an anomaly unless the spelling says otherwise. A number may mean either, as in a table, and is
 * refused as labels are read, unless the spelling says what it means or which names are normal.
 *
 * @throws UserError where there is no such folder, or it holds anything else, or no image
 */
export async function fitImages(
  folder: string,
  { network = 'mnist', spelling = {} }: InputOptions,
): Promise<Input> {
  listImages(folder);
  return imagesInput({
    kind: 'images',
    reading: READINGS.images,
    network,
    labels: { spelling: spellingCopy(spellingOf(spelling, NO_SPELLING)) },
  });
}

/** The input that a description was saved of; see `restoreInput`. */
export function restoreImages(saved: InputDescription, file: string): Input {
  return imagesInput(parseDescription(description, saved, file, 'images'));
}

function imagesInput(images: ImagesDescription): Input {
  return {
    kind: 'images',
    shape: IMAGE_NETWORKS[images.network].shape,
    defaults: imageDefaults(images.network),
    origin: 'image',
    labelPlace: () => 'its folders',
    description: images,
    relabel: (_, respell) =>
      imagesInput({ ...images, labels: { spelling: spellingCopy(respell(images.labels.spelling)) } }),
    read: (path, options) => readImages(images, path, options),
  };
}

async function* readImages(
  { network, labels }: ImagesDescription,
  folder: string,
  options: ReadOptions,
): AsyncGenerator<SampleBatch> {
  const shape = IMAGE_NETWORKS[network].shape;
  const size = sampleSize(shape);
  const semiTargetOf = folderReader(labels.spelling, folder);
  const depth = new DepthWatch();
  for (const images of chunk(listImages(folder), DECODED_TOGETHER)) {
    const samples = new Float32Array(images.length * size);
    await Promise.all(
      images.map(async ({ file }, i) => {
        const decoded = await decodeImage(file, shape);
        depth.see(decoded);
        for (let j = 0; j < size; j++) samples[i * size + j] = decoded.values[j] / 255;
      }),
    );
    yield {
      samples,
      origins: images.map(({ file }) => file),
      ...(options.labels === 'required' && {
        semiTargets: Int8Array.from(images, ({ className }) => semiTargetOf(className)),
        labels: images.map(({ className }) => className),
      }),
    };
  }
  depth.notices(folder).forEach(options.warn);
}

/** What is known of the images in a folder of this name; of those in none, where it is empty, nothing. */
function folderReader(spelling: LabelSpelling, folder: string): (name: string) => SemiTarget {
  const spelled = labelReader(spelling);
  const spellings = [...spelling.normal, ...spelling.anomaly, ...spelling.unlabeled, ...TELLING_NAMES.keys()];
  return (name) => {
    if (name === '') return 0;
    const known = spelled(name) ?? toldByName(name);
    if (known !== undefined) return known;
    if (spelling.normal.length === 0 && isNumber(labelName(name))) {
      throw new UserError(
        `${path.join(folder, name)}: the number may mean normal, an anomaly or unlabeled; say what it means (${meaningOptions()}), or which ` +
          `folders are normal beside anomalies (${optionName('normal')}), or rename it`,
      );
    }
    const other = spellings.find((label) => nearlyEqual([label, name]).length > 0);
    if (other === undefined) return -1;
    throw new UserError(
      `${path.join(folder, name)}: differs from the label ${other} by case, space or notation alone; say what it means ` +
        `(${meaningOptions()}) or rename it`,
    );
  };
}

/** The image that a path is of, or those of a folder and of its folders, of which each has a name. */
function listImages(folder: string): ClassImage[] {
  checkNoStandardInput(folder, 'images');
  if (whatIs(folder) === 'a file') return [{ file: folder, className: '' }];
  if (hasMvtecLayout(folder)) {
    throw new UserError(
      `${folder}: expected the images of one part, found train and test; give ${path.join(folder, 'train')} or ${path.join(folder, 'test')}`,
    );
  }
  const { folders, images } = listImageFolder(folder);
  const inNone = images.map((name) => ({ file: path.join(folder, name), className: '' }));
  const listed = [...inNone, ...imagesOfClasses(folder, folders)];
  if (listed.length === 0)
    throw new UserError(`${folder}: expected images, found nothing; give a folder that holds some`);
  return listed;
}
