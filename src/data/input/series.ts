import path from 'node:path';
import { sumBy } from 'es-toolkit/math/sumBy';
import * as z from 'zod';
import { UserError } from '../../errors.js';
import { isFolder } from '../../files/folders.js';
import { whatIs } from '../../files/read-file.js';
import { optionName } from '../../messages/vocabulary.js';
import { concatenate } from '../concatenate.js';
import { fingerprints, stretchFingerprints } from '../fingerprints.js';
import { labelFolder, machineFile, machinesIn, type SeriesSource, TEST, TRAINING } from '../series/folder.js';
import {
  boundsOf,
  checkLength,
  describeVariables,
  fitMachines,
  type MachineRange,
  MachineWatch,
  machineBounds,
  scaledSteps,
} from '../series/machine.js';
import { SERIES_DEFAULTS } from '../series/own-series.js';
import { checkLabelCount, readStepLabels } from '../series/steps.js';
import { checkBytes, checkWindowing, windowCount, windowLabels } from '../series/windows.js';
import type { Input, InputDescription, InputOptions, ReadOptions, SampleBatch } from './input.js';
import { checkNoStandardInput, parseDescription, READINGS } from './input.js';

const description = z
  .strictObject({
    kind: z.literal('series'),
    reading: z.literal(READINGS.series),
    windowLength: z.int().min(1),
    stride: z.int().min(1),
    /** The range of each variable over the training part of each machine. */
    machines: machineBounds,
  })
  .refine(({ windowLength, stride }) => stride <= windowLength, {
    error: 'expected a stride of at most a window',
  });
type SeriesDescription = z.infer<typeof description>;

/** Windows of a batch. */
const BATCH_WINDOWS = 512;

/**
 * An input of time series, MACHINE.txt each, cut into windows. Each machine is scaled to its own range.
 *
 * @throws UserError where window length or stride are missing or none (`checkWindowing`), the windows are more than memory is for, or the folder holds no series or
 *   anything else
 */
export async function fitSeries(folder: string, options: InputOptions): Promise<Input> {
  const { windowLength, stride } = options;
  if (windowLength === undefined || stride === undefined) {
    throw new UserError(
      `${folder} holds time series: say how to cut them into windows (${optionName('windowLength')} and ${optionName('stride')})`,
    );
  }
  checkWindowing({ windowLength, stride });
  const fitted = await fitMachines(listSeries(folder));
  const [{ range }] = fitted.values();
  const windows = sumBy([...fitted.values()], ({ steps }) => windowCount(steps, { windowLength, stride }));
  checkBytes(windows, windowLength * range.low.length, folder, 'fewer machines');
  describeVariables(folder, fitted).forEach(options.warn);
  const machines = Object.fromEntries(Array.from(fitted, ([name, machine]) => [name, boundsOf(machine)]));
  return seriesInput({ kind: 'series', reading: READINGS.series, windowLength, stride, machines });
}

/** The input that a description was saved of; see `restoreInput`. */
export function restoreSeries(saved: InputDescription, file: string): Input {
  return seriesInput(parseDescription(description, saved, file, 'time series'));
}

function seriesInput(series: SeriesDescription): Input {
  const [{ low }] = Object.values(series.machines);
  return {
    kind: 'series',
    shape: [series.windowLength * low.length],
    defaults: SERIES_DEFAULTS,
    origin: 'window',
    labelPlace,
    description: series,
    read: (path, options) => readSeries(series, path, options),
    fingerprints: (path) => stretchesOf(series, path),
  };
}

function labelPlace(data: string): string {
  const folder = labelFolder(whatIs(data) === 'a file' ? path.dirname(data) : data);
  return isFolder(folder) ? `labels in ${folder}` : `labels looked for in ${folder}`;
}

async function* readSeries(
  series: SeriesDescription,
  folder: string,
  { labels, warn }: ReadOptions,
): AsyncGenerator<SampleBatch> {
  const machines = rangesOf(series);
  const watch = new MachineWatch(machines);
  for (const source of listSeries(folder)) {
    const labelFile = machineFile(labelFolder(path.dirname(source.file)), source.name);
    const isLabeled = labels === 'required' && isFolder(path.dirname(labelFile));
    const anomalies = isLabeled ? await readStepLabels(labelFile) : undefined;
    for await (const { samples, starts, steps } of readWindows(series, source, machines, watch)) {
      yield {
        samples,
        origins: starts.map((start) => `${source.name}:${start + 1}-${start + series.windowLength}`),
        ...(labels === 'required' && {
          semiTargets: anomalies
            ? Int8Array.from(windowLabels(starts, series.windowLength, anomalies), (label) =>
                label ? -1 : 1,
              )
            : new Int8Array(starts.length),
        }),
        windows: { machine: source.name, starts, length: series.windowLength, anomalies },
      };
      if (steps !== undefined && anomalies) checkLabelCount(anomalies, labelFile, source.file, steps);
    }
  }
  watch.notices(folder).forEach(warn);
}

/** A fingerprint of each stretch of the length of a window, whichever time step it starts at. */
async function stretchesOf(series: SeriesDescription, folder: string): Promise<number[]> {
  const machines = rangesOf(series);
  const found: number[][] = [];
  for (const source of listSeries(folder)) {
    const steps: number[] = [];
    for await (const step of scaledSteps(source.file, rangeOf(source, machines), () => {})) {
      steps.push(...fingerprints(step, step.length));
    }
    found.push(stretchFingerprints(steps, series.windowLength));
  }
  return found.flat();
}

/** The range of each machine of a model, by its name. */
function rangesOf({ machines }: SeriesDescription): ReadonlyMap<string, MachineRange> {
  return new Map(
    Object.entries(machines).map(([name, { low, high }]) => {
      const mean = new Float64Array(low.length);
      const range = { low: Float64Array.from(low), high: Float64Array.from(high), mean };
      return [name, { range }];
    }),
  );
}

/** @throws UserError where the machine of a series is none of them */
function rangeOf({ name, file }: SeriesSource, machines: ReadonlyMap<string, MachineRange>): MachineRange {
  const machine = machines.get(name);
  if (machine) return machine;
  throw new UserError(
    `${file}: expected a machine that the model was trained on (${[...machines.keys()].join(', ')}), found ${name}`,
  );
}

/** Windows that follow each other. */
interface WindowBatch {
  readonly samples: Float32Array;
  /** The first time step of each, counted from 0. */
  readonly starts: readonly number[];
  /** How many time steps the series has; told with its last windows. */
  readonly steps?: number;
}

/** The windows that `windowStarts` says, holding no more of the series than a batch of them. */
async function* readWindows(
  { windowLength, stride }: SeriesDescription,
  source: SeriesSource,
  machines: ReadonlyMap<string, MachineRange>,
  watch: MachineWatch,
): AsyncGenerator<WindowBatch> {
  const { name, file } = source;
  const latest: Float32Array[] = [];
  let windows: Float32Array[][] = [];
  let starts: number[] = [];
  const take = (start: number) => {
    windows.push([...latest]);
    starts.push(start);
  };
  let steps = 0;
  for await (const step of scaledSteps(file, rangeOf(source, machines), (values) =>
    watch.see(name, values),
  )) {
    if (starts.length === BATCH_WINDOWS) {
      yield { samples: concatenate(Float32Array, windows.flat()), starts };
      [windows, starts] = [[], []];
    }
    latest.push(step);
    if (latest.length > windowLength) latest.shift();
    steps++;
    const start = steps - windowLength;
    if (start >= 0 && start % stride === 0) take(start);
  }
  checkLength(steps, windowLength, file);
  if ((steps - windowLength) % stride !== 0) take(steps - windowLength);
  yield { samples: concatenate(Float32Array, windows.flat()), starts, steps };
}

/** The series that a path is of, or those of a folder. */
function listSeries(folder: string): SeriesSource[] {
  checkNoStandardInput(folder, 'time series');
  if (whatIs(folder) === 'a file') return [{ name: path.parse(folder).name, file: folder }];
  if (isFolder(path.join(folder, TRAINING))) {
    throw new UserError(
      `${folder}: expected the series of one part, found ${TRAINING}; give ${path.join(folder, TRAINING)} or ${path.join(folder, TEST)}`,
    );
  }
  return machinesIn(folder).map((name) => ({ name, file: machineFile(folder, name) }));
}
