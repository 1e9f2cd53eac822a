import { constants } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAddon } from '../native.js';

/** The most bytes that one call to the operating system reads or writes. */
const MOST = 2 ** 30;

/**
 * Opens a new file for reading and writing that has no name, so that nothing can be left of it, however its processes end.
 *
 * @returns its descriptor
 * @throws Error where the system's folder for temporary files takes none
 */
export function openUnnamedFile(): number {
  const file = join(tmpdir(), `deepsad-${randomUUID()}`);
  const descriptor = openSync(file, 'wx+', 0o600);
  try {
    unlinkSync(file);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

/**
 * Writes the bytes of an array into a file.
 *
 * @throws Error where there is no space for them
 */
export function writeAt(descriptor: number, position: number, values: ArrayBufferView): void {
  const { buffer, byteOffset, byteLength } = values;
  for (let done = 0; done < byteLength; ) {
    const piece = new Uint8Array(buffer, byteOffset + done, Math.min(MOST, byteLength - done));
    done += writeSync(descriptor, piece, 0, piece.length, position + done);
  }
}

/**
 * Reads bytes of a file, into memory that processes share where the system can map the file.
 *
 * @param writable whether it may be written to, which this process alone then sees; else a write ends the process
 */
export function mapAt(descriptor: number, position: number, length: number, writable = false): ArrayBuffer {
  try {
    // Node 20 takes but 4 GiB of memory that is not its own.
    if (length > 0 && length <= constants.MAX_LENGTH)
      return loadAddon().mapFile(descriptor, position, length, writable);
  } catch {
    // Read below.
  }
  return readAt(descriptor, position, length);
}

/** Reads bytes of a file into memory of its own. */
export function readAt(descriptor: number, position: number, length: number): ArrayBuffer {
  const content = new ArrayBuffer(length);
  for (let done = 0; done < length; ) {
    const piece = new Uint8Array(content, done, Math.min(MOST, length - done));
    done += readSync(descriptor, piece, 0, piece.length, position + done);
  }
  return content;
}
