import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { BOOT, HOST, namesEndedProcess, processName } from './process-name.js';

const ended = processName().replace(
  `-${process.pid}-`,
  `-${spawnSync(process.execPath, ['--version']).pid}-`,
);

test('a process of this machine has ended once it runs no more', () => {
  expect(namesEndedProcess(processName())).toBe(false);
  expect(namesEndedProcess(ended)).toBe(true);
});

(BOOT === '' ? test.skip : test)(
  'a machine of the same name is another, whose processes nobody knows here',
  async () => {
    jest.resetModules();
    jest.unstable_mockModule('node:fs', () => ({
      ...fs,
      readFileSync: () => '0a1b2c3d-4588-4976-a639-c40e3c3fab91\n',
    }));
    const other = await import('./process-name.js');
    expect([other.HOST, other.BOOT]).toEqual([HOST, '0a1b2c3d']);
    expect(other.namesEndedProcess(ended)).toBe(false);
  },
);
