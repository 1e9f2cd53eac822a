import { expect, test } from '@jest/globals';
import { uniq } from 'es-toolkit/array/uniq';
import { fileNames, isNameOf } from './file-names.js';

test('names are in ASCII, short enough and all different', () => {
  const long = 'ü'.repeat(300);
  const titles = [
    'AUROC against γ_l: Größe',
    'normal 1',
    'normal -1',
    long,
    `${long}b`,
    '異常',
    '正常',
    '../a',
  ];
  const names = fileNames(titles);
  expect(names[0]).toBe('auroc-against-gamma-l-grosse');
  expect(names.at(-1)).toBe('a');
  expect(uniq(names)).toHaveLength(titles.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,200}$/);
  for (const [index, title] of titles.entries()) {
    expect(names.filter((name) => isNameOf(name, title))).toEqual([names[index]]);
  }
});
