import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { besideRecords, recordFiles, recordFilesBeneath, recordFilesIn } from './record-files.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'record-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const place = (name: string) => join(directory, name);

/** Writes empty files. */
function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), '');
  }
}

test('files of records are the file itself, or those in a folder and in those in it', () => {
  write('all.jsonl', 'cardio/runs.2-of-2.jsonl', 'cardio/runs.1-of-2.jsonl', 'cardio/table.md', 'runs.jsonl');
  write('cardio/models/runs.jsonl');
  const [own, beneath] = [['runs.jsonl'], ['cardio/runs.1-of-2.jsonl', 'cardio/runs.2-of-2.jsonl']];
  expect(recordFiles(directory).files).toEqual([...beneath, ...own].map(place));
  for (const folder of [directory, `${directory}/`]) {
    expect(recordFilesIn(folder).files).toEqual(own.map(place));
    expect(recordFilesBeneath(folder).files).toEqual(beneath.map(place));
  }
  expect(recordFiles(place('all.jsonl')).files).toEqual([place('all.jsonl')]);
});

test("other people's files that end so are none, and said beside files of records alone", () => {
  write('data/train.jsonl', 'data/runs-of-mine.jsonl', 'cardio/runs.jsonl', 'cardio/node1.jsonl');
  expect(recordFiles(directory)).toEqual({
    files: [place('cardio/runs.jsonl')],
    notices: [
      `${place('cardio/node1.jsonl')} is passed over: files of records are called runs.jsonl, or runs.NAME.jsonl`,
    ],
  });
});

test('files of records that are not there are refused', () => {
  expect(() => recordFiles(place('runs.jsonl'))).toThrow(`cannot read ${place('runs.jsonl')}: `);
});

test('what lies beside records is named as they are', () => {
  expect(besideRecords(place('runs.jsonl'), 'traces', '.ndjson')).toBe(place('traces.ndjson'));
  expect(besideRecords(place('runs.1-of-2.host-1.jsonl'), 'environment', '.json')).toBe(
    place('environment.1-of-2.host-1.json'),
  );
});
