import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exampleRecord } from '../results/testing/records.js';
import { dotPlots } from './dots.js';
import { draw, svgFile } from './draw.js';
import { fileNames } from './file-names.js';
import type { Picture } from './plot.js';
import { writePlots } from './write-plots.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plots-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const names = () => readdirSync(join(folder, 'plots')).sort();

/** The plot of two runs on each of these data sets. */
function plotsOf(...datasets: string[]): Promise<Picture[]> {
  const records = datasets.flatMap((dataset) => [1, 2].map((seed) => exampleRecord({ dataset, seed })));
  return draw(dotPlots(records, 'deep-sad'));
}

test('plots of earlier results go, whatever their titles', async () => {
  const earlier = await plotsOf('parts & <"others">', 'ü', '異', '常', 'x'.repeat(200));
  await writePlots([{ folder, pictures: earlier }]);
  expect(names()).toHaveLength(5);
  const pictures = await plotsOf('ü', 'new');
  await writePlots([{ folder, pictures }]);
  expect(names()).toEqual(
    fileNames(pictures.map(({ title }) => title))
      .map((name) => `${name}.svg`)
      .sort(),
  );
  await writePlots([{ folder, pictures: [] }]);
  expect(names()).toEqual([]);
});

test('what was surely not written here stays', async () => {
  const pictures = await plotsOf('parts');
  await writePlots([{ folder, pictures }]);
  const [name] = names();
  const plots = join(folder, 'plots');
  renameSync(join(plots, name), join(plots, 'mine.svg'));
  const figures = await draw(
    dotPlots(
      [1, 2].map((seed) => exampleRecord({ dataset: 'paper', seed })),
      'deep-sad',
    ),
    'column',
  );
  const [figure] = fileNames(figures.map(({ title }) => title));
  writeFileSync(join(plots, `${figure}.svg`), svgFile(figures[0]));
  writeFileSync(
    join(plots, 'drawn.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg"><title>drawn</title></svg>',
  );
  writeFileSync(join(plots, 'binary.svg'), Uint8Array.of(255, 254, 0));
  writeFileSync(join(plots, 'notes.txt'), 'notes');
  mkdirSync(join(plots, 'folder.svg'));
  symlinkSync(join(plots, 'mine.svg'), join(plots, name));
  const before = names();
  expect(before).toHaveLength(7);
  await writePlots([{ folder, pictures: [] }]);
  expect(names()).toEqual(before);
});

test('plots of several that go into one folder stay together', async () => {
  const [first, second] = [await plotsOf('one'), await plotsOf('two')];
  await writePlots([
    { folder, pictures: first },
    { folder, pictures: second },
    { folder: join(folder, 'empty'), pictures: [] },
  ]);
  expect(names()).toHaveLength(2);
  expect(readdirSync(folder)).toEqual(['plots']);
  expect(readFileSync(join(folder, 'plots', names()[0]), 'utf8')).toBe(svgFile(first[0]));
});
