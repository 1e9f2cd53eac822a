import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sumBy } from 'es-toolkit/math/sumBy';
import * as z from 'zod';
import { digest } from '../data/checksum.js';
import {
  type MachineBounds,
  type SampleShape,
  sampleSize,
  type TableColumn,
  widthOf,
} from '../data/dataset.js';
import type { Input, InputDescription } from '../data/input/input.js';
import { INPUT_KINDS, restoreInput } from '../data/input/registry.js';
import { machineBounds } from '../data/series/machine.js';
import { checkOptions } from '../detectors/check-options.js';
import type { Detector } from '../detectors/detector.js';
import type { DetectorChoice } from '../detectors/options.js';
import { DETECTORS, detectorNamed } from '../detectors/registry.js';
import type { DetectorState } from '../detectors/state.js';
import { DETECTOR_FILE } from '../detectors/warm-start.js';
import type { Engine } from '../engine/engine.js';
import { UserError } from '../errors.js';
import { makeFolder } from '../files/folders.js';
import { named, readBytes, readText, whatIs } from '../files/read-file.js';
import { isUnfinished, writeFileAtomic } from '../files/write-file.js';
import { firstIssue } from '../messages/issue.js';
import type { Network, Weights } from '../networks/network.js';
import { VERSION } from '../package.js';
import { fromBytes, toBytes } from './fitted-on.js';
import { fromLayersModel, toLayersModel, WEIGHTS_FILE } from './layers-model.js';

/** A fitted detector and what a model folder says besides. */
export interface SavedModel {
  readonly choice: DetectorChoice;
  readonly shape: SampleShape;
  readonly detector: Detector;
  readonly details: ModelDetails;
}

/** A model that was read, with what makes samples of a user's data where it has been fitted on such. */
export interface RestoredModel extends SavedModel {
  readonly input: Input | undefined;
}

/** How raw values become samples, and scores decisions. */
export interface ModelDetails {
  /**
   * A value v of feature j was scaled to (v − low[j]) / (high[j] − low[j]), or v − low[j] where both are equal, with mean[j] in
   * the place of a missing one; a single low and high are those of all features. With `contrast`, each image was contrast normalised
   * first (docs/protocol.md). `columns` are those of a user's table that the features are of.
   */
  readonly scaling?:
    | (Readonly<Record<'low' | 'high', readonly number[]>> & {
        readonly mean?: readonly number[] | undefined;
        readonly contrast?: true | undefined;
        readonly columns?: readonly TableColumn[] | undefined;
      })
    | undefined;
  /** In the place of `scaling` where the samples are windows of time series: by what the variables of each machine were scaled. */
  readonly machines?: Readonly<Record<string, MachineBounds>> | undefined;
  /** What makes samples of a user's data. */
  readonly input?: InputDescription | undefined;
  readonly threshold?: Threshold | undefined;
  /** What is kept of the fingerprints of the samples that the detector was fitted on, where they are a user's. */
  readonly fittedOn?: Float64Array | undefined;
}

/** Above which anomaly score a sample is flagged, and how that was chosen. */
export interface Threshold {
  readonly value: number;
  /** Of the training samples that are not labeled anomalies, the greatest share whose score may lie above. */
  readonly contamination: number;
}

/**
 * Raised when older versions would take what is written for something else: the files, the state and options of detectors, the threshold
 * and the scaling of a run. A key that they do not know they refuse, naming it. How the data of a fit become samples has numbers of its
 * own, `READINGS`.
 */
const FORMAT = 1;

const MODEL_FILE = 'model.json';
const ARRAYS_FILE = 'arrays.npz';
const FITTED_ON_FILE = 'fitted-on.bin';

const numbers = z.array(z.number());

/** How raw values of so many features were scaled. */
const scaling = z
  .strictObject({
    low: numbers.min(1),
    high: numbers,
    mean: numbers.optional(),
    contrast: z.literal(true).optional(),
    columns: z
      .array(z.strictObject({ name: z.string(), categories: z.array(z.string()).min(1).optional() }))
      .optional(),
  })
  .refine(
    ({ low, high, mean }) => high.length === low.length && (mean?.length ?? low.length) === low.length,
    {
      error: 'low, high and mean should be of as many features',
    },
  )
  .refine(({ low, high }) => low.every((value, feature) => value <= high[feature]), {
    error: 'no low should be above its high',
  })
  .refine(({ low, columns }) => columns === undefined || sumBy(columns, widthOf) === low.length, {
    error: 'columns should make as many features as low has',
  });

const detectorFile = z.strictObject({
  format: z.literal(FORMAT),
  deepsad: z.string(),
  detector: z.strictObject({
    name: z.enum(DETECTORS.map(({ name }) => name)),
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), numbers])),
  }),
  shape: z.union([z.tuple([z.int().min(1)]), z.tuple([z.int().min(1), z.int().min(1), z.int().min(1)])]),
  facts: z.record(z.string(), numbers),
  arrays: z.array(z.string()).refine((names) => new Set(names).size === names.length, {
    error: 'no array should be named twice',
  }),
  scaling: scaling.optional(),
  machines: machineBounds.optional(),
  input: z.looseObject({ kind: z.enum(INPUT_KINDS), reading: z.int().optional() }).optional(),
  threshold: z.strictObject({ value: z.number(), contamination: z.number().min(0).lt(1) }).optional(),
  files: z.partialRecord(z.enum([MODEL_FILE, WEIGHTS_FILE, ARRAYS_FILE, FITTED_ON_FILE]), z.string()),
});

/** The content of detector.json. */
export type ModelFile = z.output<typeof detectorFile>;

/**
 * Writes a fitted detector into a folder: detector.json; for one with a network, a TensorFlow.js layers model (model.json and
 * weights.bin); for one with large arrays, arrays.npz; for one that was fitted on a user's data, fitted-on.bin. detector.json comes last
 * and holds the sha256 of the others, so that a folder that was not written whole is not read.
 *
 * @throws UserError where a model is there, which would be lost whenever the process is killed before the other is whole: `placeFolder`
 *   exchanges them; Unwritable where the folder cannot be written
 */
export async function writeModel(directory: string, model: SavedModel): Promise<void> {
  if (holdsModel(directory)) {
    throw new UserError(`${directory}: a model is there; give another folder, or replace it by placeFolder`);
  }
  const { choice, shape, detector, details } = model;
  const { fittedOn, ...described } = details;
  const { weights, facts, arrays } = await detector.state();
  const files = new Map<string, Uint8Array>();
  if (detector.network && weights) {
    const layersModel = toLayersModel(detector.network, weights);
    files.set(MODEL_FILE, Buffer.from(layersModel.json)).set(WEIGHTS_FILE, layersModel.weights);
  }
  if (Object.keys(arrays).length > 0) {
    const { writeNpz } = await import('../data/formats/write-npz.js');
    files.set(ARRAYS_FILE, await writeNpz(arrays));
  }
  if (fittedOn) files.set(FITTED_ON_FILE, toBytes(fittedOn));

  makeFolder(directory);
  const sums = new Map<string, string>();
  for (const [name, bytes] of files) {
    await writeFileAtomic(join(directory, name), Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    sums.set(name, digest('sha256', [bytes]));
  }
  const content = {
    format: FORMAT,
    deepsad: VERSION,
    detector: choice,
    shape,
    facts,
    arrays: Object.keys(arrays),
    ...described,
    files: Object.fromEntries(sums),
  };
  await writeFileAtomic(join(directory, DETECTOR_FILE), `${JSON.stringify(content, null, 2)}\n`);
}

/** Whether `writeModel` has written a model into a folder. */
export function holdsModel(directory: string): boolean {
  return existsSync(join(directory, DETECTOR_FILE));
}

/** Of detector.json, what tells which files make up the model. */
const ownFiles = z.object({ deepsad: z.string(), files: detectorFile.shape.files });

/**
 * What lies in the folder of a model and is no part of it, in the order of the names: all but the files that `writeModel` wrote. A model
 * whose detector.json is damaged may have any of these.
 *
 * @throws UserError where the folder cannot be read
 */
export function namesBesideModel(directory: string): string[] {
  const own = new Set([DETECTOR_FILE, ...filesOf(join(directory, DETECTOR_FILE))]);
  return named(directory, () => readdirSync(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() || !own.has(entry.name))
    .map(({ name }) => name)
    .filter((name) => !OF_NOBODY.has(name) && !isUnfinished(name))
    .sort();
}

/** What systems put into a folder that is looked at. */
const OF_NOBODY = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** The files that a detector.json names. */
function filesOf(file: string): string[] {
  try {
    const { files } = ownFiles.parse(JSON.parse(readText(file, { what: 'the description of a model' })));
    return Object.keys(files);
  } catch {
    return [MODEL_FILE, WEIGHTS_FILE, ARRAYS_FILE, FITTED_ON_FILE];
  }
}

/**
 * Restores what `writeModel` wrote: a detector that scores as the saved one did. What the files say is checked, each by itself and
 * against the rest, before anything is made of it: they may come from anyone.
 *
 * @throws UserError, naming the file, where the folder is missing, is no model, was written by a later version, or any of its
 *   files is missing, was changed, or does not go with the others
 */
export async function readModel(directory: string, engine: Engine): Promise<RestoredModel> {
  if (whatIs(directory) === 'a file') {
    throw new UserError(`${directory}: expected the folder of a model, found a file`);
  }
  const { content, file } = parseDetectorFile(
    await readBytes(join(directory, DETECTOR_FILE), {
      what: 'the description of a model',
      ifMissing: 'the folder is no model; name one that was fitted',
    }),
    join(directory, DETECTOR_FILE),
  );
  const { detector: choice, shape, facts, scaling, machines, input: description, threshold } = content;
  const definition = detectorNamed(choice.name);
  restore(() => checkOptions(definition, choice.options, shape, 'detector.options'), file);
  checkScaling(scaling, shape, file);
  checkMachines(machines, shape, file);
  const input = description && restoreInput(description, file);
  if (input && input.shape.join() !== shape.join()) {
    throw new UserError(
      `${file}: the input makes samples of [${input.shape}], and the detector takes [${shape}]; fit the model again`,
    );
  }
  const detector = restore(() => definition.create(choice.options, shape), file);
  const bytes = await readFiles(directory, content.files);
  const arrays = await readArrays(bytes.get(ARRAYS_FILE), join(directory, ARRAYS_FILE), content.arrays);
  const weights =
    detector.network && weightsOf(detector.network, bytes.get(WEIGHTS_FILE), join(directory, WEIGHTS_FILE));
  restore(() => detector.restore({ weights, facts, arrays }, engine), file);
  const kept = bytes.get(FITTED_ON_FILE);
  const fittedOn = kept && fromBytes(kept, join(directory, FITTED_ON_FILE));
  const details = { scaling, machines, input: description, threshold, fittedOn };
  return { choice, shape, detector, details, input };
}

function checkScaling(
  { low }: Partial<ModelDetails['scaling']> = {},
  shape: SampleShape,
  file: string,
): void {
  if (low === undefined || low.length === 1 || low.length === sampleSize(shape)) return;
  throw new UserError(
    `${file}: scaling is of ${low.length} features, and samples have ${sampleSize(shape)}; fit the model again`,
  );
}

function checkMachines(
  machines: NonNullable<ModelDetails['machines']> = {},
  shape: SampleShape,
  file: string,
): void {
  const [machine] = Object.values(machines);
  if (machine === undefined || sampleSize(shape) % machine.low.length === 0) return;
  throw new UserError(
    `${file}: machines are of ${machine.low.length} variables, and samples have ${sampleSize(shape)} values; fit the model again`,
  );
}

/** What a detector.json says, and what errors call it: with the version that wrote it, where that is another. */
function parseDetectorFile(bytes: Uint8Array, path: string): { content: ModelFile; file: string } {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new UserError(`${path}: not JSON; fit the model again`);
  }
  const { data: version } = z.object({ format: z.number(), deepsad: z.string() }).safeParse(content);
  const isOther = version !== undefined && version.deepsad !== VERSION;
  const file = isOther ? `${path} (written by deepsad ${version.deepsad}, this is ${VERSION})` : path;
  if (version !== undefined && version.format !== FORMAT) {
    throw new UserError(`${file}: a model of format ${version.format}, where format ${FORMAT} is read`);
  }
  const parsed = detectorFile.safeParse(content);
  if (parsed.success) return { content: parsed.data, file };
  throw new UserError(`${file}: not a saved detector: ${firstIssue(parsed.error)}; fit the model again`);
}

/** The files that detector.json names, by name. */
async function readFiles(
  directory: string,
  sums: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [name, sum] of Object.entries(sums)) {
    const file = join(directory, name);
    const bytes = await readBytes(file, {
      what: 'a file of a model',
      ifMissing: `${DETECTOR_FILE} beside it names it; fit the model again`,
    });
    if (digest('sha256', [bytes]) !== sum) {
      throw new UserError(`${file}: not the file that was saved with ${DETECTOR_FILE}; fit the model again`);
    }
    files.set(name, bytes);
  }
  return files;
}

async function readArrays(
  bytes: Uint8Array | undefined,
  file: string,
  names: readonly string[],
): Promise<DetectorState['arrays']> {
  if (names.length === 0) return {};
  if (!bytes)
    throw new UserError(`${file}: ${DETECTOR_FILE} beside it should name this file; fit the model again`);
  const { readNpz } = await import('../data/formats/npz.js');
  const arrays = await readNpz(bytes, file, names);
  return Object.fromEntries(names.map((name, i) => [name, arrays[i].values]));
}

function weightsOf(network: Network, bytes: Uint8Array | undefined, file: string): Weights {
  const weights = bytes && fromLayersModel(network, bytes);
  if (weights) {
    for (const [layer, arrays] of weights.entries()) {
      for (const [name, values] of Object.entries(arrays)) {
        const wrong = values.findIndex(
          (value) => !Number.isFinite(value) || (name === 'variance' && value < 0),
        );
        if (wrong < 0) continue;
        throw new UserError(
          `${file}: the ${name} of layer ${layer + 1} has ${values[wrong]} in it; fit the model again`,
        );
      }
    }
    return weights;
  }
  throw new UserError(
    `${file}: not the weights of the network that ${DETECTOR_FILE} describes; fit the model again`,
  );
}

/** Runs what makes a detector of the content of a file, naming the file in errors. */
function restore<T>(work: () => T, file: string): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UserError
      ? new UserError(`${file}: ${error.message}; fit the model again`)
      : error;
  }
}
