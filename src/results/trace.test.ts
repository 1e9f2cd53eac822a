import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendTraces, latestTraces, readTraces, traceFile, traceFiles } from './trace.js';

const losses = (epochs: number) => Float32Array.from({ length: 1 + epochs }, (_, i) => 1 / (1 + i) ** 3);
const first = { run: '0'.repeat(16), losses: { pretraining: losses(3), training: losses(2) } };
const second = { run: '1'.repeat(16), losses: {} };

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'traces-'));
  file = join(directory, 'traces.ndjson');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('what is appended is read back bit by bit, one line a run', async () => {
  await appendTraces(file, [first]);
  await appendTraces(file, [second]);
  expect(readTraces(file).values).toEqual([first, second]);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
});

test('losses that are not finite come back', async () => {
  const diverged = { ...first, losses: { training: Float32Array.of(1, Number.POSITIVE_INFINITY) } };
  await appendTraces(file, [diverged]);
  expect(readTraces(file).values).toEqual([diverged]);
});

test('a run of 300 epochs takes less than 2 kB', async () => {
  await appendTraces(file, [{ ...first, losses: { pretraining: losses(150), training: losses(150) } }]);
  expect(readFileSync(file).length).toBeLessThan(2000);
});

test('of a run that was repeated, the last trace counts', () => {
  const again = { ...first, losses: { training: losses(5) } };
  expect([...latestTraces([first, second, again]).values()]).toEqual([again, second]);
});

test('a file that is not there, or holds nothing, holds no traces', () => {
  expect(readTraces(file)).toEqual({ values: [] });
  writeFileSync(file, '');
  expect(readTraces(file)).toEqual({ values: [] });
});

test('a last line that was cut off anywhere is left out', async () => {
  await appendTraces(file, [second, first]);
  const whole = readFileSync(file);
  const start = whole.indexOf('\n') + 1;
  for (const cut of [start + 1, start + 40, whole.length - 2, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, cut));
    expect(readTraces(file)).toMatchObject({ values: [second], tornLine: 2 });
  }
});

describe('a line that is no trace is refused with its place', () => {
  const { run } = first;
  test.each([
    ['no JSON', '{"run', 'line 1: not JSON, where a trace was expected'],
    ['an array', '[]', 'line 1: not a trace (the line: '],
    ['no id', JSON.stringify({ losses: {} }), 'line 1: not a trace (run: '],
    ['a path for an id', JSON.stringify({ run: '../../etc', losses: {} }), 'line 1: not a trace (run: '],
    [
      'no base64',
      JSON.stringify({ run, losses: { training: '<img>' } }),
      'line 1: not a trace (losses.training: ',
    ],
    [
      'half a number',
      JSON.stringify({ run, losses: { training: 'AAAAAAA=' } }),
      'line 1: not a trace (losses.training: expected whole 32-bit numbers)',
    ],
  ])('%s', async (_what, line, message) => {
    writeFileSync(file, `${line}\n`);
    await appendTraces(file, [second]);
    expect(() => readTraces(file)).toThrow(`${file}, ${message}`);
  });
});

test('files of traces lie beside those of records, of each shard its own', () => {
  expect(traceFile(join(directory, 'runs.jsonl'))).toBe(file);
  expect(traceFile(join(directory, 'runs.1-of-2.jsonl'))).toBe(join(directory, 'traces.1-of-2.ndjson'));
  for (const name of ['traces.2-of-2.ndjson', 'traces.1-of-2.ndjson', 'runs.jsonl', 'other.ndjson'])
    writeFileSync(join(directory, name), '');
  mkdirSync(file);
  expect(traceFiles(directory)).toEqual(
    ['traces.1-of-2.ndjson', 'traces.2-of-2.ndjson'].map((name) => join(directory, name)),
  );
});
