import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { memoize } from 'es-toolkit/function/memoize';
import { once } from 'es-toolkit/function/once';
import { parse } from 'yaml';
import * as z from 'zod';
import { UserError } from '../errors.js';
import { validNames } from '../messages/suggest.js';
import { PACKAGE_ROOT } from '../package.js';
import { ANOMALY_CLASS, type DatasetDefaults, IMAGE_NETWORK_NAMES } from './dataset.js';

/** The places that files of a data set can be downloaded from. */
const urls = z.array(z.url({ protocol: /^https$/ })).min(1);

/** What is known of the content of a file. */
const content = {
  bytes: z.int().positive().exactOptional(),
  md5: z.hex().length(32).exactOptional(),
  sha256: z.hex().length(64).exactOptional(),
};

const dataFile = z.strictObject({
  /** Inside the data folder; of a data set in a package, inside its folder. */
  path: z.string(),
  /** Where it can be downloaded by itself, tried in this order. */
  urls: urls.exactOptional(),
  ...content,
  /** What a file that is compressed with gzip holds: it is read as that, and known by it when somebody compressed it anew. */
  uncompressed: z.strictObject({ bytes: z.int().positive(), sha256: z.hex().length(64) }).exactOptional(),
});

const archive = z.strictObject({
  /** Tried in this order. */
  urls,
  ...content,
});

/** Data sets that can be fetched together. */
export const GROUPS = ['paper', 'odds', 'adbench', 'mvtec'] as const;

/** A data set that is known by name, as a file `datasets/NAME.yaml` has it. */
const written = z.strictObject({
  /** Its name in tables. */
  title: z.string(),
  /** The page that presents it. */
  source: z.url(),
  /** Absent where its source states none. */
  license: z.string().exactOptional(),
  groups: z.array(z.enum(GROUPS)).min(1),
  format: z.enum(['idx', 'cifar', 'mat', 'npz']),
  /** Features of a table row; channels, height and width of an image. */
  shape: z.union([z.tuple([z.int().positive()]), z.tuple([z.int(), z.int(), z.int()])]),
  /** Of both parts together, as its source says. */
  samples: z.int().positive(),
  /** How many of the samples are of the class `anomaly`, which tells it from the other one. */
  anomalies: z.int().positive().exactOptional(),
  /** What the labels 0, 1, 2 … mean. */
  classes: z.array(z.string()).min(2).max(256),
  /** The npm package that contains the files. */
  package: z.string().exactOptional(),
  /** A package of Debian that brings the files too, and the folder that it puts them in, under their paths. */
  debian: z.strictObject({ package: z.string(), folder: z.string() }).exactOptional(),
  /** The .tar.gz archive that contains the files, under their paths. */
  archive: archive.exactOptional(),
  /** Files of the training part, or of all samples; of IDX files the images, then the labels. */
  training: z.array(dataFile).min(1),
  /** Files of the published test part. */
  test: z.array(dataFile).min(1).exactOptional(),
  defaults: z.strictObject({
    network: z.enum([...IMAGE_NETWORK_NAMES, 'mlp']),
    representationSize: z.int().positive(),
    hiddenSizes: z.array(z.int().positive()).exactOptional(),
    pretrainEpochs: z.int().nonnegative().exactOptional(),
    pretrainLearningRateMilestones: z.array(z.int().positive()).exactOptional(),
  }),
});

/** What the paper does on all of its data sets; the values that it publishes are without pretraining. */
const PAPER_DEFAULTS = { pretrain: false, bandwidthSelection: 'test-holdout' } as const;

const descriptorSchema = written
  .refine(({ classes, anomalies }) => classes.includes(ANOMALY_CLASS) === (anomalies !== undefined), {
    path: ['anomalies'],
    error: `says how many samples are of the class ${ANOMALY_CLASS}, where there is that`,
  })
  .transform((own) => {
    const isOfPaper = own.groups.includes('paper');
    const defaults: DatasetDefaults = { ...own.defaults, ...(isOfPaper && PAPER_DEFAULTS) };
    return { ...own, defaults };
  });

export type DataFile = z.infer<typeof dataFile>;

export type Archive = z.infer<typeof archive>;

/** Length in bytes and checksums of a file, as far as they are known. */
export type KnownContent = Pick<DataFile, keyof typeof content | 'uncompressed'>;

/** What is known of a data set before its files are read. */
export type DatasetDescriptor = z.infer<typeof descriptorSchema>;

const FOLDER = path.join(PACKAGE_ROOT, 'datasets');
const SUFFIX = '.yaml';

/** The names of all data sets with a descriptor, in alphabetical order. */
export const datasetNames: () => readonly string[] = once(() =>
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length).replaceAll(path.sep, '/'))
    .sort(),
);

/**
 * The descriptor of a data set by its name.
 *
 * @throws UserError where there is none, with the name that was probably meant, or the descriptor is not valid
 */
export const readDescriptor: (name: string) => DatasetDescriptor = memoize((name) => {
  const names = datasetNames();
  if (!names.includes(name)) throw new UserError(`no data set is named ${name}: ${validNames(name, names)}`);
  const file = descriptorFile(name);
  const { data, error } = descriptorSchema.safeParse(parse(readFileSync(file, 'utf8')));
  if (error) throw new UserError(`${file}: not a valid descriptor of a data set\n${z.prettifyError(error)}`);
  return data;
});

/** The file of a data set's descriptor. */
export function descriptorFile(name: string): string {
  return path.join(FOLDER, name + SUFFIX);
}

/**
 * The data sets that names of data sets and of groups stand for, each once.
 *
 * @throws UserError where a name is neither
 */
export function selectDatasets(names: readonly string[]): string[] {
  const all = datasetNames();
  const groupOf = (name: string) => GROUPS.find((group) => group === name);
  return uniq(
    names.flatMap((name) => {
      const group = groupOf(name);
      if (group) return all.filter((candidate) => readDescriptor(candidate).groups.includes(group));
      if (all.includes(name)) return name;
      throw new UserError(`no data set or group is named ${name}: ${validNames(name, [...GROUPS, ...all])}`);
    }),
  );
}
