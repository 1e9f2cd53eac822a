import { UserError } from '../../errors.js';

/** How many bytes a number type takes and how it is read. */
interface NumberFormat {
  readonly size: number;
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number;
}

/** The number types of binary files, named as in NumPy: unsigned, signed and floating, and their size in bytes. */
const NUMBER_FORMATS = {
  u1: { size: 1, read: (view, offset) => view.getUint8(offset) },
  i1: { size: 1, read: (view, offset) => view.getInt8(offset) },
  u2: { size: 2, read: (view, offset, littleEndian) => view.getUint16(offset, littleEndian) },
  i2: { size: 2, read: (view, offset, littleEndian) => view.getInt16(offset, littleEndian) },
  u4: { size: 4, read: (view, offset, littleEndian) => view.getUint32(offset, littleEndian) },
  i4: { size: 4, read: (view, offset, littleEndian) => view.getInt32(offset, littleEndian) },
  u8: { size: 8, read: (view, offset, littleEndian) => Number(view.getBigUint64(offset, littleEndian)) },
  i8: { size: 8, read: (view, offset, littleEndian) => Number(view.getBigInt64(offset, littleEndian)) },
  f4: { size: 4, read: (view, offset, littleEndian) => view.getFloat32(offset, littleEndian) },
  f8: { size: 8, read: (view, offset, littleEndian) => view.getFloat64(offset, littleEndian) },
} satisfies Record<string, NumberFormat>;

export type NumberType = keyof typeof NUMBER_FORMATS;

/** Whether `name` is a number type that {@link ByteReader.numbers} reads. */
export function isNumberType(name: string): name is NumberType {
  return Object.hasOwn(NUMBER_FORMATS, name);
}

/** How many bytes one number of this type takes. */
export function numberSize(type: NumberType): number {
  return NUMBER_FORMATS[type].size;
}

/**
 * Reads bytes from front to back, never past their end. Its errors name the file and the byte offset.
 */
export class ByteReader {
  littleEndian = true;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #end: number;
  #offset: number;

  /** @param file what errors call the bytes; `[start, end)` is the part of them that this reader covers. */
  constructor(bytes: Uint8Array, file: string, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
    this.#offset = start;
    this.#end = end;
  }

  /** Offset of the next byte, counted from the start of the file. */
  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** The error to throw for what is wrong at `offset`. */
  error(problem: string, offset = this.#offset): UserError {
    return new UserError(`${this.#file}, byte ${offset}: ${problem}`);
  }

  /** The next `length` bytes, not copied. Throws a UserError where fewer are left. */
  bytes(length: number, what: string): Uint8Array {
    const start = this.#advance(length, what);
    return this.#bytes.subarray(start, start + length);
  }

  /** All bytes that are left, not copied and not skipped. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#offset, this.#end);
  }

  /** A reader of the next `length` bytes, which this reader skips. Throws a UserError where fewer are left. */
  part(length: number, what: string): ByteReader {
    const start = this.#advance(length, what);
    const part = new ByteReader(this.#bytes, this.#file, start, start + length);
    part.littleEndian = this.littleEndian;
    return part;
  }

  /** The next number. Throws a UserError where too few bytes are left. */
  number(type: NumberType, what: string): number {
    const { size, read } = NUMBER_FORMATS[type];
    return read(this.#view, this.#advance(size, what), this.littleEndian);
  }

  /**
   * The next `count` numbers. Throws a UserError where too few bytes are left (before it allocates anything), and for a
   * 64-bit integer that a double cannot hold exactly.
   */
  numbers(type: NumberType, count: number, what: string): Float64Array {
    const { size, read }: NumberFormat = NUMBER_FORMATS[type];
    const start = this.#advance(count * size, what);
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      values[i] = read(this.#view, start + i * size, this.littleEndian);
      if ((type === 'i8' || type === 'u8') && !Number.isSafeInteger(values[i])) {
        throw this.error(
          `${what} holds the 64-bit integer ${values[i]}, beyond ±2^53, where neighbouring integers become one; save it as float64`,
          start + i * size,
        );
      }
    }
    return values;
  }

  /** Skips `length` bytes and returns the offset where they start. */
  #advance(length: number, what: string): number {
    if (length > this.remaining) {
      throw this.error(
        `${what} should take ${length} bytes, but ${this.remaining} are left; the file is truncated or corrupt; save or copy it again`,
      );
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
