import { expect, test } from '@jest/globals';
import { buildOf, commonBuild, WORKER } from './build.js';

const COMMIT = '0a464aa9413ab63105c44f0261b6bc6907d87770';

test('machines of one commit have one build, whatever compiled their kernels', () => {
  const [one, other] = ['first', 'second'].map((digest) => commonBuild(COMMIT, () => digest));
  expect(one).toBe(COMMIT);
  expect(other).toBe(one);
});

test('where files differed from the commit, what was built tells', () => {
  const dirty = `${COMMIT}-dirty`;
  const [one, same, other] = ['first', 'first', 'second'].map((digest) => commonBuild(dirty, () => digest));
  expect(same).toBe(one);
  expect(other).not.toBe(one);
  expect(commonBuild(dirty)).toContain(buildOf(WORKER).slice(0, 12));
});
