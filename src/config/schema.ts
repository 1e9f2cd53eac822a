import * as z from 'zod';
import { IMAGE_NETWORK_NAMES } from '../data/dataset.js';
import { datasetNames } from '../data/descriptor.js';
import type { DatasetReference } from '../data/registry.js';
import { IMAGE_SCALINGS, type NormalClass, TABLE_SCALINGS, TEST_PARTS } from '../data/split.js';
import { MISSING_POLICIES } from '../data/table/columns.js';
import { CSV_PATH, TABLE_PATH } from '../data/table/kinds.js';
import type { DetectorDefinition } from '../detectors/detector.js';
import type { OptionValue } from '../detectors/options.js';
import { DETECTORS } from '../detectors/registry.js';
import { strictObject } from '../messages/explain.js';
import { liftOptions, oneOrMany } from './lift.js';
import { PROTOCOL_NAMES, type PreparationKeys, type ProtocolName } from './protocol.js';
import { SEED_RANGE, seedsIn } from './seeds.js';

/** A config, read and validated: a grid of runs. Every value that a config may give as a list is a list here. */
export interface Experiment {
  readonly name: string;
  /** What sets all that the experiment leaves open. */
  readonly protocol: ProtocolName;
  readonly dataset: readonly DatasetReference[];
  /** Classes, or `all` for each class in turn, or lists of classes that are normal at once; absent where a two-class table says which class is normal. */
  readonly normalClass?: readonly NormalClass[] | undefined;
  /** Classes, or `each` for every class that training has but the normal one in turn. */
  readonly knownAnomalyClass?: readonly string[] | undefined;
  /** How many known anomaly classes each seed draws at random. */
  readonly knownAnomalyClassCount?: readonly number[] | undefined;
  readonly labeledAnomalyRatio: readonly number[];
  readonly labeledNormalRatio: readonly number[];
  readonly pollutionRatio: readonly number[];
  /** How data become samples; the protocol's where they are absent. */
  readonly tableScaling?: readonly PreparationKeys['tableScaling'][] | undefined;
  readonly imageScaling?: readonly PreparationKeys['imageScaling'][] | undefined;
  readonly testPart?: readonly PreparationKeys['testPart'][] | undefined;
  readonly detectors: readonly DetectorGrid[];
  readonly seeds: readonly number[];
  /** What to find out of each run besides, which changes nothing of it. */
  readonly diagnostics?: readonly (typeof DIAGNOSTICS)[number][] | undefined;
}

/** `entropy`: how the representations of normal samples and of anomalies lie, at some epochs of an encoder's training. */
export const DIAGNOSTICS = ['entropy'] as const;

/** A detector and the values of each option that the config gives. */
export interface DetectorGrid {
  readonly name: string;
  readonly options: Readonly<Record<string, readonly OptionValue[]>>;
}

/** A class by its name; numbers and truth values stand for the names that are written like them. */
const className = z
  .union([z.string().min(1), z.number(), z.boolean()])
  .transform(String)
  .meta({ id: 'class', description: 'Name of a class' });

const ratio = z.number().min(0).lt(1);

const seedRange = z
  .string()
  .regex(SEED_RANGE, { error: 'a whole number, or a range such as 1..5' })
  .transform((text, context) => {
    const seeds = seedsIn(text);
    if (seeds !== undefined) return seeds;
    const message = `found ${text}; expected a range that ascends, of at most 10000 seeds`;
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  });

const tablePath = z.string().regex(TABLE_PATH, { error: 'a path that ends in .csv, .csv.gz, .npz or .mat' });

const columnName = z.string().min(1);

const ownData = strictObject({
  file: tablePath.describe('Path of a .csv, .csv.gz, .npz or .mat file, from the working directory'),
  test: tablePath
    .optional()
    .describe('Path of another such file, to test on; without it, each run holds out a part of the file'),
  label: columnName
    .optional()
    .describe(
      'Column or array of the classes: by default that of semiTarget, else the last column of a .csv or y',
    ),
  normal: oneOrMany(className)
    .optional()
    .describe('The class or classes that are normal: by default 0 in a .npz or .mat; a .csv needs it'),
  semiTarget: columnName
    .optional()
    .describe(
      'Column or array of what is known of each training sample: +1 normal, -1 anomaly, 0 or empty nothing; used as it is',
    ),
  categorical: oneOrMany(columnName)
    .optional()
    .describe('Columns of a .csv that hold categories; all others hold numbers'),
  drop: oneOrMany(columnName).optional().describe('Columns of a .csv to leave out'),
  missing: z
    .enum(MISSING_POLICIES)
    .optional()
    .describe(
      'What becomes of missing values: refuse (default), or fill, by the mean of the training part or as a category of its own',
    ),
}).refine(
  ({ file, normal, semiTarget, label }) =>
    normal !== undefined || !CSV_PATH.test(file) || (semiTarget !== undefined && label === undefined),
  {
    path: ['normal'],
    error: 'missing; expected the label value or values that are normal, since a .csv has no default',
  },
);

const ownImages = strictObject({
  images: z
    .string()
    .min(1)
    .describe(
      'Folder, from the working directory, with a folder of images for each class, or with train/good, test/good and test/DEFECT, or with the images that labels are of',
    ),
  labels: z
    .string()
    .regex(CSV_PATH, { error: 'a path that ends in .csv or .csv.gz' })
    .optional()
    .describe('Path of a .csv with a row for each image: its name in the first column, and a label'),
  label: z.string().min(1).optional().describe('Column of the labels: by default the last'),
  network: z
    .enum(IMAGE_NETWORK_NAMES)
    .optional()
    .describe(
      'Network of the paper that the images are resized for: mnist (default) and fashion-mnist 28 × 28 grey, cifar10 32 × 32 in colour',
    ),
}).refine(({ label, labels }) => label === undefined || labels !== undefined, {
  path: ['label'],
  error: 'given without labels, the table that has this column',
});

const ownSeries = strictObject({
  series: z
    .string()
    .min(1)
    .describe(
      'Folder, from the working directory, with train/MACHINE.txt, test/MACHINE.txt and test_label/MACHINE.txt: comma-separated values, a time step a line',
    ),
  windowLength: z.int().min(1).describe('Time steps of a window, which is one sample'),
  stride: z
    .int()
    .min(1)
    .describe('Time steps from the start of one window to that of the next, at most windowLength'),
  machine: z
    .string()
    .min(1)
    .optional()
    .describe('One machine to train and test on alone; by default one model is for all'),
}).refine(({ windowLength, stride }) => stride <= windowLength, {
  path: ['stride'],
  error: 'longer than windowLength, so that time steps between windows would have no score',
});

/**
 * The schema of a config: what it accepts, and the `Experiment` it makes of it.
 *
 * @param datasets the names of the data sets that a config may name
 * @param detectors the detectors that it may name, with their options
 */
export function experimentSchema(
  datasets: readonly string[] = datasetNames(),
  detectors: readonly DetectorDefinition[] = DETECTORS,
): z.ZodType<Experiment> {
  return strictObject({
    $schema: z.string().optional().describe('JSON Schema of this file, for editors'),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
        error: 'letters, digits, dots, dashes and underscores, since a folder gets this name',
      })
      // Cases are spelled out, since a pattern of a JSON Schema has no flags.
      .regex(/^(?![rR][eE][pP][oO][rR][tT]\.[hH][tT][mM][lL]$).*(?<!\.[jJ][sS][oO][nN][lL])$/, {
        error: 'another name, since files of results are called so',
      })
      .describe('Name of the experiment and of the folder of its results'),
    protocol: z
      .enum(PROTOCOL_NAMES)
      .prefault('deepsad')
      .describe(
        "What sets all that is not given: the paper's text, the authors' code, or deepsad's own defaults (default deepsad); its docs/protocol.md says more",
      ),
    dataset: oneOrMany(
      z.union([z.enum(datasets), ownData, ownImages, ownSeries]).meta({ id: 'dataset' }),
    ).describe('A data set by name, or a table, images or time series of your own; a list runs on each'),
    normalClass: z
      .union([
        className.transform((name) => [name]),
        z.array(z.union([className, z.array(className).min(1).transform(oneClassAsSuch)])).min(1),
      ])
      .optional()
      .describe(
        'Class that is normal, or all for each class in turn; a list runs each, and a list within it, as in [[0, 1]], is of classes that are normal at once; not needed for two-class tables',
      ),
    knownAnomalyClass: oneOrMany(className)
      .optional()
      .describe(
        'Class of the labeled anomalies, or each for every class but the normal one in turn; not needed for two-class tables',
      ),
    knownAnomalyClassCount: oneOrMany(z.int().min(0))
      .optional()
      .describe('Instead of knownAnomalyClass: how many known anomaly classes each seed draws at random'),
    labeledAnomalyRatio: oneOrMany(ratio)
      .prefault(0)
      .describe('γ_l: labeled anomalies, as a fraction of the training set'),
    labeledNormalRatio: oneOrMany(z.number().min(0).max(1))
      .prefault(0)
      .describe('Labeled normal samples, as a fraction of the training set'),
    pollutionRatio: oneOrMany(ratio)
      .prefault(0)
      .describe('γ_p: anomalies among the unlabeled samples, as a fraction of these'),
    tableScaling: oneOrMany(z.enum(TABLE_SCALINGS))
      .optional()
      .describe(
        'How features of tables are scaled, by the training part: its range to [0, 1] (min-max, default), mean and standard deviation (standardize), or median and quartiles (robust)',
      ),
    imageScaling: oneOrMany(z.enum(IMAGE_SCALINGS))
      .optional()
      .describe(
        'How images are scaled: bytes to [0, 1] (unit, default), or global contrast normalisation as in Deep SVDD (contrast)',
      ),
    testPart: oneOrMany(z.enum(TEST_PARTS))
      .optional()
      .describe(
        "Test part of data that come without one: the rows that are not for training (held-out, default), or, as in the authors' code, that of a second split, which shares rows with the training (redrawn)",
      ),
    detectors: oneOrMany(detectorGrid(detectors)).describe('Detectors to run on every split'),
    seeds: oneOrMany(z.union([z.int().min(0), seedRange]))
      .transform((seeds) => seeds.flat())
      .prefault(1)
      .describe(
        'Seeds, of which each repeats every run with other random numbers: a number, a range such as 1..5, or a list of these',
      ),
    diagnostics: oneOrMany(z.enum(DIAGNOSTICS))
      .optional()
      .describe(
        'What to find out of each run besides: entropy, of the representations of normal samples and anomalies at some epochs',
      ),
  }).transform(({ $schema: _, ...experiment }) => experiment);
}

function oneClassAsSuch(names: readonly string[]): NormalClass {
  return names.length === 1 ? names[0] : names;
}

function detectorGrid(detectors: readonly DetectorDefinition[]): z.ZodType<DetectorGrid> {
  const withOptions = detectors.map(({ name, title, options }) =>
    strictObject({
      name: z.literal(name).describe(title),
      ...liftOptions(options),
    }),
  );
  const [first, ...others] = withOptions;
  return z
    .union([
      z.enum(detectors.map(({ name }) => name)).transform((name) => ({ name, options: {} })),
      z.discriminatedUnion('name', [first, ...others]).transform(({ name, ...options }) => ({
        name,
        // What liftOptions made of option schemas holds lists of option values.
        options: options as DetectorGrid['options'],
      })),
    ])
    .meta({ id: 'detector', description: 'A detector by name, or its name and options' });
}
