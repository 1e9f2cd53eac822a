import type { Windowing } from './series/windows.js';

/** What one sample is: `[features]` of a table row or `[channels, height, width]` of an image. */
export type SampleShape = readonly [features: number] | ImageShape;

export type ImageShape = readonly [channels: number, height: number, width: number];

interface ImageFamily {
  /** Of the images that it takes. */
  readonly shape: ImageShape;
  /**
   * Widths of the dense layers of its encoder before the last, each normalised by its batch, where nothing else is said. The option
   * `hiddenSizes` has as many, or is empty for these.
   */
  readonly hiddenSizes: readonly number[];
  /** The representation that it ends in where nothing else is said. */
  readonly representationSize: number;
}

/** The convolutional families, by name; `src/networks/architectures.ts` has their layers. */
export const IMAGE_NETWORKS = {
  mnist: { shape: [1, 28, 28], hiddenSizes: [], representationSize: 32 },
  'fashion-mnist': { shape: [1, 28, 28], hiddenSizes: [128], representationSize: 64 },
  cifar10: { shape: [3, 32, 32], hiddenSizes: [], representationSize: 128 },
} as const satisfies Readonly<Record<string, ImageFamily>>;

export type ImageNetwork = keyof typeof IMAGE_NETWORKS;

export const IMAGE_NETWORK_NAMES = Object.keys(IMAGE_NETWORKS) as ImageNetwork[];

/** How many values one sample of this shape has. */
export function sampleSize(shape: SampleShape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Samples as their file holds them, one after the other (an image channel by channel, row by row). */
export interface Samples {
  readonly count: number;
  /** count × sampleSize values: image bytes 0…255, the unscaled features of a table (NaN is a missing one), or what is scaled already. */
  readonly values: Uint8Array | Float64Array | Float32Array;
  /** The class of each sample, as an index into the data set's `classNames`; beside semi-targets, it may be `UNKNOWN_CLASS`. */
  readonly classes: Uint8Array;
  /** Of a user's own table the row of each sample as messages give it: the line of a .csv, where the header is row 1; else counted from 1. */
  readonly rows?: Float64Array;
  /** Of a user's own table the file whose rows they are. */
  readonly file?: string;
  /** The user's own labels of training samples: +1 normal, −1 anomaly, 0 unlabeled. Without them, runs draw what is labeled. */
  readonly semiTargets?: Int8Array;
}

/** In the place of the class of a sample that nobody knows. */
export const UNKNOWN_CLASS = 255;

/** The class that all normal labels of a user's table form; elsewhere a class of this name is normal where nothing else is said. */
export const NORMAL_CLASS = 'normal';

/** The class of all anomalies, where no others are told apart. */
export const ANOMALY_CLASS = 'anomaly';

/** A data set in memory, not yet split for a run or scaled. */
export interface Dataset {
  /** The registry name, or the path of the user's file as the config gives it. */
  readonly name: string;
  readonly shape: SampleShape;
  /** Whether its samples are scaled already, by the bounds of each machine where they are windows of time series; else a run scales them. */
  readonly scaled?: true | readonly NamedBounds[];
  /** Digits, garment names …; a table labeled for anomaly detection has `normal` first, then its anomaly classes. */
  readonly classNames: readonly string[];
  /** The columns that the features are of, in the order of a sample's values, where the data are a user's .csv table. */
  readonly columns?: readonly TableColumn[];
  /** The published training part; all samples where there is no `test`. */
  readonly training: Samples;
  /** The published test part; where there is neither this nor `testNormal`, each run draws its own 60:40 split. */
  readonly test?: Samples;
  /**
   * The samples of `training` that are for the test alone, in place of `test`, where the source has normal samples in both parts but
   * anomalies only in its test part. The anomalies that a run trains on leave its test set.
   */
  readonly testNormal?: Uint32Array;
  /** Where the samples of `test` come from, where they are windows of time series. */
  readonly series?: SeriesTest;
  /**
   * sha256, hexadecimal, over what the runs on it depend on: the data files, and of a user's own table its classes and how its columns are
   * read; of images and time series what they become as they are read.
   */
  readonly checksum: string;
  readonly defaults: DatasetDefaults;
  /**
   * What was done to the user's own data that they should know: missing values filled in, categories that training lacks. Of several lines
   * the first sums up the others.
   */
  readonly notices?: readonly string[];
}

/** A column of a table that is one feature, or one for each of its categories, in their order; a missing one is the empty text. */
export interface TableColumn {
  readonly name: string;
  readonly categories?: readonly string[] | undefined;
}

/** How many features a column makes. */
export function widthOf({ categories }: TableColumn): number {
  return categories?.length ?? 1;
}

/** The name of the column that each feature comes from. */
export function featureNames(columns: readonly TableColumn[]): string[] {
  return columns.flatMap((column) => new Array<string>(widthOf(column)).fill(column.name));
}

/** What is known of a data set without its samples. */
export interface DatasetOutline
  extends Pick<Dataset, 'name' | 'shape' | 'scaled' | 'classNames' | 'testNormal' | 'checksum' | 'defaults'> {
  readonly training: Pick<Samples, 'count'> & Partial<Samples>;
  /** Something where there is a published test part. */
  readonly test?: unknown;
  readonly notices?: readonly string[];
}

/** Whether more is known of a data set than its outline. */
export function hasSamples<T extends Dataset>(dataset: T | DatasetOutline): dataset is T {
  return dataset.training.values !== undefined;
}

/** The test part of time series. */
export interface SeriesTest extends Windowing {
  /** In the order of the windows. */
  readonly machines: readonly MachineTest[];
}

/** The least and the greatest value of each variable of a machine over its training part, which became 0 and 1. */
export interface MachineBounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface NamedBounds extends MachineBounds {
  /** Of the machine. */
  readonly name: string;
}

/** The test part of one machine. */
export interface MachineTest {
  readonly name: string;
  /** The first time step of each window. */
  readonly starts: Uint32Array;
  /** 1 for an anomalous time step, 0 for a normal one. */
  readonly anomalies: Uint8Array;
}

/** What is the default on a data set; a config's detector options override it. */
export interface DatasetDefaults {
  readonly network: ImageNetwork | 'mlp';
  readonly representationSize: number;
  /** Widths of the hidden layers of an `mlp`, input side first. */
  readonly hiddenSizes?: readonly number[];
  /** Whether Deep SAD and Deep SVDD start from the encoder of an autoencoder; they do where absent. */
  readonly pretrain?: boolean;
  readonly pretrainEpochs?: number;
  readonly pretrainLearningRateMilestones?: readonly number[];
  /** How the methods with a kernel choose a bandwidth, on the paper's data sets; without labels where absent, and KDE from a wider grid. */
  readonly bandwidthSelection?: 'test-holdout';
}

/** Whether defaults are those of one of the paper's data sets, for which it has grids and schedules. */
export function isOfPaper({ bandwidthSelection }: DatasetDefaults): boolean {
  return bandwidthSelection !== undefined;
}

/** What a run trains on: scaled samples and what is known of each. */
export interface TrainingSet {
  readonly shape: SampleShape;
  readonly count: number;
  /** count × sampleSize values, one sample after the other. */
  readonly samples: Float32Array;
  /** The paper's semi-targets ỹ: +1 labeled normal, −1 labeled anomaly, 0 unlabeled. */
  readonly semiTargets: Int8Array;
}

/** What a run is judged on: scaled samples and which of them are anomalies. */
export interface TestSet {
  readonly count: number;
  readonly samples: Float32Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
}
