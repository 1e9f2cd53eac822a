import { UserError } from '../../errors.js';
import { allocate, MemoryRefused } from './allocate.js';
import type { Gpu } from './gpu.js';

/** A part of the pool, in 32-bit words. */
export interface Range {
  readonly from: number;
  readonly words: number;
}

/** The floats k / 255, which lie at the start. */
const FRACTIONS = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** The pool has no room for what is brought, unless others leave. */
export class PoolFull extends UserError {}

/** The words that runs bring to the device: samples, semi-targets, the order of an epoch. One buffer, which grows when it is full. */
export class Pool {
  buffer: GPUBuffer;
  /** Changes with the buffer. */
  version = 0;
  /** The most words that a buffer of the device holds. */
  readonly most: number;
  private size: number;
  private taken: Range[] = [{ from: 0, words: FRACTIONS.length }];
  private growth: Promise<unknown> = Promise.resolve();
  private readonly resident = new Map<Float32Array, { readonly samples: ResidentSamples; users: number }>();

  constructor(
    private readonly gpu: Gpu,
    words = 1 << 20,
  ) {
    this.most = Math.floor(gpu.largestBuffer / 4);
    this.size = words;
    this.buffer = this.create(words);
    gpu.device.queue.writeBuffer(this.buffer, 0, FRACTIONS);
  }

  /**
   * Takes a part and writes the values into it.
   *
   * @param end the word before which it is to end
   * @throws PoolFull where there is no room; MemoryRefused where the GPU has none
   */
  async take(values: Uint8Array | Uint32Array | Int32Array | Float32Array, end?: number): Promise<Range> {
    const [range] = await this.reserve([wordsOf(values)], end);
    this.write(range.from, values);
    return range;
  }

  /**
   * Brings samples to the device, once for all that use the same array at a time, as runs on one split do. Those of one array are brought one
   * after the other.
   *
   * @param end the word before which they are to end, where they are not there yet
   * @throws PoolFull where there is no room; MemoryRefused where the GPU has none
   */
  async bring(values: Float32Array, end?: number): Promise<ResidentSamples> {
    const known = this.resident.get(values);
    if (known) {
      known.users++;
      return known.samples;
    }
    const content = contentOf(values);
    const samples = { range: await this.take(content, end), bytes: content instanceof Uint8Array };
    this.resident.set(values, { samples, users: 1 });
    return samples;
  }

  /** Gives samples back, which leave the device with the last that uses them. */
  release(values: Float32Array): void {
    const known = this.resident.get(values);
    if (!known || --known.users > 0) return;
    this.resident.delete(values);
    this.free(known.samples.range);
  }

  /**
   * Takes a part for each of so many words, whose content is written later, or none where one of them finds no room.
   *
   * @param end the word before which they are to end
   * @throws PoolFull where there is no room; MemoryRefused where the GPU has none
   */
  async reserve(sizes: readonly number[], end?: number): Promise<Range[]> {
    const ranges: Range[] = [];
    try {
      for (const words of sizes) {
        const { from, index } = this.placeFor(words, end);
        const range = { from, words };
        this.taken.splice(index, 0, range);
        ranges.push(range);
      }
      await this.growTo(Math.max(...ranges.map(({ from, words }) => from + words)));
      return ranges;
    } catch (error) {
      for (const range of ranges) this.free(range);
      throw error;
    }
  }

  /** The first place that so many words have room at, and which of the parts that are taken comes behind it. */
  private placeFor(words: number, end = this.most): { from: number; index: number } {
    let from = 0;
    let index = 0;
    for (const range of this.taken) {
      if (from + words <= range.from) break;
      from = range.from + range.words;
      index++;
    }
    if (from + words <= end) return { from, index };
    const [needed, held] = [from + words, this.most].map(gigabytes);
    throw new PoolFull(`the samples of all runs need ${needed}, and a buffer of this GPU holds ${held}`);
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

  /** Makes the buffer as large as that, twice as large as it is where the GPU has the memory; one grows at a time. */
  private growTo(words: number): Promise<void> {
    const mine = this.growth.then(async () => {
      if (words <= this.size) return;
      const doubled = Math.min(this.most, Math.max(words, 2 * this.size));
      await this.replace(doubled).catch((error) => {
        if (!(error instanceof MemoryRefused) || doubled === words) throw error;
        return this.replace(words);
      });
    });
    this.growth = mine.catch(() => {});
    return mine;
  }

  /** Goes on with a buffer of another size, which has the content of this one. */
  private async replace(size: number): Promise<void> {
    const { device } = this.gpu;
    const larger = await allocate(this.gpu, () => this.create(size));
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.buffer, 0, larger, 0, 4 * this.size);
    device.queue.submit([encoder.finish()]);
    this.buffer.destroy();
    this.buffer = larger;
    this.size = size;
    this.version++;
  }
}

/** How many words of the pool values take. */
export function wordsOf({ byteLength }: Uint8Array | Uint32Array | Int32Array | Float32Array): number {
  return Math.ceil(byteLength / 4);
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

/** Samples as they go to the device: as bytes where each value is exactly k / 255, as those of images are, else as they are. */
export function contentOf(samples: Float32Array): Uint8Array | Float32Array {
  return asBytes(samples) ?? samples;
}

function asBytes(samples: Float32Array): Uint8Array | undefined {
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const byte = (samples[i] * 255 + 0.5) & 255;
    if (FRACTIONS[byte] !== samples[i]) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
