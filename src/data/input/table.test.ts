import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../errors.js';
import { type Input, type InputOptions, type ReadOptions, readTrainingSet } from './input.js';
import { SEMI_TARGET_SPELLING } from './labels.js';
import { fitInput, restoreInput } from './registry.js';

const folder = mkdtempSync(join(tmpdir(), 'deepsad-table-'));
const warn = () => undefined;
const required: ReadOptions = { labels: 'required', warn };
const ignored: ReadOptions = { labels: 'ignored', warn };

function csv(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const fitted = (path: string, labelColumn?: string) =>
  fitInput(path, { labelColumn, spelling: SEMI_TARGET_SPELLING, warn });

async function read(input: Input, path: string, options = ignored): Promise<string[]> {
  const origins: string[] = [];
  for await (const batch of input.read(path, options)) origins.push(...batch.origins);
  return origins;
}

const training = csv('training.csv', 'a,label,b', '0,1,10', '4,-1,20', '2,,30', '1,0,30');

test('features are scaled to the range of the training rows, labels become semi-targets', async () => {
  const input = await fitted(training, 'label');
  const { shape, count, samples, semiTargets } = await readTrainingSet(input, training, required);
  expect(shape).toEqual([2]);
  expect(count).toBe(4);
  expect([...samples]).toEqual([0, 0, 1, 0.5, 0.5, 1, 0.25, 1]);
  expect([...semiTargets]).toEqual([1, -1, 0, 0]);
});

test('without a label column every row is unlabeled', async () => {
  const path = csv('plain.csv', 'a,b', '0,10', '4,20');
  const input = await fitted(path);
  expect([...(await readTrainingSet(input, path, required)).semiTargets]).toEqual([0, 0]);
});

test('a restored input matches columns by name, in any order, with and without the labels', async () => {
  const input = await fitted(training, 'label');
  const restored = restoreInput(JSON.parse(JSON.stringify(input.description)), 'model.json');
  const path = csv('new.csv', 'b,a', '10,8', '', '50,4');
  const { samples } = await readTrainingSet(restored, path, ignored);
  expect([...samples]).toEqual([2, 0, 1, 2]);
  expect(await read(restored, path)).toEqual(['2', '4']);
  await expect(read(restored, path, required)).rejects.toThrow('expected the label column label');
});

test.each([
  [
    'a,c,label\n1,2,1',
    'row 1: expected the columns of the training table, of which b is missing; found a, c, label',
  ],
  ['a,b,c\n1,2,1', 'row 1: found columns that the training table did not have: c'],
  ['a,b\n1,x', 'row 2, column b: expected a finite number, found "x"'],
  [
    'a,b\n1,',
    'row 2, column b: expected a finite number, found nothing; fill it in or leave the row out, since training',
  ],
  ['a,b\n1e300,1', 'row 2, column a: 1e+300 cannot be scaled'],
  ['a,b\n1', 'row 2: expected 2 cells, one a column of the header, found 1'],
  ['', 'found nothing'],
])('new data %j are refused', async (text, message) => {
  const input = await fitted(training, 'label');
  await expect(read(input, csv('bad.csv', text))).rejects.toThrow(message);
});

test('where labels are asked for, a column too many may hold them', async () => {
  const [input, path] = [await fitted(training, 'label'), csv('checked.csv', 'a,b,c', '1,2,1')];
  const found = `${path}, row 1: found columns that the training table did not have: c; `;
  const without = 'leave them out, or give them to drop in training';
  await expect(read(input, path, ignored)).rejects.toThrow(new UserError(found + without));
  await expect(read(input, path, required)).rejects.toThrow(
    new UserError(
      `${found}name the one that has the labels (labelColumn), leave the others out, or give them to drop in training`,
    ),
  );
});

test('categories, missing values and columns to drop', async () => {
  const path = csv('kinds.csv', 'id,color,size', 'x,red,1', 'y,?,', 'z,blue,3', '');
  const options = { categorical: ['color'], drop: ['id'], missing: 'fill' } as const;
  const input = await fitInput(path, { ...options, spelling: SEMI_TARGET_SPELLING, warn });
  const notices: string[] = [];
  const collect: ReadOptions = { labels: 'ignored', warn: (message) => notices.push(message) };
  // A feature each for a missing color, blue and red; then the size, whose mean is 2.
  expect(input.shape).toEqual([4]);
  const { samples } = await readTrainingSet(input, path, collect);
  expect([...samples]).toEqual([0, 0, 1, 0, 1, 0, 0, 0.5, 0, 1, 0, 1]);
  expect(notices).toEqual([
    `${path}, column color: filled 1 missing value`,
    `${path}, column size: filled 1 missing value`,
  ]);

  notices.length = 0;
  const unseen = csv('unseen.csv', 'size,color', '5,green', 'NA,blue', '3,mauve');
  const restored = restoreInput(JSON.parse(JSON.stringify(input.description)), 'm.json');
  expect([...(await readTrainingSet(restored, unseen, collect)).samples]).toEqual([
    0, 0, 0, 2, 0, 1, 0, 0.5, 0, 0, 0, 1,
  ]);
  expect(notices).toEqual([
    `${unseen}, column size: filled 1 missing value`,
    `${unseen}, column color: 2 values are categories that training did not have, and count as none of those it had (first "green" in row 2)`,
  ]);
});

test('a column of a single category is constant: 0, and -1 for anything else', async () => {
  const path = csv('single.csv', 'color,size', 'red,1', 'red,3');
  const input = await fitInput(path, { categorical: ['color'], spelling: SEMI_TARGET_SPELLING, warn });
  const other = csv('other.csv', 'color,size', 'red,1', 'blue,1');
  expect([...(await readTrainingSet(input, other, ignored)).samples]).toEqual([0, 0, -1, 0]);
});

test('a missing category where training had none is said once, as missing', async () => {
  const path = csv('full.csv', 'color,size', 'red,1', 'blue,3');
  const options = { categorical: ['color'], missing: 'fill' } as const;
  const input = await fitInput(path, { ...options, spelling: SEMI_TARGET_SPELLING, warn });
  const notices: string[] = [];
  const lacking = csv('lacking.csv', 'color,size', 'green,1', ',2', 'NA,3');
  const { samples } = await readTrainingSet(input, lacking, {
    labels: 'ignored',
    warn: (message) => notices.push(message),
  });
  expect([...samples]).toEqual([0, 0, 0, 0, 0, 0.5, 0, 0, 1]);
  expect(notices).toEqual([
    `${lacking}, column color: 1 value is a category that training did not have, and counts as none of those it had (first "green" in row 2)`,
    `${lacking}, column color: 2 values are missing, as none was in training, and count as none of its categories (first nothing in row 3)`,
  ]);
});

test('a category that is missing is refused like a number', async () => {
  const path = csv('complete.csv', 'color', 'red', 'blue');
  const input = await fitInput(path, { categorical: ['color'], spelling: SEMI_TARGET_SPELLING, warn });
  await expect(read(input, csv('incomplete.csv', 'color', 'red', 'n/a'))).rejects.toThrow(
    'incomplete.csv, row 3, column color: expected a category, found "n/a"; fill it in or leave the row out',
  );
});

test('too many categories are taken for a column of names', async () => {
  const names = Array.from({ length: 257 }, (_, i) => `name${i}`);
  const path = csv('names.csv', 'name', ...names);
  await expect(
    fitInput(path, { categorical: ['name'], spelling: SEMI_TARGET_SPELLING, warn }),
  ).rejects.toThrow('row 258, column name: expected at most 256 categories, found one more; drop the column');
});

test('a label of no meaning is refused with its row', async () => {
  const path = csv('labels.csv', 'a,label', '1,1', '2,normal');
  await expect(readTrainingSet(await fitted(path, 'label'), path, required)).rejects.toThrow(
    'row 3, column label: expected 1 for normal, -1 for an anomaly, nothing or 0 for unlabeled, found "normal"',
  );
});

test('a description that was tampered with is refused', async () => {
  const { description } = await fitted(training, 'label');
  expect(() => restoreInput({ ...description, columns: [{ name: 'a' }] }, 'm/detector.json')).toThrow(
    'm/detector.json: not a description of a table',
  );
});

test('a column that lies elsewhere than in training is said, once and of ten rows on', async () => {
  const input = await fitted(training, 'label');
  const notices: string[] = [];
  const collect: ReadOptions = { labels: 'ignored', warn: (message) => notices.push(message) };
  const others = csv(
    'inches.csv',
    'a,b',
    ...Array.from({ length: 10 }, (_, row) => `${row / 3},${row + 40}`),
  );
  await read(input, others, collect);
  expect(notices).toEqual([
    `${others}: nearly all values lie outside of those of the training rows in "b" (10 to 30); are they in the same unit?`,
  ]);
  await read(input, csv('nine.csv', 'a,b', ...Array.from({ length: 9 }, () => '1,40')), collect);
  await read(
    input,
    csv('one.csv', 'a,b', ...Array.from({ length: 10 }, (_, row) => `1,${row ? 40 : 20}`)),
    collect,
  );
  expect(notices).toHaveLength(1);
});

test('where values are missing, those that are there tell whether a column lies elsewhere', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => `${row % 7},${row % 20 === 9 ? '' : row % 9}`);
  const path = csv('gaps.csv', 'a,b', ...rows);
  const input = await fitInput(path, { missing: 'fill', spelling: SEMI_TARGET_SPELLING, warn });
  const notices: string[] = [];
  const collect: ReadOptions = { labels: 'ignored', warn: (message) => notices.push(message) };
  const others = csv(
    'millis.csv',
    'a,b',
    ...rows.map((row) => row.replace(/\d+$/, (b) => `${+b * 1000 + 1e5}`)),
  );
  await read(input, others, collect);
  expect(notices).toContain(
    `${others}: nearly all values lie outside of those of the training rows in "b" (0 to 8); are they in the same unit?`,
  );
  // Nine values that are there are too few to tell.
  notices.length = 0;
  const few = csv('few.csv', 'a,b', ...rows.slice(0, 30).map((_, row) => `1,${row < 9 ? 500 : ''}`));
  await read(input, few, collect);
  expect(notices).toEqual([`${few}, column b: filled 21 missing values`]);
});

test('a column that was constant is said where it is not, however seldom', async () => {
  const rows = (batch: (row: number) => unknown, wood: string) =>
    Array.from({ length: 12 }, (_, row) => `${row % 7},${batch(row)},${wood}`);
  const path = csv('batch.csv', 'a,batch,wood', ...rows(() => 17, 'oak'));
  const options = { categorical: ['wood'], missing: 'fill', spelling: SEMI_TARGET_SPELLING } as const;
  const input = await fitInput(path, { ...options, warn });
  const noticesOf = async (name: string, ...lines: string[]) => {
    const notices: string[] = [];
    const file = csv(name, 'a,batch,wood', ...lines);
    await read(input, file, { labels: 'ignored', warn: (message) => notices.push(message) });
    return notices.map((notice) => notice.replace(folder, ''));
  };
  expect(await noticesOf('same.csv', ...rows((row) => (row ? 17 : ''), 'oak'))).toEqual([
    '/same.csv, column batch: filled 1 missing value',
  ]);
  expect(await noticesOf('other.csv', ...rows((row) => (row === 5 ? 904 : 17), 'oak'))).toEqual([
    '/other.csv: constant in the training rows and not here: "batch" (17 there, here another value in 1 of 12 rows); such values have no ' +
      'scale and may outweigh all else, so leave out of the training what is no feature',
  ]);
  // A category is said as such alone.
  expect(await noticesOf('pine.csv', ...rows(() => 17, 'pine'))).toEqual([
    '/pine.csv, column wood: 12 values are categories that training did not have, and count as none of those it had (first "pine" in row 2)',
  ]);
});

describe('rows that a quote took into a cell are said', () => {
  /** A table of 30 rows, in whose cells of a column of words a quote is opened and, some rows later, closed. */
  const quoted = (name: string, opened: number, closed: number) =>
    csv(
      name,
      'a,wood,b',
      ...Array.from({ length: 30 }, (_, row) => {
        const [before, after] = [row === opened ? '"' : '', row === closed ? '"' : ''];
        return `${row % 7},${before}oak${after},${row % 5}`;
      }),
    );

  test.each<[string, Partial<InputOptions>]>([
    ['dropped', { drop: ['wood'] }],
    ['of categories', { categorical: ['wood'] }],
    ['of labels', { labelColumn: 'wood' }],
  ])('where the column is %s', async (name, options) => {
    const whole = quoted(`whole ${name}.csv`, -1, -1);
    const input = await fitInput(whole, { spelling: SEMI_TARGET_SPELLING, warn, ...options });
    const path = quoted(`quoted ${name}.csv`, 3, 7);
    const notices: string[] = [];
    const collect: ReadOptions = { labels: 'ignored', warn: (message) => notices.push(message) };
    expect(await read(input, whole, collect)).toHaveLength(30);
    expect(notices).toEqual([]);
    expect(await read(input, path, collect)).toHaveLength(26);
    expect(notices[0]).toBe(
      `${path}: 1 row has a cell of several lines (rows 5 to 9, column "wood"); is a quote missing?`,
    );
  });

  test('of several the first, and of a name of a column', async () => {
    const rows = ['"x', '1",1', '"y', '1,2', '2,3",2', 'z,3'];
    const input = await fitInput(csv('three.csv', 'a,b', ...rows), {
      ...{ drop: ['a'], spelling: SEMI_TARGET_SPELLING },
      warn,
    });
    const notices: string[] = [];
    const collect: ReadOptions = { labels: 'ignored', warn: (message) => notices.push(message) };
    const three = csv('three.csv', 'a,b', ...rows);
    expect(await read(input, three, collect)).toEqual(['2', '4', '7']);
    expect(notices).toEqual([
      `${three}: 2 rows have a cell of several lines (the first: rows 2 to 3, column "a"); is a quote missing?`,
    ]);
    const named = csv('named.csv', '"b\n1,2",b', 'x,1', 'y,2');
    await expect(read(input, named, collect)).rejects.toThrow(
      'found columns that the training table did not have',
    );
    notices.length = 0;
    const other = await fitInput(named, { drop: ['b\n1,2'], spelling: SEMI_TARGET_SPELLING, warn });
    await read(other, named, collect);
    expect(notices).toEqual([`${named}: 1 row has a cell of several lines (row 1); is a quote missing?`]);
  });
});
