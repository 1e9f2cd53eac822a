import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { permutation, randomStream } from './random.js';

/** A stream's generator as the package has it, and a count of its draws. */
function plainStream(seed: number, purpose: string) {
  const digest = createHash('sha256').update(`${seed}/${purpose}`).digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  let drawn = 0;
  const counted = {
    clone: () => generator.clone(),
    getState: () => generator.getState(),
    next: () => {
      drawn++;
      return generator.next();
    },
  };
  return { drawn: () => drawn, integer: (bound: number) => uniformInt(counted, 0, bound - 1) };
}

/** Fisher–Yates, one draw after the other. */
function shuffled(values: Uint32Array, integer: (bound: number) => number): Uint32Array {
  for (let last = values.length - 1; last > 0; last--) {
    const other = integer(last + 1);
    [values[last], values[other]] = [values[other], values[last]];
  }
  return values;
}

test('a shuffle is that of plain draws, and the stream goes on behind it', () => {
  const random = randomStream(7, 'order');
  const plain = plainStream(7, 'order');
  for (const count of [0, 1, 2, 3, 5, 1000]) {
    const values = Uint32Array.from({ length: count }, (_, i) => (7 * i) % 5);
    expect(random.shuffle(values.slice())).toEqual(shuffled(values, plain.integer));
    expect(random.integer(1000)).toBe(plain.integer(1000));
  }
});

test('a permutation is that of plain draws where some are rejected', () => {
  const count = 400_000;
  const plain = plainStream(1, 'order');
  const expected = shuffled(
    Uint32Array.from({ length: count }, (_, i) => i),
    plain.integer,
  );
  expect(plain.drawn()).toBeGreaterThan(count);
  const found = permutation(count, randomStream(1, 'order'));
  expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.buffer))).toBe(0);
});
