import { expect } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../../../errors.js';

/** A reader under test, and what must hold of anything that it returns. */
export interface Fuzzed<T> {
  readonly read: (bytes: Uint8Array) => T | Promise<T>;
  readonly check: (result: T) => void;
}

/** Asserts that reading gives either a UserError that names the file `fuzzed`, or a result that passes the check. */
export async function expectResultOrUserError<T>(
  { read, check }: Fuzzed<T>,
  bytes: Uint8Array,
): Promise<void> {
  let result: T;
  try {
    result = await read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^fuzzed/);
    return;
  }
  check(result);
}

/** Reads the file cut off after each number of bytes, at most 400 of them evenly spread. */
export async function fuzzTruncated<T>(fuzzed: Fuzzed<T>, whole: Uint8Array): Promise<void> {
  const step = Math.ceil(whole.length / 400);
  for (let length = 0; length < whole.length; length += step) {
    await expectResultOrUserError(fuzzed, whole.slice(0, length));
  }
}

/** Reads the file with one to four bytes replaced at random, half of the time within its first 200 bytes. */
export async function fuzzFlipped<T>(fuzzed: Fuzzed<T>, whole: Uint8Array): Promise<void> {
  const position = fc.oneof(fc.nat(Math.min(199, whole.length - 1)), fc.nat(whole.length - 1));
  const flips = fc.array(fc.tuple(position, fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(flips, async (replacements) => {
      const bytes = whole.slice();
      for (const [offset, byte] of replacements) bytes[offset] = byte;
      await expectResultOrUserError(fuzzed, bytes);
    }),
    { numRuns: 300, seed: 1 },
  );
}

/** Reads random bytes, with and without the file's first bytes before them. */
export async function fuzzRandom<T>(fuzzed: Fuzzed<T>, whole: Uint8Array): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.nat(40), async (bytes, kept) => {
      await expectResultOrUserError(fuzzed, new Uint8Array([...whole.slice(0, kept), ...bytes]));
    }),
    { numRuns: 150, seed: 1 },
  );
}
