import { stat } from 'node:fs/promises';
import path from 'node:path';
import { chunk } from 'es-toolkit/array/chunk';
import { mapValues } from 'es-toolkit/object/mapValues';
import * as z from 'zod';
import { UserError } from '../../errors.js';
import { IMAGE_SHAPES, type ImageNetwork, sampleSize } from '../dataset.js';
import { type ClassImage, hasMvtecLayout, listFlatFolder, listImageFolder } from '../images/folder.js';
import { DECODED_TOGETHER, decodeImage, imageDefaults } from '../images/own-images.js';
import { parseDescription } from './description.js';
import type { Input, InputDescription, InputOptions, ReadOptions, SampleBatch } from './input.js';
import { labelReader, labelSpelling } from './labels.js';

const description = z.strictObject({
  kind: z.literal('images'),
  network: z.enum(Object.keys(IMAGE_SHAPES) as ImageNetwork[]),
  labels: z.strictObject({ spelling: labelSpelling }),
});

type ImagesDescription = z.infer<typeof description>;

/** What folders of these names hold, whatever the spelling of labels. */
const SEMI_TARGETS: Readonly<Record<string, 1 | 0>> = { good: 1, normal: 1, unlabeled: 0 };

/**
 * An input of images: those in a folder are unlabeled, and those in its folders labeled by their folder's name. `good` and `normal` mean normal,
 * `unlabeled` what it says, any other name an anomaly unless the spelling says otherwise.
 *
 * @throws UserError where there is no such folder, or it holds anything else, or no image
 */
export async function fitImages(
  folder: string,
  { network = 'mnist', spelling }: InputOptions,
): Promise<Input> {
  await listImages(folder);
  return imagesInput({
    kind: 'images',
    network,
    labels: { spelling: mapValues(spelling, (labels) => [...labels]) },
  });
}

/** The input that a description was saved of; see `restoreInput`. */
export function restoreImages(saved: InputDescription, file: string): Input {
  return imagesInput(parseDescription(description, saved, file, 'images'));
}

function imagesInput(images: ImagesDescription): Input {
  return {
    kind: 'images',
    shape: IMAGE_SHAPES[images.network],
    defaults: imageDefaults(images.network),
    origin: 'image',
    description: images,
    read: (path, options) => readImages(images, path, options),
  };
}

async function* readImages(
  { network, labels }: ImagesDescription,
  folder: string,
  options: ReadOptions,
): AsyncGenerator<SampleBatch> {
  const shape = IMAGE_SHAPES[network];
  const size = sampleSize(shape);
  const semiTargetOf = folderReader(labels.spelling);
  for (const images of chunk(await listImages(folder), DECODED_TOGETHER)) {
    const samples = new Float32Array(images.length * size);
    await Promise.all(
      images.map(async ({ file }, i) => {
        const pixels = await decodeImage(file, shape);
        for (let j = 0; j < size; j++) samples[i * size + j] = pixels[j] / 255;
      }),
    );
    yield {
      samples,
      origins: images.map(({ file }) => file),
      ...(options.labels === 'required' && {
        semiTargets: Int8Array.from(images, ({ className }) => semiTargetOf(className)),
      }),
    };
  }
}

/** What is known of the images in a folder of this name; of those in none, where it is empty, nothing. */
function folderReader(spelling: ImagesDescription['labels']['spelling']): (name: string) => 1 | -1 | 0 {
  const spelled = labelReader(spelling);
  return (name) => (name === '' ? 0 : (spelled(name) ?? SEMI_TARGETS[name] ?? -1));
}

/** The image that a path is of, or those of a folder and of its folders, of which each has a name. */
async function listImages(folder: string): Promise<ClassImage[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isFile()) return [{ file: folder, className: '' }];
  if (await hasMvtecLayout(folder)) {
    throw new UserError(
      `${folder}: expected the images of one part, found train and test; give ${path.join(folder, 'train')} or ${path.join(folder, 'test')}`,
    );
  }
  const { folders, images } = await listImageFolder(folder);
  const listed = images.map((name) => ({ file: path.join(folder, name), className: '' }));
  for (const className of folders) {
    const names = await listFlatFolder(path.join(folder, className));
    listed.push(...names.map((name) => ({ file: path.join(folder, className, name), className })));
  }
  if (listed.length === 0) throw new UserError(`${folder}: expected images, found nothing`);
  return listed;
}
