import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { contentOf, contentOfFile, difference, digest } from './checksum.js';

const folder = mkdtempSync(path.join(tmpdir(), 'checksum-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HELD = Buffer.from('held '.repeat(1000));
const PUBLISHED = gzipSync(HELD, { level: 9 });
const known = {
  bytes: PUBLISHED.length,
  md5: digest('md5', [PUBLISHED]),
  uncompressed: { bytes: HELD.length, sha256: digest('sha256', [HELD]) },
};

/** The difference of bytes in memory, and of the same in a file. */
async function differences(bytes: Uint8Array): Promise<(string | undefined)[]> {
  const file = path.join(folder, 'content');
  writeFileSync(file, bytes);
  return [await difference(known, contentOf(bytes)), await difference(known, await contentOfFile(file))];
}

describe('a content of which is known what it holds', () => {
  test.each([
    ['as published', PUBLISHED],
    ['compressed anew', gzipSync(HELD, { level: 0 })],
  ])('is right %s', async (_how, bytes) => {
    expect(await differences(bytes)).toEqual([undefined, undefined]);
  });

  const changed = Buffer.from(HELD);
  changed[7] ^= 1;
  test.each([
    ['holds something else', gzipSync(changed)],
    ['holds less', gzipSync(HELD.subarray(1))],
    ['holds more', gzipSync(Buffer.concat([HELD, HELD]))],
    ['is cut off', PUBLISHED.subarray(0, -9)],
    ['is not compressed', HELD],
  ])('is wrong where it %s', async (_how, bytes) => {
    const wrong = `expected ${PUBLISHED.length} bytes, found ${bytes.length}`;
    const found = await differences(bytes);
    expect(found).toHaveLength(2);
    for (const each of found) expect(each?.startsWith(wrong) || each?.startsWith('expected md5')).toBe(true);
  });
});
