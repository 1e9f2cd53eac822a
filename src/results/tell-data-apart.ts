import { uniq } from 'es-toolkit/array/uniq';
import { once } from 'es-toolkit/function/once';
import { type Run, splitKey } from '../config/run.js';
import { datasetNames } from '../data/descriptor.js';
import { knownDetector } from '../detectors/registry.js';
import { grouped } from '../grouped.js';
import type { RunRecord, RunSuccess } from './record.js';

/** Digits of a checksum that are shown, unless more are needed to tell two apart. */
const SHOWN = 8;

/** A run, or its record, maybe under another name of its data than it was made with. */
export type NamedRun = Run &
  Partial<Pick<RunRecord, 'status' | 'engine'>> &
  Pick<RunSuccess, 'series'> & {
    /** The names that runs on these data were made with, the one that is shown first; absent where `dataset` is the only one. */
    readonly dataNames?: readonly string[];
  };

/** The names that runs on the data of this one were made with, as far as it knows, the one that is shown first. At least one. */
export function dataNamesOf({ dataset, dataNames }: NamedRun): readonly string[] {
  return dataNames ?? [dataset];
}

/**
 * Runs whose data have one name each: where several paths lead to the same table, folder or series of a user, all have the shortest of
 * these names; where one name stands for several data, as of a table that was changed between two runs, each has in its name what tells it
 * from the others (`tellApart`). Nothing then takes the same for several, or several for the same. Data sets that are known by name keep theirs.
 *
 * @returns as many runs, in their order
 */
export function nameData<T extends NamedRun>(runs: readonly T[]): readonly T[] {
  const names = new Map(
    [...grouped(runs, ({ dataChecksum }) => dataChecksum)].map(([checksum, own]) => {
      const given = uniq(own.flatMap(dataNamesOf)).filter((name) => !registered().has(name));
      return [checksum, given.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))];
    }),
  );
  const namesFor = (run: T) => {
    const own = dataNamesOf(run);
    return registered().has(own[0]) ? own : (names.get(run.dataChecksum) ?? own);
  };
  const checksums = grouped(runs, (run) => namesFor(run)[0]);
  const tellings = new Map([...checksums].map(([name, own]) => [name, tellApart(own)]));
  return runs.map((run) => {
    const own = namesFor(run);
    const telling = tellings.get(own[0])?.get(run.dataChecksum);
    const dataset = telling === undefined ? own[0] : `${own[0]} (${telling})`;
    return dataset === run.dataset && own.length === 1 ? run : { ...run, dataset, dataNames: own };
  });
}

const registered = once(() => new Set(datasetNames()));

/**
 * What tells several data of one name apart, by their checksums: how time series were cut into windows, where that does, or a part of the
 * checksums. Nothing where they are the same data.
 */
function tellApart(runs: readonly NamedRun[]): ReadonlyMap<string, string> {
  const data = grouped(runs, ({ dataChecksum }) => dataChecksum);
  if (data.size === 1) return new Map();
  const windows = new Map([...data].map(([checksum, own]) => [checksum, windowsOf(own)]));
  const known = [...windows.values()].filter((text) => text !== undefined);
  if (new Set(known).size === data.size) return windows as Map<string, string>;
  const length = lengthFor(data);
  return new Map([...data.keys()].map((checksum) => [checksum, `data ${checksum.slice(0, length)}`]));
}

/** How runs on the same time series cut them, where it is recorded. */
function windowsOf(runs: readonly NamedRun[]): string | undefined {
  const { windowLength, stride } = runs.find(({ series }) => series?.stride !== undefined)?.series ?? {};
  return stride === undefined ? undefined : `windowLength ${windowLength}, stride ${stride}`;
}

/** How many digits tell several checksums apart. */
function lengthFor(data: ReadonlyMap<string, unknown>): number {
  const checksums = [...data.keys()];
  let length = SHOWN;
  while (new Set(checksums.map((checksum) => checksum.slice(0, length))).size < data.size) length++;
  return length;
}

/** Runs whose data are told apart by their names (`nameData`), where a run that was made under several names of its data counts once. */
export function tellDataApart<T extends NamedRun>(runs: readonly T[]): readonly T[] {
  return withoutRepeats(nameData(runs));
}

/** Runs without those that others are under another name of their data; of several one that is done stays, if any is. */
export function withoutRepeats<T extends NamedRun>(runs: readonly T[]): readonly T[] {
  if (runs.every((run) => dataNamesOf(run).length === 1)) return runs;
  return [...grouped(runs, contentOf).values()].map(
    (alike) => alike.find(({ status }) => status === 'done') ?? alike[0],
  );
}

/** All that the id of a run is made of, but for the names of its data. */
function contentOf(run: NamedRun): string {
  const { detector, engine } = run;
  return JSON.stringify([splitKey(run), detector, knownDetector(detector.name)?.trains && engine]);
}

/** Which names of data sets are of the same data, in sentences. */
export function sameData(runs: readonly NamedRun[]): string[] {
  return [...grouped(runs, ({ dataChecksum }) => dataChecksum).values()].flatMap((own) => {
    const names = uniq(own.map(dataNamesOf));
    const shown = uniq(names.map(([first]) => first));
    const others = uniq(names.flat()).filter((name) => !shown.includes(name));
    return [
      ...(others.length > 0
        ? [
            `${shown[0]} is the same data as ${others.join(', ')}: a run that was made under several names counts once.`,
          ]
        : []),
      ...(shown.length > 1 ? [`${shown.join(', ')} are the same data, and count as ${shown.length}.`] : []),
    ];
  });
}
