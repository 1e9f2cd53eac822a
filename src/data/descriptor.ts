import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { PACKAGE_ROOT } from '../package.js';
import { validNames } from '../suggest.js';

const dataFile = z.strictObject({
  /** Inside the data folder; of a data set in an npm package, inside that. */
  path: z.string(),
  /** Where it can be downloaded by itself. */
  url: z.url().exactOptional(),
  md5: z.hex().length(32).exactOptional(),
  sha256: z.hex().length(64).exactOptional(),
  /** Its length, where no checksum of it is published. */
  bytes: z.int().positive().exactOptional(),
});

/** A data set that is known by name: a file `datasets/NAME.yaml`. */
const descriptorSchema = z.strictObject({
  /** Its name in tables. */
  title: z.string(),
  /** The page that presents it. */
  source: z.url(),
  license: z.string().exactOptional(),
  format: z.enum(['idx', 'cifar', 'mat', 'npz']),
  /** What the labels 0, 1, 2 … mean. */
  classes: z.array(z.string()).min(2).max(256),
  /** The npm package that contains the files. */
  package: z.string().exactOptional(),
  /** The archive that contains the files. */
  archive: z.strictObject({ url: z.url(), md5: z.hex().length(32) }).exactOptional(),
  /** Files of the training part, or of all samples; of IDX files the images, then the labels. */
  training: z.array(dataFile).min(1),
  /** Files of the published test part. */
  test: z.array(dataFile).min(1).exactOptional(),
  defaults: z.strictObject({
    network: z.enum(['mnist', 'fashion-mnist', 'cifar10', 'mlp']),
    representationSize: z.int().positive(),
    hiddenSizes: z.array(z.int().positive()).exactOptional(),
    pretrainEpochs: z.int().nonnegative().exactOptional(),
    pretrainLearningRateMilestones: z.array(z.int().positive()).exactOptional(),
    bandwidthSelection: z.literal('test-holdout').exactOptional(),
  }),
});

export type DataFile = z.infer<typeof dataFile>;

/** What is known of a data set before its files are read. */
export type DatasetDescriptor = z.infer<typeof descriptorSchema>;

const FOLDER = path.join(PACKAGE_ROOT, 'datasets');
const SUFFIX = '.yaml';

/** The names of all data sets with a descriptor, in alphabetical order. */
export function datasetNames(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length).replaceAll(path.sep, '/'))
    .sort();
}

/**
 * The descriptor of a data set by its name.
 *
 * @throws UserError where there is none, with the name that was probably meant, or the descriptor is not valid
 */
export function readDescriptor(name: string): DatasetDescriptor {
  const names = datasetNames();
  if (!names.includes(name)) throw new UserError(`no data set is named ${name}: ${validNames(name, names)}`);
  const file = path.join(FOLDER, name + SUFFIX);
  const { data, error } = descriptorSchema.safeParse(parse(readFileSync(file, 'utf8')));
  if (error) throw new UserError(`${file}: not a valid descriptor of a data set\n${z.prettifyError(error)}`);
  return data;
}
