import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { installedVersion, PACKAGE_ROOT } from '../../package.js';

const PROGRAM = join(PACKAGE_ROOT, 'src', 'engine', 'webgpu', 'testing', 'checks.ts');
const isHere = installedVersion('webgpu') !== undefined;

(isHere ? test : test.skip)(
  `what is given to a GPU is right by the limits that every GPU has${isHere ? '' : ', which needs webgpu'}`,
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM], {
      cwd: PACKAGE_ROOT,
    });
    const { kernels, said } = JSON.parse(stdout.trim().split('\n').at(-1) as string);
    expect(said).toEqual([]);
    expect(kernels).toBeGreaterThan(300);
  },
  120_000,
);
