import { closeSync } from 'node:fs';
import { cloneDeepWith } from 'es-toolkit/object/cloneDeepWith';
import { UserError } from '../errors.js';
import type { Dataset } from './dataset.js';
import { mapAt, openUnnamedFile, writeAt } from './unnamed-file.js';

/** A data set whose arrays lie in a file that other processes read too. What is written to its arrays, this process alone sees. */
export interface SharedDataset extends Dataset {
  readonly file: DatasetFile;
}

/** What a process needs to read a data set from a file. */
export interface DatasetFile {
  /** In the process that opened the file. One that inherits it may know it by another number. */
  readonly descriptor: number;
  /** The data set with an `ArrayPlace` instead of each array. */
  readonly layout: unknown;
}

const ARRAYS = { Uint8Array, Int8Array, Uint32Array, Float32Array, Float64Array };
type ArrayName = keyof typeof ARRAYS;

/** Where an array lies in a file. */
interface ArrayPlace {
  readonly array: ArrayName;
  /** Bytes from the start of the file. */
  readonly position: number;
  /** Bytes. */
  readonly length: number;
}

/** Bytes to whose multiples arrays are aligned: a cache line, and a multiple of every element. */
const ALIGNMENT = 64;

const unused = new FinalizationRegistry<number>(closeSync);

/**
 * Moves the arrays of a data set into a file without a name, which is closed when nothing refers to it any more: until then worker processes may
 * be started that inherit it, and it has no name to be opened by again.
 *
 * @throws UserError where the folder for temporary files has no space, or this process may open no further file
 */
export function shareDataset(dataset: Dataset): SharedDataset {
  try {
    const file = writeDataset(dataset);
    unused.register(file, file.descriptor);
    return { ...openDataset(file, (...place) => mapAt(...place, true)), file };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const remedy =
      code === 'EMFILE' || code === 'ENFILE'
        ? 'a planned data set is an open file: plan fewer at a time, or raise the limit of open files (ulimit -n)'
        : 'make space, or name another folder with the environment variable TMPDIR';
    throw new UserError(
      `cannot put ${dataset.name} into the folder for temporary files: ${message}; ${remedy}`,
    );
  }
}

/**
 * The data set in a file.
 *
 * @param read reads the bytes of an array; by default they must not be written to, so that no run can change what the next ones get
 */
export function openDataset(
  { descriptor, layout }: DatasetFile,
  read: (descriptor: number, position: number, length: number) => ArrayBuffer = mapAt,
): Dataset {
  return cloneDeepWith(layout, (value) =>
    isPlace(value) ? new ARRAYS[value.array](read(descriptor, value.position, value.length)) : undefined,
  ) as Dataset;
}

function writeDataset(dataset: Dataset): DatasetFile {
  const descriptor = openUnnamedFile();
  let end = 0;
  try {
    const layout: unknown = cloneDeepWith(dataset, (value): ArrayPlace | undefined => {
      if (!isArray(value)) return undefined;
      const position = end;
      const length = value.byteLength;
      writeAt(descriptor, position, value);
      end = Math.ceil((position + length) / ALIGNMENT) * ALIGNMENT;
      return { array: value[Symbol.toStringTag], position, length };
    });
    return { descriptor, layout };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function isArray(value: unknown): value is InstanceType<(typeof ARRAYS)[ArrayName]> {
  return ArrayBuffer.isView(value);
}

function isPlace(value: unknown): value is ArrayPlace {
  return typeof value === 'object' && value !== null && 'array' in value;
}
