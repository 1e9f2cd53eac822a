import type { Gpu } from './gpu.js';

/** A part of the pool, in 32-bit words. */
export interface Range {
  readonly from: number;
  readonly words: number;
}

/** Words at the start that are the floats k / 255, exactly. */
const TABLE = 256;

/** The words that runs bring to the device: samples, semi-targets, the order of an epoch. One buffer, which grows when it is full. */
export class Pool {
  buffer: GPUBuffer;
  /** Changes with the buffer. */
  version = 0;
  private size: number;
  private taken: Range[] = [{ from: 0, words: TABLE }];

  constructor(
    private readonly gpu: Gpu,
    words = 1 << 20,
  ) {
    this.size = words;
    this.buffer = this.create(words);
    const table = Float32Array.from({ length: TABLE }, (_, byte) => byte / 255);
    gpu.device.queue.writeBuffer(this.buffer, 0, table);
  }

  /**
   * Takes a part and writes the values into it.
   *
   * @throws Error where no buffer of the device has room for them
   */
  take(values: Uint8Array | Uint32Array | Int32Array | Float32Array): Range {
    const range = this.reserve(Math.ceil(values.byteLength / 4));
    this.write(range.from, values);
    return range;
  }

  /** Takes a part whose content is written later. */
  reserve(words: number): Range {
    let from = 0;
    let index = 0;
    for (const range of this.taken) {
      if (from + words <= range.from) break;
      from = range.from + range.words;
      index++;
    }
    if (from + words > this.size) this.grow(from + words);
    const range = { from, words };
    this.taken.splice(index, 0, range);
    return range;
  }

  /** Gives a part back. */
  free(range: Range): void {
    this.taken = this.taken.filter((each) => each !== range);
  }

  /** Writes values, from a word on. */
  write(from: number, values: Uint8Array | Uint32Array | Int32Array | Float32Array): void {
    const whole = values.byteLength & ~3;
    const { queue } = this.gpu.device;
    if (whole > 0) queue.writeBuffer(this.buffer, 4 * from, values.buffer, values.byteOffset, whole);
    if (whole === values.byteLength) return;
    const rest = new Uint8Array(4);
    rest.set(new Uint8Array(values.buffer, values.byteOffset + whole, values.byteLength - whole));
    queue.writeBuffer(this.buffer, 4 * from + whole, rest);
  }

  private create(words: number): GPUBuffer {
    const { COPY_DST, COPY_SRC, STORAGE } = GPUBufferUsage;
    return this.gpu.device.createBuffer({
      label: 'pool',
      size: 4 * words,
      usage: STORAGE | COPY_DST | COPY_SRC,
    });
  }

  private grow(words: number): void {
    const most = Math.floor(this.gpu.largestBuffer / 4);
    if (words > most) {
      throw new Error(
        `the samples of all runs need ${gigabytes(words)}, and a buffer of this GPU holds ${gigabytes(most)}`,
      );
    }
    const size = Math.min(most, Math.max(words, 2 * this.size));
    const larger = this.create(size);
    const encoder = this.gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.buffer, 0, larger, 0, 4 * this.size);
    this.gpu.device.queue.submit([encoder.finish()]);
    this.buffer.destroy();
    this.buffer = larger;
    this.size = size;
    this.version++;
  }
}

function gigabytes(words: number): string {
  return `${((4 * words) / 1e9).toFixed(2)} GB`;
}

/** Samples as they lie on the device. */
export interface ResidentSamples {
  readonly range: Range;
  /** Whether each value is a byte, which stands for k / 255. */
  readonly bytes: boolean;
}

/** Brings samples to the device: as bytes where each value is exactly k / 255, as those of images are, else as floats. */
export function bringSamples(pool: Pool, samples: Float32Array): ResidentSamples {
  const bytes = asBytes(samples);
  return { range: pool.take(bytes ?? samples), bytes: bytes !== undefined };
}

function asBytes(samples: Float32Array): Uint8Array | undefined {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const byte = Math.round(samples[i] * 255);
    if (byte < 0 || byte > 255 || Math.fround(byte / 255) !== samples[i]) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
