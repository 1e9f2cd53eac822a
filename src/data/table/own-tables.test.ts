import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { readOwnTables } from './own-tables.js';

/** Bytes of the heap that are in use. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test('long labels do not keep the text of the file', async () => {
  const rows = ['1', '2'].map((value) => `${value},${'-'.repeat(1000)},normal_operation_mode\n`).join('');
  const bytes = Buffer.concat([Buffer.from('a,note,kind\n'), ...Array(10_000).fill(Buffer.from(rows))]);
  const before = heapUsed();
  const tables = await readOwnTables([{ file: 'long.csv', bytes, labels: ['kind'] }], { drop: ['note'] });
  const held = heapUsed() - before;
  expect(tables[0].labels.get('kind')).toHaveLength(20_000);
  expect(held).toBeLessThan(bytes.length / 4);
});
