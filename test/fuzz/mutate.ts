import { type Random, randomStream } from '../../src/random.js';

/** Draws for a file: its parts, and what is done to it. */
export class Draw {
  private readonly random: Random;

  constructor(seed: number, purpose: string) {
    this.random = randomStream(seed, purpose);
  }

  integer(bound: number): number {
    return this.random.integer(bound);
  }

  /** Whether something happens that does once in so many times. */
  once(inSoMany: number): boolean {
    return this.random.integer(inSoMany) === 0;
  }

  of<T>(values: readonly T[]): T {
    return values[this.random.integer(values.length)];
  }

  /** From `least` to `most` of something. */
  several<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: least + this.random.integer(most - least + 1) }, (_, index) => make(index));
  }
}

/** Numbers that files hold where others are expected: lengths, types, extents. */
const WORDS = [0, 1, 2, 7, 8, 255, 256, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** Bytes with something done to some of them: another value, a cut, a piece twice or elsewhere, a number of 16 or 32 bits. */
export function changeBytes(bytes: Uint8Array, draw: Draw): Uint8Array {
  let changed = Buffer.from(bytes);
  for (let left = 1 + draw.integer(3); left > 0 && changed.length > 0; left--) {
    // Half of the time where formats have their headers.
    const at = draw.integer(draw.once(2) ? Math.min(changed.length, 160) : changed.length);
    const length = 1 + draw.integer(Math.min(40, changed.length - at));
    const word = draw.of(WORDS);
    switch (draw.integer(7)) {
      case 0:
        changed[at] = draw.integer(256);
        break;
      case 1:
        changed[at] ^= 1 << draw.integer(8);
        break;
      case 2:
        changed = changed.subarray(0, at);
        break;
      case 3:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + length)]);
        break;
      case 4:
        changed = Buffer.concat([changed.subarray(0, at + length), changed.subarray(at)]);
        break;
      case 5:
        if (at + 4 > changed.length) break;
        if (draw.once(2)) changed.writeUInt32LE(word, at);
        else changed.writeUInt32BE(word, at);
        break;
      default:
        if (at + 2 > changed.length) break;
        changed.writeUInt16LE(word % 65536, at);
    }
  }
  return changed;
}

/** Text with some pieces replaced by, or put before, what means something in its format. */
export function changeText(text: string, tokens: readonly string[], draw: Draw): string {
  let changed = text;
  for (let left = 1 + draw.integer(3); left > 0; left--) {
    const at = draw.integer(changed.length + 1);
    const end = at + (draw.once(2) ? 0 : draw.integer(6));
    changed = changed.slice(0, at) + draw.of(tokens) + changed.slice(end);
  }
  return changed;
}
