import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { logarithm } from './exponential.js';
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
  return {
    drawn: () => drawn,
    integer: (bound: number) => uniformInt(counted, 0, bound - 1),
    uniform: (low: number, high: number) => low + (high - low) * uniformFloat64(counted),
  };
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

/** Marsaglia's polar method, one draw after the other. */
function plainNormal(uniform: (low: number, high: number) => number): () => number {
  const spares: number[] = [];
  return () => {
    for (;;) {
      const spare = spares.pop();
      if (spare !== undefined) return spare;
      const [x, y] = [uniform(-1, 1), uniform(-1, 1)];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * logarithm(square)) / square);
      spares.push(y * factor);
      return x * factor;
    }
  };
}

test('normal draws are those of plain ones, in pairs that may be drawn apart, and the stream goes on behind them', () => {
  const random = randomStream(3, 'noise');
  const plain = plainStream(3, 'noise');
  const next = plainNormal(plain.uniform);
  for (const count of [0, 1, 2, 5, 1, 10_000]) {
    expect([...random.normal(new Float64Array(count))]).toEqual(Array.from({ length: count }, next));
    expect(random.uniform(0, 1)).toBe(plain.uniform(0, 1));
  }
});

test('normal draws have mean 0 and variance 1', () => {
  const count = 100_000;
  const values = randomStream(4, 'noise').normal(new Float64Array(count));
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(count));
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
});

test.each([Number.NaN, -1, 0.5, null, undefined])('%p is no seed', (seed) => {
  expect(() => randomStream(seed as number, 'order')).toThrow(
    `seed: expected a whole number of at least 0, found ${seed}`,
  );
});
