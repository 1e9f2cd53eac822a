import path from 'node:path';
import { xor } from 'es-toolkit/array/xor';
import { UserError } from '../../errors.js';
import { isFolder, namesIn } from '../../files/folders.js';
import { isImage } from '../images/folder.js';

const SUFFIX = '.txt';

/** The folders of SMD's layout. */
export const TRAINING = 'train';
export const TEST = 'test';

/** The series of one machine. */
export interface SeriesSource {
  /** That of the machine. */
  readonly name: string;
  readonly file: string;
}

/** The folder of the labels of a folder of series, in SMD's layout: beside it, whichever way its path says where it is. */
export function labelFolder(folder: string): string {
  return path.join(folder, '..', `${path.basename(path.resolve(folder))}_label`);
}

/** The file of a machine's series, or of its labels, in a folder. */
export function machineFile(folder: string, machine: string): string {
  return path.join(folder, machine + SUFFIX);
}

/**
 * Whether a folder, or its folder train, holds files of time series, and neither images nor folders.
 *
 * @param names what the folder holds
 */
export function holdsSeries(folder: string, names: readonly string[]): boolean {
  const training = path.join(folder, TRAINING);
  return (
    areSeries(folder, names) ||
    (isFolder(training) && areSeries(training, namesIn(training, 'a folder of time series')))
  );
}

function areSeries(folder: string, names: readonly string[]): boolean {
  return (
    names.some((name) => name.endsWith(SUFFIX)) &&
    !names.some((name) => isImage(name) || isFolder(path.join(folder, name)))
  );
}

/**
 * The machines of a folder with a file MACHINE.txt for each, in the order of their names.
 *
 * @throws UserError where there is no such folder, or it holds something else
 */
export function machinesIn(folder: string): string[] {
  const shown = namesIn(folder, 'a folder of time series');
  const other = shown.find((name) => !name.endsWith(SUFFIX));
  if (other !== undefined) {
    throw new UserError(
      `${path.join(folder, other)}: expected a time series, MACHINE${SUFFIX}; take the file away`,
    );
  }
  if (shown.length === 0)
    throw new UserError(`${folder}: expected time series, MACHINE${SUFFIX}, found none`);
  return shown.map((name) => name.slice(0, -SUFFIX.length));
}

/**
 * The machines of two folders.
 *
 * @throws UserError, naming a file, where these are not the same
 */
export function machinesInBoth(folder: string, other: string): string[] {
  const [machines, others] = [machinesIn(folder), machinesIn(other)];
  const [alone] = xor(machines, others);
  if (alone !== undefined) {
    const [there, lacking] = machines.includes(alone) ? [folder, other] : [other, folder];
    throw new UserError(
      `${machineFile(there, alone)}: expected ${machineFile(lacking, alone)} beside it, which is missing; add it, or take this one away`,
    );
  }
  return machines;
}
