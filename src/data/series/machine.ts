import * as z from 'zod';
import { byName } from '../../by-name.js';
import { UserError } from '../../errors.js';
import { concatenate } from '../concatenate.js';
import type { MachineBounds } from '../dataset.js';
import {
  checkRange,
  emptyRange,
  type FeatureRange,
  overflowMessage,
  scaleRow,
  widenRange,
} from '../scaling.js';
import { ColumnWatch, describeCodes, describeDoubts } from '../table/doubts.js';
import { RangeWatch } from '../table/range-watch.js';
import type { SeriesSource } from './folder.js';
import { readSteps } from './steps.js';
import { type Windowing, windowStarts } from './windows.js';

/** The range of each variable of one machine over its training part. */
export interface MachineRange {
  readonly range: FeatureRange;
}

const bounds = z.array(z.number()).min(1);

const oneMachine = z
  .strictObject({ low: bounds, high: bounds })
  .refine(({ low, high }) => low.length === high.length && low.every((value, j) => value <= high[j]), {
    error: 'expected a low for each high, and none above it',
  });

/** The bounds of machines by their names, as they are saved with a model. */
export const machineBounds = byName(oneMachine).refine(
  (machines) => new Set(Object.values(machines).map(({ low }) => low.length)).size === 1,
  { error: 'expected machines with as many variables each' },
);

/** The bounds of a machine's variables. */
export function boundsOf({ range: { low, high } }: MachineRange): z.infer<typeof oneMachine> {
  return { low: [...low], high: [...high] } satisfies MachineBounds;
}

/** What is found on the training part of a machine. */
export interface FittedMachine extends MachineRange {
  /** How many time steps it has. */
  readonly steps: number;
  /** What is known of its columns. */
  readonly watch: ColumnWatch;
}

/** A series, scaled. */
export interface ScaledSeries {
  readonly steps: number;
  readonly variables: number;
  /** steps × variables values, one time step after the other. */
  readonly values: Float32Array;
}

/**
 * Fits the machines of a training part, one after the other.
 *
 * @returns by their names
 * @throws UserError where a file is no series, all of its variables are constant, or machines have different numbers of variables
 */
export async function fitMachines(sources: readonly SeriesSource[]): Promise<Map<string, FittedMachine>> {
  const fitted = new Map<string, FittedMachine>();
  for (const { name, file } of sources) {
    const machine = await fitMachine(file);
    const [[first, { range }] = [name, machine]] = fitted;
    const [variables, found] = [range, machine.range].map(({ low }) => low.length);
    if (found !== variables) {
      throw new UserError(`${file}: expected ${variables} values a time step as of ${first}, found ${found}`);
    }
    fitted.set(name, machine);
  }
  return fitted;
}

function nameOf(column: number): string {
  return `column ${column + 1}`;
}

async function fitMachine(file: string): Promise<FittedMachine> {
  let range = emptyRange(0);
  let watch = new ColumnWatch([], 'time');
  let count = 0;
  for await (const { cells, values } of readSteps(file)) {
    if (count === 0) {
      range = emptyRange(values.length);
      watch = new ColumnWatch(
        values.map((_, column) => nameOf(column)),
        'time',
      );
    }
    widenRange(range, values, 0);
    watch.see(values);
    for (const [column, cell] of cells.entries()) watch.seeCell(column, cell);
    count++;
  }
  checkRange(range, count, file, nameOf);
  return { range, steps: count, watch };
}

/**
 * The warnings about columns of the training part: of those that are doubtful as variables in every machine, as what tells the time is, and
 * of numbers that may say that a value is missing.
 *
 * @param machines by their names
 */
export function describeVariables(folder: string, machines: ReadonlyMap<string, FittedMachine>): string[] {
  const [first, ...others] = [...machines.values()].map(({ watch }) => watch.doubts());
  const common = [...(first ?? [])].filter(([name]) => others.every((doubts) => doubts.has(name)));
  const codes = [...machines].flatMap(([machine, { watch }]) =>
    [...watch.missingCodes()].map(([name, code]) => [`${machine}, ${name}`, code] as const),
  );
  return [
    ...describeDoubts(folder, new Map(common), 'take what is none out of the files'),
    ...describeCodes(folder, new Map(codes)),
  ];
}

/** Watches over whether variables of machines lie where those of their training parts do. */
export class MachineWatch {
  /** Where a machine stands among all, by its name. */
  private readonly places: ReadonlyMap<string, number>;
  private readonly watch: RangeWatch;

  /** @param machines by their names, of as many variables each */
  constructor(machines: ReadonlyMap<string, MachineRange>) {
    this.places = new Map([...machines.keys()].map((name, place) => [name, place]));
    this.watch = new RangeWatch(
      [...machines].flatMap(([name, { range }]) =>
        Array.from(range.low, (low, j) => ({ name: `${name}, ${nameOf(j)}`, low, high: range.high[j] })),
      ),
    );
  }

  /** Looks at the unscaled variables of a time step of a machine. */
  see(machine: string, values: readonly number[]): void {
    const first = (this.places.get(machine) as number) * values.length;
    for (let j = 0; j < values.length; j++) this.watch.see(first + j, values[j]);
  }

  /** The warnings of `RangeWatch`. */
  notices(place: string): string[] {
    return this.watch.notices(place);
  }
}

/**
 * Reads the time steps of a machine in bounded memory, each variable scaled by its range.
 *
 * @param see is shown the unscaled variables of each
 * @throws UserError where the file is no series of as many variables, or a value is so far out that it overflows
 */
export async function* scaledSteps(
  file: string,
  { range }: MachineRange,
  see: (values: readonly number[]) => void,
): AsyncGenerator<Float32Array> {
  const variables = range.low.length;
  for await (const { values, row } of readSteps(file)) {
    if (values.length !== variables) {
      throw new UserError(
        `${file}, row ${row}: expected ${variables} values as in the training part, found ${values.length}`,
      );
    }
    see(values);
    const scaled = new Float32Array(variables);
    const overflow = scaleRow(range, values, 0, scaled, 0);
    if (overflow !== undefined) {
      throw new UserError(
        `${file}, row ${row}, ${nameOf(overflow)}: ${overflowMessage(range, overflow, values[overflow])}`,
      );
    }
    yield scaled;
  }
}

/** Reads a series whole, as `scaledSteps` does. */
export async function readMachine(
  file: string,
  machine: MachineRange,
  see: (values: readonly number[]) => void,
): Promise<ScaledSeries> {
  const rows: Float32Array[] = [];
  for await (const step of scaledSteps(file, machine, see)) rows.push(step);
  return { steps: rows.length, variables: machine.range.low.length, values: concatenate(Float32Array, rows) };
}

/**
 * The windows of a series, as the first time step of each.
 *
 * @throws UserError where the series is shorter than one
 */
export function cut({ steps }: ScaledSeries, windowing: Windowing, file: string): Uint32Array {
  checkLength(steps, windowing.windowLength, file);
  return windowStarts(steps, windowing);
}

/** @throws UserError where a series is shorter than a window */
export function checkLength(steps: number, windowLength: number, file: string): void {
  if (steps >= windowLength) return;
  throw new UserError(
    `${file}: expected at least ${windowLength} time steps, the length of a window, found ${steps}; choose shorter windows`,
  );
}
