import { writeFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { once } from 'es-toolkit/function/once';
import sharp from 'sharp';
import { parseConfig } from '../../src/config/load.js';
import { schema } from '../../src/config/testing/examples.js';
import { csvBlocks } from '../../src/data/formats/csv.js';
import { readIdx } from '../../src/data/formats/idx.js';
import { readImage } from '../../src/data/formats/image.js';
import { readMat } from '../../src/data/formats/mat.js';
import { readNpy } from '../../src/data/formats/npy.js';
import { readNpz } from '../../src/data/formats/npz.js';
import { elementCount, type NumericArray } from '../../src/data/formats/numeric-array.js';
import { readSteps } from '../../src/data/series/steps.js';
import { changeBytes, changeText, Draw } from './mutate.js';

/** A file as its grammar has it, and what reading it gives. */
interface Sample<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/** A reader, and the grammar of its files. */
export interface FuzzedReader<T = unknown> {
  /** A file as it should be. */
  write(draw: Draw): Sample<T> | Promise<Sample<T>>;
  /** The same with something done to it; bytes by default. */
  change?(bytes: Uint8Array, draw: Draw): Uint8Array;
  read(bytes: Uint8Array, file: string): T | Promise<T>;
  /** What holds of whatever is read of changed bytes. */
  check(value: T, bytes: Uint8Array): void;
}

const TEXT = new TextEncoder();
const asText = (bytes: Uint8Array) => new TextDecoder('utf-8').decode(bytes);
const number = (draw: Draw) => draw.of([0, 1, -2.5, 7, 12, 1e-3, 0.1, 250]);

// ---- CSV

type Rows = readonly (readonly string[])[];

/** The lines of CSV text as RFC 4180 has them, character by character; undefined where quotes are not as it wants them. */
function plainRows(text: string): Rows | undefined {
  const rows: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  const endRow = () => {
    rows.push([...cells, cell]);
    [cells, cell, state] = [[], '', 'start'];
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    const endsLine = character === '\n' || (character === '\r' && text[at + 1] === '\n');
    if (state === 'quoted') {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') cell += text[at++];
      else state = 'closed';
    } else if (endsLine) {
      if (character === '\r') at++;
      endRow();
    } else if (character === ',') {
      cells.push(cell);
      [cell, state] = ['', 'start'];
    } else if (character === '"' && state === 'start') {
      state = 'quoted';
    } else if (character === '"' || state === 'closed') {
      return undefined;
    } else {
      cell += character;
      state = 'plain';
    }
  }
  if (state === 'quoted') return undefined;
  if (cell !== '' || cells.length > 0 || state === 'closed') endRow();
  return rows.filter((row) => row.some((value) => value.trim() !== ''));
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 50) yield bytes.subarray(at, at + 50);
}

const csv: FuzzedReader<Rows> = {
  write(draw) {
    const columns = 1 + draw.integer(4);
    const names = Array.from({ length: columns }, (_, i) => draw.of(['x', 'länge ', 'a b', '"q"']) + i);
    const rows = draw.several(1, 5, () =>
      names.map(() => draw.of(['1', ' 2.5', 'wood', 'a,b', 'say "x"', 'two\nlines', '€', '-1e3'])),
    );
    const quoted = (cell: string) =>
      /[",\r\n]/.test(cell) || draw.once(5) ? `"${cell.replaceAll('"', '""')}"` : cell;
    const end = draw.of(['\n', '\r\n']);
    const text = [names, ...rows].map((cells) => cells.map(quoted).join(',') + end).join('');
    return {
      bytes: TEXT.encode(draw.of(['', '\ufeff']) + text),
      value: [names.map((name) => name.trim()), ...rows],
    };
  },
  change: (bytes, draw) =>
    draw.once(3)
      ? changeBytes(bytes, draw)
      : TEXT.encode(
          changeText(
            asText(bytes),
            [',', '"', '""', '\n', '\r\n', '\r', ';', '\0', 'sep=,\n', ' ', '\ufeff'],
            draw,
          ),
        ),
  async read(bytes, file) {
    const rows: (readonly string[])[] = [];
    for await (const block of csvBlocks(pieces(bytes), file)) {
      if (rows.length === 0) rows.push(block.columns);
      rows.push(...block.rows);
    }
    return rows;
  },
  check(rows, bytes) {
    const text = asText(bytes);
    // Where a carriage return alone ends the first line it ends all.
    const lines = /^([^"\r\n]|"[^"]*")*\r(?!\n)./s.test(text) ? text.replace(/\r\n?/g, '\n') : text;
    const found = plainRows(lines) ?? [];
    const [names, ...others] = found[0]?.join() === 'sep=,' ? found.slice(1) : found;
    expect(rows).toEqual([names?.map((name) => name.trim()), ...others]);
  },
};

// ---- NumPy

function npy(draw: Draw): Sample<NumericArray> {
  const shape = draw.several(0, 3, () => draw.integer(4));
  const values = Float64Array.from({ length: elementCount(shape) }, () => number(draw));
  const type = draw.of(['<f8', '>f8']);
  const long = draw.once(4) ? 'L' : '';
  const tuple = shape.map((extent) => `${extent}${long}`).join(', ') + (shape.length === 1 ? ',' : '');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${tuple}), }\n`.padStart(70);
  const start = Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}`, 'latin1');
  const body = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => {
    if (type === '<f8') body.writeDoubleLE(value, 8 * i);
    else body.writeDoubleBE(value, 8 * i);
  });
  return { bytes: Buffer.concat([start, body]), value: { shape, values } };
}

const isArray = ({ shape, values }: NumericArray) => {
  expect(values).toHaveLength(elementCount(shape));
  expect(shape.every((extent) => Number.isInteger(extent) && extent >= 0)).toBe(true);
};

const npyReader: FuzzedReader<NumericArray> = {
  write: npy,
  change: (bytes, draw) =>
    draw.once(2)
      ? changeBytes(bytes, draw)
      : Buffer.from(
          changeText(
            Buffer.from(bytes).toString('latin1'),
            ["'", '(', ')', ',', '-', '9'.repeat(30), 'True', '|O', '<f4', '<i8', '{', 'L'],
            draw,
          ),
          'latin1',
        ),
  read: readNpy,
  check: isArray,
};

/** Some archives, of which each is changed many times: to pack them takes longer than to read them. */
const archives = Promise.all(
  Array.from({ length: 50 }, async (_, index): Promise<Sample<NumericArray[]>> => {
    const draw = new Draw(index, 'archives');
    const archive = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
    const arrays = [npy(draw), npy(draw)];
    const level = draw.of([0, 6]);
    for (const [i, { bytes }] of arrays.entries()) {
      await archive.add(`${'Xy'[i]}.npy`, new Uint8ArrayReader(bytes), { level, extendedTimestamp: false });
    }
    return { bytes: await archive.close(), value: arrays.map(({ value }) => value) };
  }),
);

const npz: FuzzedReader<NumericArray[]> = {
  write: async (draw) => draw.of(await archives),
  read: (bytes, file) => readNpz(bytes, file, ['X', 'y']),
  check: (arrays) => arrays.forEach(isArray),
};

// ---- MATLAB

/** A data element; of a small one the content stands in the tag. */
function element(type: number, content: Uint8Array): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(content.length, 4);
  return Buffer.concat([tag, content, Buffer.alloc(type === 15 ? 0 : -content.length & 7)]);
}

function matVariable(name: string, draw: Draw): Sample<NumericArray> {
  const [rows, columns] = [draw.integer(4), 1 + draw.integer(3)];
  const values = Float64Array.from({ length: rows * columns }, () => number(draw));
  const stored = Buffer.alloc(8 * values.length);
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    stored.writeDoubleLE(values[i], 8 * (column * rows + row));
  }
  const content = element(
    14,
    Buffer.concat([
      element(6, Buffer.from(Uint32Array.of(6, 0).buffer)),
      element(5, Buffer.from(Int32Array.of(rows, columns).buffer)),
      element(1, Buffer.from(name)),
      element(9, stored),
    ]),
  );
  const bytes = draw.once(2) ? element(15, deflateSync(content)) : content;
  return { bytes, value: { shape: [rows, columns], values } };
}

const mat: FuzzedReader<NumericArray[]> = {
  write(draw) {
    const [X, other, y] = ['X', 'other', 'y'].map((name) => matVariable(name, draw));
    const header = Buffer.from(`${'MATLAB 5.0 MAT-file'.padEnd(124)}\0\x01IM`, 'latin1');
    return {
      bytes: Buffer.concat([header, other.bytes, X.bytes, y.bytes]),
      value: [X.value, y.value],
    };
  },
  read: (bytes, file) => readMat(bytes, file, ['X', 'y']),
  check: (arrays) => arrays.forEach(isArray),
};

// ---- IDX

const idx: FuzzedReader<{ readonly shape: readonly number[]; readonly values: Uint8Array }> = {
  write(draw) {
    const shape = draw.several(1, 3, () => draw.integer(5));
    const values = Uint8Array.from({ length: elementCount(shape) }, () => draw.integer(256));
    const extents = Buffer.alloc(4 * shape.length);
    for (const [i, extent] of shape.entries()) extents.writeUInt32BE(extent, 4 * i);
    const bytes = Buffer.concat([Uint8Array.of(0, 0, 8, shape.length), extents, values]);
    return { bytes, value: { shape, values } };
  },
  read: readIdx,
  check: ({ shape, values }) => expect(values).toHaveLength(elementCount(shape)),
};

// ---- Images

/** Some images of each format, of which each is changed many times. */
const images = once(() =>
  Promise.all(
    (['png', 'jpeg', 'webp', 'gif', 'tiff'] as const).flatMap((format) =>
      ([1, 3, 4] as const).map(async (channels) => {
        const [width, height] = [9, 7];
        const raw = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i) % 256);
        const bytes = await sharp(raw, { raw: { width, height, channels } }).toFormat(format).toBuffer();
        return { bytes, value: (await readImage(bytes, 'image', [1, 28, 28])).values };
      }),
    ),
  ),
);

const image: FuzzedReader<Uint8Array> = {
  write: async (draw) => draw.of(await images()),
  read: async (bytes, file) => (await readImage(bytes, file, [1, 28, 28])).values,
  check: (values) => expect(values).toHaveLength(784),
};

// ---- Configs

/** Values that keys of a config get, right and wrong. */
const VALUES = [
  '1',
  '0.5',
  '-1',
  '[1, 2]',
  'deep-sad',
  'cardio',
  '{}',
  '[]',
  'null',
  '"1"',
  'true',
  '~',
  '1e400',
  '.nan',
];
const KEYS = [
  'normalClass',
  'pollutionRatio',
  'labeledAnomalyRatio',
  'knownAnomalyClass',
  'seeds',
  'dataset',
  'detectors',
  '__proto__',
  'seed',
];

const yaml: FuzzedReader<unknown> = {
  write(draw) {
    const seeds = draw.several(1, 3, (i) => 1 + 3 * i);
    const ratio = draw.of([0, 0.01, 0.1]);
    const lines = [
      'name: fuzzed',
      'dataset: cardio',
      `seeds: [${seeds.join(', ')}]`,
      `pollutionRatio: ${ratio}`,
      'detectors:',
      '  - { name: deep-sad, eta: [1, 10] }',
      '  - deep-svdd # a comment',
    ];
    const { experiment } = parseConfig(lines.join('\n'), 'x', [], schema);
    return { bytes: TEXT.encode(`${lines.join('\n')}\n`), value: experiment };
  },
  change(bytes, draw) {
    const tokens = [
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a ',
      '*a',
      '!!set ',
      '\n',
      '\t',
      '"',
      "'",
      '|',
      '#',
      '? ',
      '%',
      '<<: ',
    ];
    const text = asText(bytes);
    const lines = text.split('\n');
    if (draw.once(2)) {
      lines[draw.integer(lines.length)] = `${draw.of(KEYS)}: ${draw.of(VALUES)}`;
      return TEXT.encode(lines.join('\n'));
    }
    return TEXT.encode(changeText(text, [...tokens, ...VALUES, ...KEYS], draw));
  },
  read: (bytes, file) => parseConfig(asText(bytes), file, [], schema).experiment,
  // What is read is what it is when it is read again from what it came to.
  check: (experiment) => expect(experiment).toMatchObject({ name: expect.any(String) }),
};

// ---- Time series

const series = (folder: string): FuzzedReader<readonly (readonly number[])[]> => ({
  write(draw) {
    const columns = 1 + draw.integer(3);
    const steps = draw.several(1, 6, () => Array.from({ length: columns }, () => number(draw)));
    const end = draw.of(['\n', '\r\n', '\r']);
    return { bytes: TEXT.encode(steps.map((step) => step.join(',') + end).join('')), value: steps };
  },
  change: (bytes, draw) =>
    draw.once(3)
      ? changeBytes(bytes, draw)
      : TEXT.encode(
          changeText(asText(bytes), [',', '\n', '-', 'e', '0x1', 'nan', '1e400', '"', ' ', ';'], draw),
        ),
  async read(bytes, file) {
    const path = `${folder}/${file}`;
    writeFileSync(path, bytes);
    const steps: (readonly number[])[] = [];
    for await (const { values } of readSteps(path)) steps.push(values);
    return steps;
  },
  check(steps) {
    for (const step of steps) {
      expect(step).toHaveLength(steps[0].length);
      expect(step.every(Number.isFinite)).toBe(true);
    }
  },
});

/** Every reader by its name; `folder` is one to write into. */
export function readers(folder: string): readonly (readonly [name: string, reader: FuzzedReader<never>])[] {
  const all = { csv, npy: npyReader, npz, mat, idx, image, yaml, series: series(folder) };
  return Object.entries(all) as never;
}
