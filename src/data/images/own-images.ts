import path from 'node:path';
import { chunk } from 'es-toolkit/array/chunk';
import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { omit } from 'es-toolkit/object/omit';
import { UserError } from '../../errors.js';
import { readBytes } from '../../files/read-file.js';
import { grouped } from '../../grouped.js';
import { few } from '../../messages/counted.js';
import { digest } from '../checksum.js';
import {
  type Dataset,
  type DatasetDefaults,
  IMAGE_NETWORKS,
  type ImageNetwork,
  type ImageShape,
  NORMAL_CLASS,
  sampleSize,
} from '../dataset.js';
import { readDescriptor } from '../descriptor.js';
import { fingerprints } from '../fingerprints.js';
import { type DecodedImage, DepthWatch, readImage } from '../formats/image.js';
import { describeMisspelled, toldByName } from '../label-names.js';
import { shown } from '../table/cells.js';
import { type ClassImage, hasMvtecLayout, listClassFolders, listFlatFolder } from './folder.js';
import { labelImages } from './labels.js';

/** A user's own images. */
export interface OwnImages {
  /**
   * Path, from the working directory, of a folder that has a folder for each class; or train/good, test/good and test/DEFECT, as
   * MVTec-AD has; or, beside a table of labels, the images.
   */
  readonly images: string;
  /** Path of a .csv with a row for each image: its name in the first column, and a label. */
  readonly labels?: string | undefined;
  /** The column of the labels; the last by default. */
  readonly label?: string | undefined;
  /** The network whose input the images become: mnist and fashion-mnist 28 × 28 grey, cifar10 32 × 32 in colour; mnist by default. */
  readonly network?: ImageNetwork | undefined;
}

/** The normal class in MVTec-AD's layout. */
const GOOD = 'good';
const MOST_CLASSES = 256;
/** Classes that a message lists. */
const LISTED = 10;
/** The most bytes of an image file. */
const MOST_BYTES = 2 ** 28;
/** Images that are decoded at a time. */
export const DECODED_TOGETHER = 16;

/**
 * Reads a user's own images. Folders or labels are the classes.
 *
 * @throws UserError, naming the file or row, where a folder is of none of these layouts, an image cannot be read, or labels and
 *   images do not match
 */
export async function loadOwnImages(own: OwnImages): Promise<Dataset> {
  const { images, network = 'mnist' } = own;
  const listed = await listOwnImages(own);
  const classNames = classNamesOf(listed, own);
  const classes = Uint8Array.from(listed.images, ({ className }) => classNames.indexOf(className));
  const shape = IMAGE_NETWORKS[network].shape;
  const depth = new DepthWatch();
  const values = await decode(listed.images, shape, depth);
  const { testNormal } = listed;
  return {
    name: images,
    shape,
    classNames,
    training: { count: classes.length, values, classes },
    ...(testNormal && { testNormal }),
    // Over what the images decode to, so that the same pixels are the same data whatever the files are called.
    checksum: digest('sha256', [
      values,
      classes,
      Buffer.from(JSON.stringify({ classNames, testNormal: testNormal?.length })),
    ]),
    defaults: imageDefaults(network),
    notices: [
      ...noticesOf(listed, own, classNames),
      ...depth.notices(images),
      ...copyNotice(listed.images, fingerprints(values, sampleSize(shape)), images),
    ],
  };
}

/**
 * What the paper uses on the data set that the network is named after, but for a choice by labels of the test set, and for the start of
 * Deep SAD, which on few images needs an autoencoder's.
 */
export function imageDefaults(network: ImageNetwork): DatasetDefaults {
  return omit(readDescriptor(network).defaults, ['bandwidthSelection', 'pretrain']);
}

interface ListedImages {
  readonly images: readonly ClassImage[];
  readonly testNormal?: Uint32Array;
  /** The column of the labels, where a table has them. */
  readonly column?: string;
  /** What is to be said where the table names images by numbers. */
  readonly numbered?: string;
}

async function listOwnImages({ images: folder, labels, label }: OwnImages): Promise<ListedImages> {
  if (labels !== undefined) {
    const names = listFlatFolder(folder, labels);
    return labelImages(folder, names, { file: labels, column: label });
  }
  if (hasMvtecLayout(folder)) return listMvtec(folder);
  return { images: listClassFolders(folder) };
}

/** Lists train/good, test/good and test/DEFECT, where `good` may be any name that means normal. */
function listMvtec(folder: string): ListedImages {
  const training = listClassFolders(path.join(folder, 'train')).map(withKnownName);
  const unexpected = training.find(({ className }) => className !== GOOD);
  if (unexpected) {
    throw new UserError(
      `${path.dirname(unexpected.file)}: expected ${GOOD} alone in ${path.join(folder, 'train')}; for several classes give a folder ` +
        'that has a folder for each, without train and test',
    );
  }
  const test = listClassFolders(path.join(folder, 'test')).map(withKnownName);
  const images = [...training, ...test];
  const isTestNormal = (index: number) => index >= training.length && images[index].className === GOOD;
  return { images, testNormal: Uint32Array.from(images.keys()).filter(isTestNormal) };
}

/** An image of which the normal class has the name that MVTec-AD gives it. */
function withKnownName({ file, className }: ClassImage): ClassImage {
  return { file, className: toldByName(className) === 1 ? GOOD : className };
}

/** What the names of the classes were taken to be, and which may be one misspelled. */
function noticesOf(listing: ListedImages, own: OwnImages, classNames: readonly string[]): string[] {
  const { images, column, numbered } = listing;
  const counts = new Map<string, number>();
  for (const { className } of images) counts.set(className, (counts.get(className) ?? 0) + 1);
  const isDefault = own.label === undefined ? ' (by default; the key label names another)' : '';
  const place = column === undefined ? own.images : `${own.labels}, column ${column}${isDefault}`;
  const listed = few(classNames, LISTED, (name) => `${name} (${counts.get(name)})`);
  const [normal, ...others] = classNames;
  const hasNormal = isNormal(normal, listing);
  const doubtful = hasNormal ? others.filter((name) => toldByName(name) === 1) : [];
  return [
    `${place}: images of the classes ${listed}${hasNormal ? `; ${normal} is normal where normalClass names no other` : ''}`,
    ...(numbered === undefined ? [] : [numbered]),
    ...doubtful.map(
      (name) =>
        `${place}: ${shown(name)} means normal by its name, but is an anomaly beside ${normal} where normalClass names no other; is that meant?`,
    ),
    ...describeMisspelled(place, classNames),
  ];
}

/** Whether a class is normal where nothing else is said, by its name. */
function isNormal(className: string, { testNormal }: ListedImages): boolean {
  return className.toLowerCase() === (testNormal ? GOOD : NORMAL_CLASS);
}

/** The warning about images that are trained on and tested on, or are of two classes, since they are there twice. */
function copyNotice(images: readonly ClassImage[], prints: readonly number[], folder: string): string[] {
  const alike = [...grouped(images.keys(), (index) => prints[index]).values()];
  const copied = alike.find(({ length }) => length > 1);
  if (copied === undefined) return [];
  const [other, one] = copied.map((index) => path.relative(folder, images[index].file));
  return [
    `${folder}: ${images.length - alike.length} of ${images.length} images have the pixels of another, such as ${one} of ${other}; are they copies?`,
  ];
}

/** The classes in the order of their names, but first one that is normal by its name. */
function classNamesOf(listing: ListedImages, { images: folder, labels }: OwnImages): string[] {
  const names = uniq(listing.images.map(({ className }) => className)).sort();
  if (names.length < 2 || names.length > MOST_CLASSES) {
    throw new UserError(
      `${labels ?? folder}: expected from 2 to ${MOST_CLASSES} classes, found ${names.length}: ${names.slice(0, 5).join(', ')}` +
        (names.length > MOST_CLASSES ? ', …' : ''),
    );
  }
  const [normal, others] = partition(names, (name) => isNormal(name, listing));
  return [...normal, ...others];
}

/** The images one after the other. */
async function decode(
  images: readonly ClassImage[],
  shape: ImageShape,
  depth: DepthWatch,
): Promise<Uint8Array> {
  const size = sampleSize(shape);
  const values = new Uint8Array(images.length * size);
  for (const indices of chunk([...images.keys()], DECODED_TOGETHER)) {
    await Promise.all(
      indices.map(async (index) => {
        const decoded = await decodeImage(images[index].file, shape);
        depth.see(decoded);
        values.set(decoded.values, index * size);
      }),
    );
  }
  return values;
}

/** Decodes an image file as `readImage` does. */
export async function decodeImage(file: string, shape: ImageShape): Promise<DecodedImage> {
  return readImage(
    await readBytes(file, { what: 'an image', ifMissing: 'it was there before', most: MOST_BYTES }),
    file,
    shape,
  );
}
