import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { loadAddon } from '../native.js';
import { ResultsFolder, recordsIn } from './results-folder.js';
import { exampleEnvironment, exampleRecord } from './testing/records.js';

const directory = mkdtempSync(join(tmpdir(), 'failing-lock-'));
afterAll(() => rmSync(directory, { recursive: true }));

afterEach(() => {
  jest.restoreAllMocks();
});

test.each(['ENOLCK', 'ENOSYS', 'EACCES', 'EROFS'] as const)(
  'where a file system answers a lock by %s, records go to files of their own',
  async (code) => {
    jest.spyOn(loadAddon(), 'tryLock').mockReturnValue(constants.errno[code]);
    const folder = join(directory, code);
    const [one, two] = [1, 2].map((seed) => exampleRecord({ seed }));
    const HERE = exampleEnvironment();
    const experiments = [{ name: 'first', runs: [one, two] }];
    // Nothing tells them apart from two machines.
    const both = [
      await ResultsFolder.open(folder, experiments),
      await ResultsFolder.open(folder, experiments),
    ];
    expect(both[0].notices).toEqual([
      `${join(folder, 'first', '.lock')} cannot be locked (${code}): records go to a file of their own`,
    ]);
    await Promise.all([both[0].append(one, HERE), both[1].append(one, HERE)]);
    await both[1].append(two, HERE);
    for (const results of both) results.close();
    expect([...recordsIn(folder).values()].sort((a, b) => a.seed - b.seed)).toEqual([one, two]);
    expect(readdirSync(join(folder, 'first')).filter((name) => name.endsWith('.jsonl'))).toHaveLength(2);
  },
);
