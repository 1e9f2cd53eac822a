import { uniqBy } from 'es-toolkit/array/uniqBy';
import { encode } from 'fast-png';
import { type Dataset, type ImageShape, sampleSize } from '../data/dataset.js';
import { datasetNames } from '../data/descriptor.js';
import { loadDataset } from '../data/registry.js';
import { UserError } from '../errors.js';
import type { Ends, Extremes } from '../results/extremes.js';
import type { RunRecord } from '../results/record.js';
import type { ExperimentResults } from './experiment-results.js';

/** Gets the data of a run. Throws a UserError with the reason where they are not at hand. */
export type DataSource = (run: RunRecord) => Promise<Dataset>;

/** The images of a data set that a page shows, in one picture: rows of `columns` images of this size. */
export interface Sheet {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** A PNG, as a data URI. */
  readonly source: string;
  /** Where the images of a run lie in it, by the run's id. */
  readonly places: ReadonlyMap<string, Extremes>;
}

/** The sheet of each data set whose images runs name, by its checksum; or why there is none. */
export type Sheets = ReadonlyMap<string, Sheet | { readonly missing: string }>;

/** Values of the images of one data set in a page, beyond which further runs show none: 20,000 images of MNIST. */
const MOST_VALUES = 2 ** 24;
const COLUMNS = 64;

/**
 * The data of runs on the data sets that deepsad knows by name.
 *
 * @param dataDir the folder of data files, where it is not the default one
 */
export function namedData(dataDir?: string): DataSource {
  return async ({ dataset, dataChecksum }) => {
    if (!datasetNames().includes(dataset)) {
      throw new UserError(`${dataset} is no data set by name; the report.html beside its records shows them`);
    }
    const found = await loadDataset(dataset, dataDir);
    if (found.checksum !== dataChecksum) throw new UserError(`${dataset} has changed since`);
    return found;
  };
}

/** Makes the sheets of all runs of these experiments whose traces name images. */
export async function imageSheets(
  experiments: readonly ExperimentResults[],
  source: DataSource,
): Promise<Sheets> {
  const runs = experiments.flatMap(({ records, traces }) =>
    records.flatMap((record) => {
      const extremes = traces.get(record.id)?.extremes;
      return extremes ? [{ record, extremes }] : [];
    }),
  );
  const sheets = new Map<string, Sheet | { readonly missing: string }>();
  for (const { record } of uniqBy(runs, ({ record }) => record.dataChecksum)) {
    const { dataChecksum } = record;
    const own = runs.filter((run) => run.record.dataChecksum === dataChecksum);
    try {
      const dataset = await source(record);
      if (dataset.shape.length !== 3) throw new UserError(`${record.dataset} holds no images`);
      sheets.set(dataChecksum, sheetOf(dataset, dataset.shape, own));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      sheets.set(dataChecksum, { missing: error.message });
    }
  }
  return sheets;
}

/** What to say of data sets whose images are not shown, each in a line. */
export function missingImages(experiments: readonly ExperimentResults[], sheets: Sheets): string[] {
  const names = new Map(
    experiments.flatMap(({ records }) => records.map(({ dataChecksum, dataset }) => [dataChecksum, dataset])),
  );
  return [...sheets].flatMap(([checksum, sheet]) =>
    'missing' in sheet ? [`The test images of ${names.get(checksum)} are not shown: ${sheet.missing}.`] : [],
  );
}

function sheetOf(
  dataset: Dataset,
  shape: ImageShape,
  runs: readonly { readonly record: RunRecord; readonly extremes: Extremes }[],
): Sheet {
  const { count, values } = dataset.test ?? dataset.training;
  const size = sampleSize(shape);
  const order = new Map<number, number>();
  const places = new Map<string, Extremes>();
  for (const { record, extremes } of runs) {
    const { all, normal } = extremes;
    const indices = [all, normal].flatMap(({ lowest, highest }) => [...lowest, ...highest]);
    if (indices.some((index) => index >= count)) {
      throw new UserError(`traces of run ${record.id} name image ${Math.max(...indices)} of ${count}`);
    }
    const further = new Set(indices.filter((index) => !order.has(index)));
    if ((order.size + further.size) * size > MOST_VALUES) continue;
    for (const index of further) order.set(index, order.size);
    const placed = ({ lowest, highest }: Ends): Ends => ({
      lowest: lowest.map((index) => order.get(index) ?? 0),
      highest: highest.map((index) => order.get(index) ?? 0),
    });
    places.set(record.id, { all: placed(all), normal: placed(normal) });
  }
  const [channels, height, width] = shape;
  const rows = Math.ceil(order.size / COLUMNS);
  const pixels = new Uint8Array(rows * COLUMNS * size);
  for (const [index, place] of order) {
    const [top, left] = [Math.floor(place / COLUMNS) * height, (place % COLUMNS) * width];
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const pixel = (top + y) * COLUMNS * width + left + x;
          pixels[pixel * channels + channel] = values[index * size + (channel * height + y) * width + x];
        }
      }
    }
  }
  const png = encode({ width: COLUMNS * width, height: rows * height, channels, data: pixels });
  return {
    columns: COLUMNS,
    width,
    height,
    source: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
    places,
  };
}
