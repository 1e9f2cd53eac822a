import { uniq } from 'es-toolkit/array/uniq';
import { sumBy } from 'es-toolkit/math/sumBy';
import { UserError } from '../errors.js';
import type { LoadedFile } from './data-folder.js';
import { ANOMALY_CLASS, type SampleShape, type Samples } from './dataset.js';
import type { DatasetDescriptor } from './descriptor.js';
import { CIFAR_SHAPE, readCifarBatch } from './formats/cifar.js';
import { readIdx } from './formats/idx.js';
import { readMat } from './formats/mat.js';
import { labeledTable } from './table/labeled-table.js';

/** Samples and their labels as their files have them. */
export interface LabeledValues {
  readonly shape: SampleShape;
  /** Samples one after the other, as in `Samples`. */
  readonly values: Uint8Array | Float64Array;
  /** One number a sample. */
  readonly labels: Uint8Array | Float64Array;
}

/** The training part or the test part of a data set. */
export interface Part {
  readonly shape: SampleShape;
  readonly samples: Samples;
}

const READERS: Record<
  DatasetDescriptor['format'],
  (files: readonly LoadedFile[]) => LabeledValues | Promise<LabeledValues>
> = {
  idx: ([images, labels]) => labeledImages(images, labels),
  cifar: cifarImages,
  mat: ([{ file, bytes }]) => {
    const [features, labels] = readMat(bytes, file, ['X', 'y']);
    return labeledTable(features, labels, file, 'y');
  },
  npz: async ([{ file, bytes }]) => {
    // What reads it is large, and few data sets are such archives.
    const { readNpz } = await import('./formats/npz.js');
    const [features, labels] = await readNpz(bytes, file, ['X', 'y']);
    return labeledTable(features, labels, file, 'y');
  },
};

/**
 * Parses the files of one part of a data set whose labels are indices into the descriptor's classes.
 *
 * @throws UserError where a file is not of the descriptor's format, or a label is none of its classes
 */
export async function readPart(
  { format, classes }: Pick<DatasetDescriptor, 'format' | 'classes'>,
  files: readonly LoadedFile[],
): Promise<Part> {
  const { shape, values, labels } = await READERS[format](files);
  const wrong = labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes.length);
  if (wrong >= 0) {
    throw new UserError(
      `${files.map(({ file }) => file).join(', ')}: expected labels from 0 to ${classes.length - 1}, found ${labels[wrong]} ` +
        `for sample ${wrong + 1} (counted from 1)`,
    );
  }
  const samples = { count: labels.length, values, classes: Uint8Array.from(labels) };
  return { shape, samples };
}

/** How the parts that are all of a data set are not what the source says of them, in words; undefined where they are. */
export function surpriseIn(
  {
    samples,
    shape,
    anomalies,
    classes,
  }: Pick<DatasetDescriptor, 'samples' | 'shape' | 'anomalies' | 'classes'>,
  parts: readonly Part[],
): string | undefined {
  const anomaly = classes.indexOf(ANOMALY_CLASS);
  const expected = sizeInWords(samples, [shape], anomalies);
  const found = sizeInWords(
    sumBy(parts, (part) => part.samples.count),
    parts.map((part) => part.shape),
    anomalies && sumBy(parts, (part) => part.samples.classes.filter((label) => label === anomaly).length),
  );
  return found === expected ? undefined : `its source says ${expected}, but it has ${found}`;
}

function sizeInWords(samples: number, shapes: readonly SampleShape[], anomalies: number | undefined): string {
  const size = uniq(shapes.map((shape) => shape.join(' × '))).join(' and ');
  return `${samples} samples of ${size}${anomalies === undefined ? '' : `, ${anomalies} anomalies`}`;
}

function labeledImages(imageFile: LoadedFile, labelFile: LoadedFile): LabeledValues {
  const images = readIdx(imageFile.bytes, imageFile.file);
  const labels = readIdx(labelFile.bytes, labelFile.file);
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || images.values.length === 0) {
    throw new UserError(
      `${imageFile.file}: expected images × height × width, found dimensions ${images.shape.join(' × ')}`,
    );
  }
  if (labels.shape.length !== 1 || labels.values.length !== count) {
    throw new UserError(
      `${labelFile.file}: expected ${count} labels, one for each image, found dimensions ${labels.shape.join(' × ')}`,
    );
  }
  return { shape: [1, height, width], values: images.values, labels: labels.values };
}

function cifarImages(files: readonly LoadedFile[]): LabeledValues {
  const batches = files.map(({ file, bytes }) => readCifarBatch(bytes, file));
  return {
    shape: CIFAR_SHAPE,
    values: Buffer.concat(batches.map(({ values }) => values)),
    labels: Buffer.concat(batches.map(({ classes }) => classes)),
  };
}
