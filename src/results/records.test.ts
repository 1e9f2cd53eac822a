import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type PreparationKeys, USUAL_PREPARATION } from '../config/protocol.js';
import type { Run } from '../config/run.js';
import { runsOf } from '../config/testing/outlines.js';
import { IMAGE_SCALINGS, TABLE_SCALINGS, TEST_PARTS } from '../data/split.js';
import { DETECTORS } from '../detectors/registry.js';
import { UserError } from '../errors.js';
import { countingFailures, failuresOf } from './record.js';
import { appendRecords, latestRecords, readRecord, readRecords } from './records.js';
import { exampleRecord } from './testing/records.js';

const first = exampleRecord({ seed: 1 });
const second = exampleRecord(
  { seed: 2 },
  { status: 'failed', reason: 'collapsed: every anomaly score is γ' },
);

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'records-'));
  file = join(directory, 'runs.jsonl');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('what is appended is read back, one line a record', async () => {
  const withEverything = {
    ...first,
    counts: {
      labeledNormal: 0,
      labeledAnomalies: 1,
      unlabeledNormal: 2,
      unlabeledAnomalies: 3,
      testNormal: 4,
      testAnomalies: 5,
    },
    notes: { gamma: 0.5, kernel: 'rbf', grid: [1, null, 2], none: null },
  };
  await appendRecords(file, [withEverything]);
  await appendRecords(file, [second]);
  expect(readRecords(file).records).toEqual([withEverything, second]);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
});

test('every preparation that a run can have is read back', async () => {
  const all = Object.entries({
    tableScaling: TABLE_SCALINGS,
    imageScaling: IMAGE_SCALINGS,
    testPart: TEST_PARTS,
  } satisfies { [key in keyof PreparationKeys]: readonly PreparationKeys[key][] });
  const usual: readonly string[] = Object.values(USUAL_PREPARATION);
  const records = all.flatMap(([key, values]) =>
    values
      .filter((value) => !usual.includes(value))
      .map((value) => exampleRecord({ preparation: { [key]: value } })),
  );
  await appendRecords(file, records);
  expect(readRecords(file).records).toEqual(records);
});

test('whatever run a config can come to is read back', () => {
  const someClass = fc.constantFrom<unknown>(0, '0', 1, '1', 2, 'all', '');
  const ratio = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
  const known = fc.oneof(
    fc.record({ knownAnomalyClass: fc.oneof(someClass, fc.constant('each')) }),
    fc.record({ knownAnomalyClassCount: fc.nat(9) }),
  );
  const config = fc
    .record({
      normalClass: fc.array(fc.oneof(someClass, fc.array(someClass, { minLength: 1, maxLength: 3 })), {
        minLength: 1,
        maxLength: 2,
      }),
      labeledAnomalyRatio: ratio,
      labeledNormalRatio: ratio,
      pollutionRatio: ratio,
      imageScaling: fc.constantFrom(...IMAGE_SCALINGS),
      detectors: fc.constantFrom(...DETECTORS.map(({ name }) => name)),
      seeds: fc.maxSafeNat(),
    })
    .chain((keys) => known.map((classes) => ({ ...keys, ...classes })));
  const given = (keys: object): readonly Run[] => {
    try {
      return runsOf(keys, ['mnist']);
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  };
  fc.assert(
    fc.property(config, (keys) => {
      const written = given(keys).map((run) => ({ ...first, ...run }));
      const read = written.map((record) => readRecord(JSON.parse(JSON.stringify(record))));
      expect(read).toEqual(written);
    }),
    { numRuns: 300 },
  );
});

test('what records have alike is one object, and what they have otherwise is not', async () => {
  const [plain, other] = [
    first.detector,
    { ...first.detector, options: { ...first.detector.options, eta: 7 } },
  ];
  await appendRecords(file, [first, second, exampleRecord({ seed: 3, detector: other })]);
  const [one, two, three] = readRecords(file).records.map(({ detector }) => detector);
  expect(two).toBe(one);
  expect([one, three]).toEqual([plain, other]);
});

test('a file that does not exist holds no records', () => {
  expect(readRecords(file)).toEqual({ records: [] });
});

test('all records of a run are read', async () => {
  const failed = exampleRecord({ seed: 1 }, { status: 'failed', reason: 'out of memory' });
  await appendRecords(file, [failed, second, first]);
  expect(readRecords(file).records).toEqual([failed, second, first]);
});

describe('a torn last line', () => {
  const whole = `${JSON.stringify(first)}\n`;
  const next = `${JSON.stringify(second)}\n`;
  const cut = Buffer.from(next);

  test.each([
    ['cut anywhere', cut.subarray(0, 40)],
    ['cut within a character', cut.subarray(0, cut.indexOf('γ') + 1)],
    ['cut before its line end', cut.subarray(0, -1)],
    ['filled with zeros', Buffer.concat([Buffer.alloc(16), Buffer.from('\n')])],
  ])('%s is left out and reported', (_how, torn) => {
    writeFileSync(file, Buffer.concat([Buffer.from(whole), torn]));
    expect(readRecords(file)).toEqual({ records: [first], tornLine: 2 });
  });

  test('may be the only one', () => {
    writeFileSync(file, cut.subarray(0, 40));
    expect(readRecords(file)).toEqual({ records: [], tornLine: 1 });
  });
});

describe('a line that is no record is refused with its place', () => {
  const refusal = async (line: string): Promise<UserError> => {
    writeFileSync(file, '');
    await appendRecords(file, [first]);
    appendFileSync(file, `${line}\n`);
    await appendRecords(file, [second]);
    try {
      readRecords(file);
    } catch (error) {
      return error as UserError;
    }
    throw new Error('it was accepted');
  };

  test.each([
    ['no JSON', '{"id": "0123', 'line 2: not JSON'],
    ['no object', '3', 'line 2: not a run record (the line: '],
    ['an AUROC in percent', JSON.stringify({ ...first, auroc: 91 }), 'line 2: not a run record (auroc: '],
    ['no AUROC', JSON.stringify({ ...first, auroc: null }), 'line 2: not a run record (auroc: '],
    ['an unknown status', JSON.stringify({ ...first, status: 'lost' }), 'line 2: not a run record (status: '],
    [
      'a wrong option',
      JSON.stringify({ ...first, detector: { name: 'kde', options: { a: {} } } }),
      'line 2: not a run record (detector.options.a: ',
    ],
  ])('%s', async (_what, line, message) => {
    const error = await refusal(line);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`${file}, ${message}`);
  });
});

test('a folder in the place of the file is refused', () => {
  expect(() => readRecords(directory)).toThrow(
    `${directory}: expected a file of run records, found a folder`,
  );
});

test('failures are counted on from those before', () => {
  expect([0, 1, 2].map((before) => failuresOf(countingFailures(second, before)))).toEqual([1, 2, 3]);
  expect(countingFailures(first, 2)).toBe(first);
});

test('of the records of one run, a successful one counts before a failed one, else the last', () => {
  const failed = exampleRecord({ seed: 1 }, { status: 'failed', reason: 'out of memory' });
  const again = exampleRecord({ seed: 2 }, { status: 'failed', reason: 'again' });
  expect([...latestRecords([first, second, failed, again]).values()]).toEqual([first, again]);
  // Files are read in the order of their names.
  const third = exampleRecord({ seed: 2 }, { status: 'failed', reason: 'again', failures: 3 });
  expect([...latestRecords([third, second, again]).values()]).toEqual([third]);
});
