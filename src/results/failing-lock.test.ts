import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';

const directory = mkdtempSync(join(tmpdir(), 'failing-lock-'));
afterAll(() => rmSync(directory, { recursive: true }));

test.each(['ENOLCK', 'ENOSYS', 'EACCES', 'EROFS'])(
  'a file system that answers a lock by %s is named',
  async (code) => {
    jest.resetModules();
    jest.unstable_mockModule('fs-native-extensions', () => ({
      tryLock: () => {
        throw Object.assign(new Error('failed'), { code });
      },
    }));
    const [{ lock }, { UserError }] = await Promise.all([import('./lock.js'), import('../errors.js')]);
    const file = join(directory, '.lock');
    expect(() => lock(file)).toThrow(UserError);
    expect(() => lock(file)).toThrow(
      `cannot lock ${file}: its file system keeps no locks, or not now (${code})`,
    );
  },
);
