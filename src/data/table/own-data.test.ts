import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { digest } from '../checksum.js';
import { UNKNOWN_CLASS } from '../dataset.js';
import { npzOf, npzTable } from '../fetch/testing/npz.js';
import { fixture } from '../formats/testing/fixtures.js';
import { loadDataset } from '../registry.js';
import { scalerFor } from '../scaling.js';
import { mostHeld } from '../testing/most-held.js';
import type { OwnData } from './own-tables.js';

const folder = mkdtempSync(path.join(tmpdir(), 'deepsad-own-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe('a .csv', () => {
  const rows = ['1,2,ok', '3,4,crack', '5,6,fine', '7,8,10', '9,10,9.0', '11,12,9'];
  const file = write('own.csv', `a,b,kind\n${rows.join('\n')}\n`);

  test('normal labels form one class; the others are classes of their own, numbers first', async () => {
    const {
      name,
      shape,
      classNames,
      training,
      test: testPart,
      defaults,
    } = await loadDataset({ file, normal: ['ok', 'fine'] });
    expect({ name, shape, classNames, testPart }).toEqual({
      name: file,
      shape: [2],
      classNames: ['normal', '9', '10', 'crack'],
      testPart: undefined,
    });
    expect(Array.from(training.classes)).toEqual([0, 3, 0, 2, 1, 1]);
    expect(training.values).toEqual(Float64Array.from({ length: 12 }, (_, i) => i + 1));
    expect(defaults).toEqual({ network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 });
  });

  test.each([false, true])(
    'no Set or Map holds an element a row, with a table to test on: %s',
    async (tested) => {
      const table = (from: number) =>
        `a,b,kind\n${range(from, from + 2000)
          .map((row) => `${row / 4},${0.5 - row},${row % 9 ? 'ok' : 'crack'}`)
          .join('\n')}\n`;
      const many = { file: write('many.csv', table(0)), normal: ['ok'] };
      const test = tested ? { test: write('more.csv', table(1000)) } : {};
      expect(await mostHeld(() => loadDataset({ ...many, ...test }))).toBeLessThan(1000);
    },
  );

  test.each<[string, object]>([
    ['labels', { label: 'code', normal: ['0'] }],
    ['labels beside semi-targets', { label: 'code', normal: ['0'], semiTarget: 'known' }],
  ])('a feature that is given as the column of %s is refused, in bounded memory', async (_, keys) => {
    const rows = range(70_000).map((row) => `${row % 7},${row},1`);
    const own = { file: write('features.csv', `a,code,known\n${rows.join('\n')}\n`), ...keys };
    const message =
      'features.csv, column code: more than 65536 different labels; is the label column a feature (key label)?';
    const held = await mostHeld(() => expect(loadDataset(own)).rejects.toThrow(message));
    expect(held).toBeLessThanOrEqual(65_537);
  });

  test('one that is too large to be read whole is refused with what to do', async () => {
    const large = write('large.csv', 'a,kind\n');
    truncateSync(large, 3e9);
    await expect(loadDataset({ file: large, normal: ['ok'] })).rejects.toThrow(
      `${large}: expected a table of at most 2.1 GB, found 3.0 GB; give a part of its rows; fit, score and evaluate alone read a CSV table of any size`,
    );
  });

  test('the order of rows decides no class', async () => {
    const reversed = write('reversed.csv', `a,b,kind\n${rows.toReversed().join('\n')}\n`);
    const { classNames, checksum } = await loadDataset({ file: reversed, normal: ['ok', 'fine'] });
    const original = await loadDataset({ file, normal: ['ok', 'fine'] });
    expect(classNames).toEqual(original.classNames);
    expect(checksum).not.toBe(original.checksum);
  });

  test('other normal labels have another checksum', async () => {
    const checksums = await Promise.all(
      [['ok'], ['ok', 'fine'], ['fine', 'ok']].map(
        async (normal) => (await loadDataset({ file, normal })).checksum,
      ),
    );
    expect(checksums[0]).not.toBe(checksums[1]);
    expect(checksums[1]).toBe(checksums[2]);
  });

  test('a label column by name, its normal label written as another form of the number', async () => {
    const { classNames, shape } = await loadDataset({
      file: write('b.csv', 'y,a\n1,5\n0.0,6\n'),
      label: 'y',
      normal: ['0'],
    });
    expect(classNames).toEqual(['normal', '1']);
    expect(shape).toEqual([1]);
  });

  test.each([
    [{}, 'say which labels are normal (key normal); found 9, 10, crack, fine, ok'],
    [{ normal: ['good'] }, 'no sample has the normal label good (key normal); found 9, 10, crack, fine, ok'],
    [{ label: 'c', normal: ['ok'] }, 'own.csv, row 1: expected the label column c, found a, b, kind'],
  ])('refuses %j', async (keys, message) => {
    await expect(loadDataset({ file, ...keys })).rejects.toThrow(message);
    await expect(loadDataset({ file, ...keys })).rejects.toHaveProperty('name', 'UserError');
  });

  test('a label named normal that is not', async () => {
    const confusing = write('confusing.csv', 'a,y\n1,ok\n2,normal\n');
    await expect(loadDataset({ file: confusing, normal: ['ok'] })).rejects.toThrow(
      'label normal is not among the normal labels ok (key normal); add or rename it',
    );
  });

  test.each(['Normal', 'NORMAL'])('a label %s that is not normal either', async (label) => {
    const file = write('capital.csv', `a,y\n1,ok\n2,${label}\n`);
    await expect(loadDataset({ file, normal: ['ok'] })).rejects.toThrow(
      `label ${label} is not among the normal labels ok`,
    );
    expect((await loadDataset({ file, normal: ['ok', label] })).classNames).toEqual(['normal']);
  });

  test('a row without a label', async () => {
    const gap = write('gap.csv', 'a,y\n1,ok\n\n2,\n');
    await expect(loadDataset({ file: gap, normal: ['ok'] })).rejects.toThrow(
      'gap.csv, row 4, column y: expected a label, found nothing; label the row, leave it out, or say what is known in a column of +1 (normal), -1 (anomaly) and nothing (key semiTarget)',
    );
  });

  test('more than 256 classes', async () => {
    const numbers = (count: number) =>
      `a,y\n${Array.from({ length: count }, (_, i) => `${i % 2},${i}`).join('\n')}\n`;
    const most = await loadDataset({ file: write('most.csv', numbers(256)), label: 'y', normal: ['0'] });
    expect(most.classNames).toHaveLength(256);
    expect(most.training.classes[255]).toBe(255);
    await expect(loadDataset({ file: write('many.csv', numbers(257)), normal: ['0'] })).rejects.toThrow(
      '257 classes, but at most 256 are possible; is the label column a feature (key label)?',
    );
  });
});

describe('columns', () => {
  const file = write('columns.csv', 'id,color,size,y\n7,red,1,ok\n8,blue,3,ok\n9, red ,2,bad\n');

  test('of categories become a feature each, those to drop none', async () => {
    const { shape, training } = await loadDataset({
      file,
      normal: ['ok'],
      categorical: ['color'],
      drop: ['id'],
    });
    expect(shape).toEqual([3]);
    expect([...training.values]).toEqual([0, 1, 1, 1, 0, 3, 0, 1, 2]);
  });

  test('read in another way are other data', async () => {
    const checksum = async (columns: object) =>
      (await loadDataset({ file, normal: ['ok'], categorical: ['color'], ...columns })).checksum;
    expect(await checksum({})).not.toBe(await checksum({ drop: ['id'] }));
    expect(await checksum({})).not.toBe(await checksum({ missing: 'fill' }));
  });

  test('that lack values are refused, or filled run by run', async () => {
    const gaps = write('gaps.csv', 'color,size,y\nred,1,ok\n,3,ok\nred,NA,bad\n');
    const own = { file: gaps, normal: ['ok'], categorical: ['color'] };
    await expect(loadDataset(own)).rejects.toThrow(
      'gaps.csv, row 3, column color: expected a category, found nothing; fill it in, leave the row out, or',
    );
    const { training } = await loadDataset({ ...own, missing: 'fill' });
    expect([...training.values]).toEqual([0, 1, 1, 1, 0, 3, 0, 1, Number.NaN]);
  });

  test.each([
    [
      {},
      'row 2, column color: expected a finite number, found "red"; correct it, or give the column as categorical',
    ],
    [{ categorical: ['colour'] }, 'row 1: expected the categorical column colour, found id, color, size, y'],
    [{ drop: ['y'] }, 'row 1: column y is given as the label column and as the column to drop'],
    [
      { categorical: ['color'], drop: ['color'] },
      'row 1: column color is given as the categorical column and as the column to drop',
    ],
    [{ drop: ['id', 'color', 'size'] }, 'row 1: expected columns of features beside the label'],
  ])('given as %j are refused', async (columns, message) => {
    await expect(loadDataset({ file, normal: ['ok'], ...columns })).rejects.toThrow(message);
  });
});

describe('a test table', () => {
  const file = write('train.csv', 'color,size,y\nred,1,ok\nblue,3,ok\nred,2,bad\n');
  const own = { file, normal: ['ok'], categorical: ['color'] };

  test('has its columns in any order; a category that training lacks is none of its own', async () => {
    const test = write('test.csv', 'y,size,color\nbad,4,green\nok,5,blue\nodd,6,red\n');
    const dataset = await loadDataset({ ...own, test });
    expect(dataset.classNames).toEqual(['normal', 'bad', 'odd']);
    expect([...(dataset.test?.values ?? [])]).toEqual([0, 0, 4, 1, 0, 5, 0, 1, 6]);
    expect([...(dataset.test?.classes ?? [])]).toEqual([1, 0, 2]);
    expect(dataset.checksum).not.toBe((await loadDataset(own)).checksum);
    expect(dataset.notices).toEqual([
      `${file}, column y (by default; the key label names another): 2 normal (ok), 1 anomalous (bad); ` +
        `${test}, column y: 1 normal (ok), 2 anomalous (bad: 1, odd: 1)`,
      `${test}: classes that training lacks, so that they are novel: "odd"`,
      `${test}, column color: 1 value is a category that training did not have, and counts as none of those it had (first ` +
        '"green" in row 2)',
    ]);
  });

  test('is refused where it is another table', async () => {
    const test = write('other.csv', 'y,color\nok,red\n');
    await expect(loadDataset({ ...own, test })).rejects.toThrow(
      'other.csv, row 1: expected the columns of the training table, of which size is missing; found y, color',
    );
    const wide = write('wide.npz', fixture('arrays.npz'));
    await expect(loadDataset({ ...own, test: wide })).rejects.toThrow('wide.npz: expected a .csv file like');
  });
});

describe('labels', () => {
  const rows = (...labels: string[]) => `a,y\n${labels.map((label, i) => `${i}.5,${label}`).join('\n')}\n`;
  const noticesOf = async (own: OwnData) => (await loadDataset(own)).notices?.join('\n');

  test.each(['NA', 'n/a', 'NaN', 'null', '?', '', 'Unlabeled'])(
    'written %j are missing, in either table',
    async (cell) => {
      const [full, gap] = [write('full.csv', rows('ok', 'bad')), write('na.csv', rows('ok', cell, 'bad'))];
      const message = `na.csv, row 3, column y: expected a label, found ${cell === '' ? 'nothing' : `"${cell}"`}`;
      await expect(loadDataset({ file: gap, normal: ['ok'] })).rejects.toThrow(message);
      await expect(loadDataset({ file: full, test: gap, normal: ['ok'] })).rejects.toThrow(message);
    },
  );

  test('written like a missing value are normal where the user says so', async () => {
    const { training } = await loadDataset({ file: write('zone.csv', rows('NA', 'EU')), normal: ['NA'] });
    expect([...training.classes]).toEqual([0, 1]);
  });

  test.each([
    ['1e2', '100'],
    ['9007199254740993', '9007199254740992'],
  ])('%s and %s are two classes', async (normal, other) => {
    const { classNames } = await loadDataset({
      file: write('ids.csv', rows(normal, other)),
      normal: [normal],
    });
    expect(classNames).toEqual(['normal', other]);
  });

  test('that are truth values are equal in any case', async () => {
    const file = write('truth.csv', rows('FALSE', 'TRUE', 'False'));
    const { classNames, training } = await loadDataset({ file, normal: ['false'] });
    expect(classNames).toEqual(['normal', 'true']);
    expect([...training.classes]).toEqual([0, 1, 0]);
  });

  test('that differ by case, space or notation alone are said', async () => {
    const file = write('case.csv', rows('ok', 'OK', 'bad'));
    expect(await noticesOf({ file, normal: ['ok'] })).toContain(
      'case.csv, column y: labels of their own that differ by case, space or notation alone: "ok" and "OK"',
    );
    expect(await noticesOf({ file, normal: ['ok', 'OK'] })).toContain(
      '2 normal (ok: 1, OK: 1), 1 anomalous (bad)',
    );
  });

  test('are doubted where the anomalies of a table of two classes are more', async () => {
    const inverted = write('inverted.csv', rows('0', '1', '1'));
    const doubt = 'more anomalies (2) than others (1); is their meaning the other way round?';
    expect(await noticesOf({ file: inverted, normal: ['0'] })).toContain(doubt);
    expect(await noticesOf({ file: inverted, normal: ['1'] })).not.toContain('the other way round');
    const many = write('digits.csv', rows('0', '1', '2'));
    expect(await noticesOf({ file: many, normal: ['0'] })).not.toContain('the other way round');
  });
});

test('a last column whose name is one of its labels may be a row, unless it is named', async () => {
  const file = write('headless.csv', 'red,1,ok\nblue,2,ok\nred,3,bad\n');
  const own = { file, normal: ['ok'], categorical: ['red'] };
  await expect(loadDataset(own)).rejects.toThrow(
    'headless.csv, row 1: "ok", the name of the last column, is one of its labels too; put a line of names above',
  );
  expect((await loadDataset({ ...own, label: 'ok' })).training.count).toBe(2);
});

test('a column of labels that stays among the features beside semi-targets is said', async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${i / 3},${i % 4 ? 0 : 1},${['', -1, '', 1, ''][i % 5]}`,
  );
  const file = write('truth-left.csv', `size,class,known\n${rows.join('\n')}\n`);
  const message = `${file}: "class" is read as a feature; if labels, leave it out (drop)`;
  expect((await loadDataset({ file, semiTarget: 'known' })).notices).toContain(message);
  const named = await loadDataset({ file, semiTarget: 'known', drop: ['class'] });
  expect(named.notices?.join()).not.toContain('read as');
});

test('doubtful columns of tables and of arrays are said', async () => {
  const rows = Array.from({ length: 12 }, (_, i) => `${i},${i % 5},${i % 3 ? 'ok' : 'bad'}`);
  const file = write('numbered.csv', `Unnamed: 0,size,y\n${rows.join('\n')}\n`);
  const doubt = `${file}: doubtful as a feature: "Unnamed: 0" (numbers the rows)`;
  expect((await loadDataset({ file, normal: ['ok'] })).notices?.[1]).toContain(doubt);
});

test('rows that a quote took into a cell of either table are said, also where the column is dropped', async () => {
  const table = (name: string, opened: number) =>
    write(
      name,
      `note,size,y\n${Array.from({ length: 20 }, (_, row) => `${row === opened ? '"' : ''}n${row === opened + 3 ? '"' : ''},${row / 8 + opened},${row % 5 ? 'ok' : 'bad'}\n`).join('')}`,
    );
  const [file, test] = [table('noted.csv', 4), table('noted-too.csv', 2)];
  const { notices, training } = await loadDataset({ file, test, normal: ['ok'], drop: ['note'] });
  expect(training.count).toBe(17);
  expect(notices?.filter((notice) => notice.includes('quote'))).toEqual([
    `${file}: 1 row has a cell of several lines (rows 6 to 9, column "note"); is a quote missing?`,
    `${test}: 1 row has a cell of several lines (rows 4 to 7, column "note"); is a quote missing?`,
  ]);
});

test('a feature that tells the classes by itself is said', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i / 3},${i % 3 ? 0 : 1},${i % 3 ? 'ok' : 'bad'}`);
  const file = write('leak.csv', `size,class,y\n${rows.join('\n')}\n`);
  const message = `${file}: "class" alone tells all normal samples from all anomalies; leave out what is a label (drop)`;
  expect((await loadDataset({ file, normal: ['ok'] })).notices).toContain(message);
  expect((await loadDataset({ file, normal: ['ok'], drop: ['class'] })).notices).toHaveLength(1);
});

describe('rows of a test table', () => {
  const rows = (count: number, value: (row: number) => string) =>
    Array.from({ length: count }, (_, row) => `${value(row)},${row % 4 ? 'ok' : 'bad'}`);
  const table = (name: string, lines: readonly string[]) => write(name, `a,b,kind\n${lines.join('\n')}\n`);
  const noticesOf = async (file: string, test: string) =>
    (await loadDataset({ file, normal: ['ok'], test })).notices?.slice(1);
  const training = table(
    'apart.csv',
    rows(40, (row) => `${row * row + 0.5},${(row * 7) % 39}`),
  );

  test('that are trained on are said', async () => {
    const mixed = table('mixed.csv', [
      ...rows(5, (row) => `${row * row + 0.5},${(row * 7) % 39}`),
      ...rows(20, (row) => `${row * row + 1},3`),
    ]);
    expect(await noticesOf(training, mixed)).toEqual([
      `${mixed}: 5 of its 25 rows have the features of rows of ${training}, on which runs are trained; take them out of one of the two`,
    ]);
  });

  test('that are trained on are said where most rows are one and the same, and how many of them are not', async () => {
    const still = rows(120, () => '0,0');
    const idle = table('idle.csv', [...still, ...rows(40, (row) => `${row * row + 0.5},${(row * 7) % 39}`)]);
    const part = table('idle-part.csv', [
      ...still.slice(0, 30),
      ...rows(12, (row) => `${row * row + 0.5},${(row * 7) % 39}`),
    ]);
    expect(await noticesOf(idle, part)).toEqual([
      `${part}: 42 of its 42 rows have the features of rows of ${idle}, on which runs are trained, 12 of them those of rows that are there once or twice; take them out of one of the two`,
    ]);
  });

  test('that repeat no more than those of training do are not', async () => {
    const few = table(
      'few.csv',
      rows(40, (row) => `${row % 3},${row % 5}`),
    );
    const others = table(
      'others.csv',
      rows(30, (row) => `${row % 3},${row % 4}`),
    );
    expect(await noticesOf(few, others)).toEqual([]);
  });

  test('that lie elsewhere are said', async () => {
    const metres = table(
      'metres.csv',
      rows(20, (row) => `${-2 - row},${row + 0.5}`),
    );
    expect(await noticesOf(training, metres)).toEqual([
      `${metres}: nearly all values lie outside of those of the training rows in "a" (0.5 to 1522); are they in the same unit?`,
    ]);
  });

  test('that differ in what is constant in training are said, of tables and of arrays', async () => {
    const [batch, next] = [17, 904].map((number) =>
      table(
        `batch${number}.csv`,
        rows(30, (row) => `${row + number / 8},${number}`),
      ),
    );
    expect((await noticesOf(batch, next))?.slice(0, 2)).toEqual([
      `${batch}: doubtful as a feature: "b" (constant: 17); leave out what is none (drop)`,
      expect.stringMatching(/^.*batch904\.csv: .* the training rows in "a" \(2\.125 to 31\.13\)/),
    ]);
    expect((await noticesOf(batch, next))?.[2]).toContain(
      'batch904.csv: constant in the training rows and not here: "b" (17 there, here another value in 30 of 30 rows)',
    );

    const array = async (name: string, other: number) =>
      write(
        name,
        await npzTable(30, 2, 8, (place) => (place % 2 ? (place === 7 ? other : 3) : place * 1.25)),
      );
    const [file, test] = [await array('train.npz', 3), await array('test.npz', 9)];
    const { notices } = await loadDataset({ file, test });
    expect(notices).toContainEqual(
      expect.stringContaining(
        'test.npz: constant in the training rows and not here: "X[:, 1]" (3 there, here another value in 1 of 30 rows)',
      ),
    );
    expect(notices).toContain(
      `${file}: doubtful as a feature: "X[:, 1]" (constant: 3); leave out what is none`,
    );
  });
});

test('rows that are there several times are said where each run holds some of them out', async () => {
  const lines = Array.from(
    { length: 150 },
    (_, row) => `${row / 3},${(row * 7) % 11},${row % 4 ? 'ok' : 'bad'}`,
  );
  const table = (name: string, rows: readonly string[]) => write(name, `a,b,kind\n${rows.join('\n')}\n`);
  const noticesOf = async (file: string, test?: string) =>
    (await loadDataset({ file, test, normal: ['ok'] })).notices?.slice(1);
  const thrice = table('thrice.csv', [...lines, ...lines, ...lines]);
  expect(await noticesOf(thrice)).toEqual([
    `${thrice}: the features of 300 of 450 rows are those of another; where these are copies, runs are tested on what they are trained on: ` +
      'take them out, or give a table to test on (key test)',
  ]);
  const others = table(
    'fresh.csv',
    lines.map((line) => `1${line}`),
  );
  expect(await noticesOf(thrice, others)).toEqual([]);
  // One in a hundred may be chance.
  expect(await noticesOf(table('once.csv', [...lines, lines[7]]))).toEqual([]);
});

test('a table is not tested on itself, by whatever name', async () => {
  const content = 'a,y\n1,ok\n2,bad\n';
  const [file, test] = [write('one.csv', content), write('copy.csv', content)];
  symlinkSync(file, path.join(folder, 'link.csv'));
  for (const other of [test, path.join(folder, 'link.csv'), path.join(folder, '.', 'one.csv')]) {
    await expect(loadDataset({ file, test: other, normal: ['ok'] })).rejects.toThrow('the same table as');
  }
});

test('a table with another column of labels that says the same is other data, whose features are others', async () => {
  const file = write('twice.csv', 'a,first,second,last\n1,0,0,0\n2,1,5,1\n3,0,0,0\n4,2,9,2\n');
  const read = (keys: object) => loadDataset({ file, normal: ['0'], ...keys });
  const all = await Promise.all(['first', 'second', 'last'].map((label) => read({ label })));
  expect(all.map(({ training }) => [...training.classes])).toEqual(new Array(3).fill([0, 1, 0, 2]));
  expect(new Set(all.map(({ checksum }) => checksum)).size).toBe(3);
  // The last column is that of the labels where no other is named.
  expect((await read({})).checksum).toBe(all[2].checksum);
  // It is not in the checksum, by which runs keep the ids that they had before others were.
  expect(all[2].checksum).toBe(digest('sha256', [readFileSync(file), Uint8Array.of(0, 1, 0, 2)]));
});

test('a table with another column of semi-targets that says the same is other data', async () => {
  const file = write('semi-twice.csv', 'a,first,second\n1,1,1\n2,-1,-1\n3,0,\n');
  const [first, second] = await Promise.all(
    ['first', 'second'].map((semiTarget) => loadDataset({ file, semiTarget, missing: 'fill' })),
  );
  expect(first.training.semiTargets).toEqual(second.training.semiTargets);
  expect(first.training.values).not.toEqual(second.training.values);
  expect(first.checksum).not.toBe(second.checksum);
});

describe('semi-targets', () => {
  const rows = ['1,ok,1', '2,ok,+1', '3,ok,', '4,worn,-1', '5,torn, 0 ', '6,torn,-1.0'];
  const file = write('semi.csv', `size,y,known\n${rows.join('\n')}\n`);

  test('are kept as they are; other labels tell the classes', async () => {
    const { shape, classNames, training } = await loadDataset({
      file,
      semiTarget: 'known',
      label: 'y',
      normal: ['ok'],
    });
    expect(shape).toEqual([1]);
    expect(classNames).toEqual(['normal', 'anomaly']);
    expect([...training.classes]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...(training.semiTargets ?? [])]).toEqual([1, 1, 0, -1, 0, -1]);
  });

  test('tell the classes where nothing else does', async () => {
    const { training } = await loadDataset({ file, semiTarget: 'known', drop: ['y'] });
    expect([...training.classes]).toEqual([0, 0, UNKNOWN_CLASS, 1, UNKNOWN_CLASS, 1]);
  });

  test('of a training table stand beside the labels of a test table', async () => {
    const test = write('semi-test.csv', 'size,y\n1,ok\n2,torn\n');
    const dataset = await loadDataset({ file, test, semiTarget: 'known', label: 'y', normal: ['ok'] });
    expect([...dataset.training.classes]).toEqual([0, 0, UNKNOWN_CLASS, 1, UNKNOWN_CLASS, 1]);
    expect([...(dataset.test?.classes ?? [])]).toEqual([0, 1]);
    expect(dataset.test?.semiTargets).toBeUndefined();
  });

  test('beside labels, of which none may be empty and each normal one occurs in either table', async () => {
    const gap = write('semi-gap.csv', 'size,y,known\n1,ok,1\n2,,\n3,torn,-1\n');
    const own = { semiTarget: 'known', label: 'y' };
    await expect(loadDataset({ ...own, file: gap, normal: ['ok'] })).rejects.toThrow(
      'semi-gap.csv, row 3, column y: expected a label, found nothing; label the row or leave it out',
    );
    const test = write('semi-fine.csv', 'size,y\n1,fine\n2,torn\n3,ok\n');
    const dataset = await loadDataset({ ...own, file, test, normal: ['ok', 'fine'] });
    expect([...(dataset.test?.classes ?? [])]).toEqual([0, 1, 0]);
  });

  test('that contradict the classes are refused', async () => {
    const turned = write('turned.csv', 'size,y,known\n1,ok,\n2,torn,1\n3,ok,-1\n4,torn,-1\n');
    const own = { file: turned, semiTarget: 'known', label: 'y' };
    await expect(loadDataset({ ...own, normal: ['ok'] })).rejects.toThrow(
      'turned.csv, row 3: the semi-target in known is +1, normal, but the label in y is an anomaly (and 1 more such rows)',
    );
  });

  test('that contradict the classes are refused beside a test table too, where both are known', async () => {
    const test = write('judged.csv', 'size,y\n1,ok\n2,torn\n');
    const own = { test, semiTarget: 'known', label: 'y', normal: ['ok'] };
    const turned = write('turned2.csv', 'size,y,known\n1,,1\n2,torn,\n3,ok,-1\n');
    await expect(loadDataset({ ...own, file: turned })).rejects.toThrow(
      'turned2.csv, row 4: the semi-target in known is -1, an anomaly, but the label in y is normal; correct',
    );
    const file = write('agreed.csv', 'size,y,known\n1,,1\n2,torn,\n3,torn,-1\n');
    const { training, notices } = await loadDataset({ ...own, file });
    expect([...training.classes]).toEqual([0, UNKNOWN_CLASS, 1]);
    expect(notices?.[1]).toBe(`${test}, column y: 1 normal (ok), 1 anomalous (torn)`);
  });

  test('that contradict the classes are refused in arrays too, beside a test part or without', async () => {
    const rows = [[1], [2], [3]];
    const test = write('judged.npz', await npzOf(rows, { y: [0, 1, 0] }));
    const own = { test, semiTarget: 'known', label: 'y' };
    const known = [Number.NaN, 1, -1];
    const turned = write('turned.npz', await npzOf(rows, { known, y: [0, 1, 0] }));
    for (const part of [own, { ...own, test: undefined }]) {
      await expect(loadDataset({ ...part, file: turned })).rejects.toThrow(
        'turned.npz, row 2: the semi-target in known is +1, normal, but the label in y is an anomaly (and 1 more such rows)',
      );
    }
    const labeled = [{ known }, { known, y: [1, 0, Number.NaN] }, { known, y: [0, 0, 1] }];
    for (const [index, labels] of labeled.entries()) {
      const file = write(
        `agreed${index}.npz`,
        await npzOf(
          rows.map(([row]) => [row / 2]),
          labels,
        ),
      );
      expect([...(await loadDataset({ ...own, file })).training.classes]).toEqual([UNKNOWN_CLASS, 0, 1]);
    }
  });

  test('of a table with another label column are other data, whose features are others', async () => {
    const columns = 'size,state,kind,known';
    const file = write('two.csv', `${columns}\n1,0,0,1\n2,1,2,-1\n3,0,0,\n`);
    const test = write('two-test.csv', `${columns}\n4,0,0,1\n5,1,2,-1\n`);
    const normal = { normal: ['0'] };
    const read = await Promise.all(
      [{}, { label: 'state', ...normal }, { label: 'kind', ...normal }].map((keys) =>
        loadDataset({ file, test, semiTarget: 'known', ...keys }),
      ),
    );
    expect(read.map(({ shape }) => shape)).toEqual([[3], [2], [2]]);
    expect(new Set(read.map(({ checksum }) => checksum)).size).toBe(3);
  });

  test('of which none is an anomaly, or most are, are doubted', async () => {
    const own = { semiTarget: 'known', drop: ['y'] };
    const positive = write('positive.csv', 'size,y,known\n1,a,1\n2,a,0\n3,a,NA\n');
    expect((await loadDataset({ ...own, file: positive })).notices).toEqual([
      `${positive}, column known: 1 labeled normal (1), 0 labeled anomalies, 2 unlabeled (0: 1, NA: 1)`,
      `${positive}, column known: no row is -1; if 1 means an anomaly there, write -1, since 1 is taken for normal`,
    ]);
    const negative = write('negative.csv', 'size,y,known\n1,a,1\n2,a,-1\n3,a,-1\n');
    expect((await loadDataset({ ...own, file: negative })).notices?.[1]).toContain('more anomalies (2)');
  });

  test('of a test table must tell the class of each row', async () => {
    const test = write('unlabeled.csv', 'size,known\n1,1\n2,\n');
    await expect(loadDataset({ file, test, drop: ['y'], semiTarget: 'known' })).rejects.toThrow(
      'unlabeled.csv, row 3, column known: expected +1 or -1 in a test table, found an unlabeled row',
    );
  });

  test('of an .npz', async () => {
    const npz = write('semi.npz', fixture('arrays.npz'));
    await expect(loadDataset({ file: npz, semiTarget: 'y' })).rejects.toThrow(
      'semi.npz, row 4, column y: expected a semi-target (1 for normal, -1 for an anomaly, nothing or 0 for unlabeled), found "2"',
    );
  });
});

test.each(['arrays.npz', 'arrays.mat'])('%s: X and y, 0 is normal', async (name) => {
  const file = write(name, fixture(name));
  const { classNames, shape, training } = await loadDataset({ file });
  expect({ classNames, shape }).toEqual({ classNames: ['normal', '1', '2'], shape: [2] });
  expect(Array.from(training.classes)).toEqual([0, 1, 0, 2]);
  expect(training.values).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7));

  const other = await loadDataset({ file, label: 'z', normal: ['2', '1'] });
  expect(other.classNames).toEqual(['normal', '0']);
  expect(Array.from(other.training.classes)).toEqual([0, 0, 1, 1]);
});

test('what a run cannot scale is named by column and row', async () => {
  const rows = ['oak,1,,ok', 'fir,2,,ok', 'elm,3,,bad', 'ash,4,5,ok', 'oak,5,1e300,bad'];
  const table = (name: string, lines: readonly string[]) => write(name, `wood,a,b,y\n${lines.join('\n')}\n`);
  const file = table('sparse.csv', rows);
  const test = table('sparse-test.csv', rows.toReversed());
  const data = await loadDataset({ file, test, normal: ['ok'], categorical: ['wood'], missing: 'fill' });
  expect(() => scalerFor(data, Uint32Array.of(0, 1, 2))).toThrow(
    `${file}: column b is missing in all of the 3 training samples; leave it out`,
  );
  const { scale } = scalerFor(data, Uint32Array.of(0, 1, 3));
  expect(() => scale(data.training, Uint32Array.of(0, 4))).toThrow(
    `${file}, row 6, column b: 1e+300 cannot be scaled by the training range 5 to 5`,
  );
  expect(() => scale(data.test ?? data.training, Uint32Array.of(0))).toThrow(
    `${test}, row 2, column b: 1e+300 cannot be scaled`,
  );
});

describe('features of arrays', () => {
  const y = [0, 1, 0];

  test('of which one is missing in every row, or all are constant, are refused', async () => {
    const empty = write(
      'empty.npz',
      await npzOf(
        [1, 2, 3].map((row) => [row, Number.NaN]),
        { y },
      ),
    );
    await expect(loadDataset({ file: empty, missing: 'fill' })).rejects.toThrow(
      `${empty}: column X[:, 1] is missing in all of the 3 training samples; leave it out`,
    );
    const constant = write(
      'constant.npz',
      await npzOf(
        [
          [5, 1],
          [5, 1],
          [5, 1],
        ],
        { y },
      ),
    );
    await expect(loadDataset({ file: constant })).rejects.toThrow(
      `${constant}: every one of the 2 features is constant over the 3 training samples; there is nothing to learn from: give features that vary`,
    );
  });

  test('of a test part may be so', async () => {
    const file = write(
      'varied.npz',
      await npzOf(
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        { y },
      ),
    );
    const test = write(
      'alike.npz',
      await npzOf(
        [
          [1, Number.NaN],
          [1, Number.NaN],
        ],
        { y: [0, 1] },
      ),
    );
    expect((await loadDataset({ file, test, missing: 'fill' })).test?.count).toBe(2);
  });
});

test('a file that is not there, and one of another kind', async () => {
  await expect(loadDataset({ file: 'nowhere.csv' })).rejects.toThrow(
    'nowhere.csv: no such file; a path in a config counts from the working directory',
  );
  await expect(loadDataset({ file: 'x.parquet' })).rejects.toThrow(
    'x.parquet: expected a .csv, .csv.gz, .npz or .mat file',
  );
});

test('many filled columns are summed up in a line', async () => {
  const rows = Array.from(
    { length: 20 },
    (_, i) => `${i % 3 || ''},${i % 4 || ''},${i % 5 || ''},${i % 6 || ''},${i % 2 ? 'ok' : 'bad'}`,
  );
  const file = write('holes.csv', `a,b,c,d,state\n${rows.join('\n')}\n`);
  const { notices } = await loadDataset({ file, label: 'state', normal: ['ok'], missing: 'fill' });
  expect(notices).toContain(
    `${file}: 4 columns filled, 20 missing values, most of them in a (7), b (5), c (4)\n  a: 7\n  b: 5\n  c: 4\n  d: 4`,
  );
});
