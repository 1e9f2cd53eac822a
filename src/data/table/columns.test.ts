import { describe, expect, test } from '@jest/globals';
import { csvBlocks } from '../formats/csv.js';
import { type ColumnOptions, fitColumns } from './columns.js';

async function* bytesOf(text: string) {
  yield Buffer.from(text);
}

/** The doubts about a table of so many rows, of which a column `size` is a plain feature. */
async function doubts(
  columns: Readonly<Record<string, (row: number) => unknown>>,
  { labels = ['size'], rows = 40, ...options }: ColumnOptions & { labels?: string[]; rows?: number } = {},
): Promise<readonly string[]> {
  const all = {
    size: (row: number) => (row * 7) % 5,
    width: (row: number) => ((row * 7) % 5) / 2,
    ...columns,
  };
  const lines = Array.from({ length: rows }, (_, row) =>
    Object.values(all)
      .map((value) => value(row))
      .join(','),
  );
  const text = [Object.keys(all).join(','), ...lines, ''].join('\n');
  return (await fitColumns(csvBlocks(bytesOf(text), 't.csv'), labels, options, 't.csv')).doubts;
}

describe('columns that may be no features are said by name', () => {
  test.each<[string, (row: number) => unknown, string]>([
    ['Unnamed: 0', (row) => row, 'numbers the rows'],
    ['Unnamed: 0', (row) => (row * 3) % 7, 'an index by its name'],
    ['id', (row) => row + 1, 'numbers the rows'],
    ['id', (row) => 1000 - 3 * row, 'another integer in each row'],
    ['row', (row) => row % 120, 'numbers the rows'],
    ['Time', (row) => 1.7e9 + Math.floor(row / 3), 'rises from row to row, as time does'],
    ['read_date', (row) => 0.37 * row - (row === 90 ? 1 : 0), 'rises from row to row, as time does'],
    ['zip', (row) => String((row * 7) % 40).padStart(5, '0'), 'leading zeros, as codes have'],
    ['note', (row) => (row === 7 ? 5 : ''), '99.5 % empty'],
    ['batch', () => 17, 'constant: 17'],
    ['batch', (row) => (row % 3 ? 17 : ''), 'constant: 17'],
  ])('%s', async (name, value, reason) => {
    expect(await doubts({ [name]: value }, { rows: 200, missing: 'fill' })).toEqual([
      `t.csv: doubtful as a feature: "${name}" (${reason}); leave out what is none (drop)`,
    ]);
    expect(await doubts({ [name]: value }, { rows: 200, missing: 'fill', drop: [name] })).toEqual([]);
  });

  test('with another integer in each row that was watched, and says how many of more rows those are', async () => {
    const id = (row: number) => 7 * Math.min(row, 100_000);
    expect((await doubts({ id }, { rows: 100_002 }))[0]).toContain(
      '"id" (another integer in each of the first 100,000 rows)',
    );
  });

  test('with another category in each row', async () => {
    const options = { categorical: ['part'] };
    expect((await doubts({ part: (row) => `part ${row}` }, options))[0]).toContain(
      '"part" (another category in each row)',
    );
    expect(await doubts({ part: (row) => `part ${row % 9}` }, options)).toEqual([]);
    const empty = { rows: 200, missing: 'fill', ...options } as const;
    expect((await doubts({ part: (row) => (row === 3 ? 'x' : 'NA') }, empty))[0]).toContain(
      '"part" (99.5 % empty)',
    );
    expect((await doubts({ part: () => 'oak' }, options))[0]).toContain('"part" (constant: "oak")');
  });

  test('categories that may be one are said', async () => {
    const wood = (row: number) => ['oak', 'Oak', 'pine ', 'elm', 'pine'][row % 5];
    expect(
      await doubts({ wood, kind: (row) => ['1', '2', '1.0'][row % 3] }, { categorical: ['wood', 'kind'] }),
    ).toEqual([
      't.csv, column wood: categories of their own that differ by case, space or notation alone: "oak" and "Oak"',
      't.csv, column kind: categories of their own that differ by case, space or notation alone: "1" and "1.0"',
    ]);
  });

  test('the constant ones last', async () => {
    const columns = Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [i === 8 ? 'id' : `batch${i}`, (row: number) => (i < 8 ? i : row)]),
    );
    expect((await doubts(columns))[0]).toMatch(
      /: "id" \(numbers the rows\), "batch0" \(constant: 0\), .*, 4 more;/,
    );
  });

  test('and the others are not', async () => {
    const columns = {
      measured: (row: number) => row + 0.5,
      counted: (row: number) => (row * 7) % 31,
      hour: (row: number) => row % 24,
      'time of day': (row: number) => (row * 0.7) % 11,
      lifetime: (row: number) => row * 0.7,
      'set time': (row: number) => (row > 20 ? 5 : 3),
      sparse: (row: number) => (row % 10 === 0 ? row / 3 : ''),
      sign: (row: number) => [1, -1, 0, ''][row % 4],
      binary: (row: number) => [1, 0, ''][row % 3],
    };
    expect(await doubts(columns, { missing: 'fill' })).toEqual([]);
    expect(await doubts({ id: (row) => row * 2 }, { rows: 20 })).toEqual([]);
  });
});

describe('a number that stands for missing values', () => {
  test.each<[string, (row: number) => unknown, string]>([
    ['below', (row) => (row % 9 === 0 ? -999 : row / 3), '-999 in "sensor" (5 rows)'],
    ['above', (row) => (row % 9 === 0 ? 9999 : -row / 3), '9999 in "sensor" (5 rows)'],
    ['below', (row) => (row % 9 === 0 ? -99 : row / 3), '-99 in "sensor" (5 rows)'],
    ['above', (row) => (row % 9 === 0 ? 65535 : row / 3), '65535 in "sensor" (5 rows)'],
    ['above', (row) => (row % 9 === 0 ? '1e+20' : row * 1000), '100000000000000000000 in "sensor" (5 rows)'],
    ['below large numbers', (row) => (row % 9 === 0 ? -999 : 5000.5 + row), '-999 in "sensor" (5 rows)'],
  ])('is said where it lies far %s all others', async (_, sensor, found) => {
    expect(await doubts({ sensor })).toEqual([
      `t.csv: far from all other values of the column: ${found}; if that says that a value is missing, put it right`,
    ]);
  });

  test('is a measurement where others come near, it stands once, or with one other value alone', async () => {
    const columns = {
      near: (row: number) => (row % 9 === 0 ? -999 : -20 * row),
      once: (row: number) => (row === 9 ? 999 : row / 3),
      two: (row: number) => (row % 2 ? 999 : 1),
    };
    expect(await doubts(columns)).toEqual([]);
  });
});

test('many doubtful columns are one line', async () => {
  const columns = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`id${i}`, (row: number) => row]));
  const [line, ...others] = await doubts(columns);
  expect(others).toEqual([]);
  expect(line).toMatch(/^t\.csv: doubtful as features: "id0" \(numbers the rows\), .*, 4 more; leave out/);
});

describe('where no label is named', () => {
  test.each<[string, (row: number) => unknown]>([
    ['known', (row) => [1, -1, ''][row % 3]],
    ['known', (row) => [1, '', ''][row % 3]],
    ['known', (row) => [1, -1, 0][row % 3]],
    ['Class', (row) => row % 2],
    ['isFraud', (row) => row % 2],
    ['true label', (row) => row % 2],
    ['Machine failure', (row) => row % 2],
    ['Outcome', (row) => row % 2],
    ['is_normal', (row) => row % 2],
    ['y_true', (row) => row % 2],
  ])('a column %s that may hold the labels is said', async (name, value) => {
    const message = `t.csv: "${name}" is read as a feature; if labels, name it with labelColumn or leave it out with drop`;
    expect(await doubts({ [name]: value }, { labels: [], missing: 'fill' })).toEqual([message]);
  });

  test('y beside x is a place', async () => {
    expect(await doubts({ x: (row) => row / 3, y: (row) => row / 7 }, { labels: [] })).toEqual([]);
  });

  test('a number is no label by the end of its name', async () => {
    const columns = { targetClass: (row: number) => row % 5, position_y: (row: number) => row % 2 };
    expect(await doubts(columns, { labels: [] })).toEqual([]);
  });

  test('a column of 0, 1 and nothing is a feature', async () => {
    expect(await doubts({ used: (row) => [1, 0, ''][row % 3] }, { labels: [], missing: 'fill' })).toEqual([]);
  });
});

describe('beside labels', () => {
  test.each(['Class', 'is_fraud', 'true label', 'y'])(
    'a column %s of nothing but 0 and 1 is said',
    async (name) => {
      expect(await doubts({ [name]: (row) => row % 2 })).toEqual([
        `t.csv: "${name}" is read as a feature; if labels, leave it out (drop)`,
      ]);
      expect(await doubts({ [name]: (row) => row % 2 }, { drop: [name] })).toEqual([]);
    },
  );

  test('of partial labels, too', async () => {
    const columns = {
      outlier: (row: number) => [1, -1, ''][row % 3],
      attack: (row: number) => [1, 0][row % 2],
    };
    expect(await doubts(columns, { missing: 'fill' })).toEqual([
      't.csv: "outlier", "attack" are read as features; if labels, leave them out (drop)',
    ]);
  });

  test('a feature by its name or by its values is none', async () => {
    const columns = {
      class: (row: number) => row % 5,
      y: (row: number) => row / 7,
      used: (row: number) => row % 2,
      sign: (row: number) => [1, -1, 0][row % 3],
      classes: (row: number) => row % 2,
    };
    expect(await doubts(columns)).toEqual([]);
  });
});

test('tens of thousands of columns are read', async () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `c${i}`);
  const text = [names, names.map((_, i) => i % 7), names.map((_, i) => i % 5)]
    .map((row) => row.join(','))
    .join('\n');
  const { table } = await fitColumns(
    csvBlocks(bytesOf(text), 't.csv'),
    [],
    { drop: names.slice(1, 20_000) },
    't.csv',
  );
  expect(table.columns.map(({ name }) => name)).toEqual(['c0', ...names.slice(20_000)]);
});
