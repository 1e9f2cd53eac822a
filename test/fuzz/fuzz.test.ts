import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { UserError } from '../../src/errors.js';
import { changeBytes, Draw } from './mutate.js';
import { type FuzzedReader, readers } from './readers.js';

/** How many files each reader gets. */
const COUNT = Number(process.env.DEEPSAD_FUZZ ?? 10_000);
jest.setTimeout(60_000 + 20 * COUNT);

/** Bytes beyond which a reader has been made to ask for too much: the largest images that are decoded take most of this. */
const MOST_MEMORY = 3 * 2 ** 30;

const folder = mkdtempSync(join(tmpdir(), 'deepsad-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Files that are whole among those that are changed. */
const WHOLE = 10;

/**
 * Reads one file that the number of the case makes: one in WHOLE is as it should be and has to be read as what was written; any other
 * gives a value that may be right, or one message with the file's name.
 */
async function attempt(name: string, reader: FuzzedReader<unknown>, index: number): Promise<void> {
  const draw = new Draw(index, `fuzzed ${name}`);
  const { bytes, value } = await reader.write(draw);
  const isWhole = index % WHOLE === 0;
  const changed = isWhole ? bytes : (reader.change ?? changeBytes)(bytes, draw);
  let read: unknown;
  try {
    read = await reader.read(changed, 'fuzzed');
  } catch (error) {
    if (isWhole || !(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^(\S*\/)?fuzzed\b/);
    return;
  }
  if (isWhole) expect(read).toEqual(value);
  else reader.check(read, changed);
}

test.each(readers(folder))('%s', async (name, reader) => {
  const before = process.resourceUsage().maxRSS;
  for (let index = 0; index < COUNT; index++) {
    try {
      await attempt(name, reader, index);
    } catch (error) {
      // Another run of this case alone gives the same.
      throw new Error(`file ${index} of ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  expect(1024 * (process.resourceUsage().maxRSS - before)).toBeLessThan(MOST_MEMORY);
});
