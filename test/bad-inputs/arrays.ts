import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { fixture } from '../../src/data/formats/testing/fixtures.js';
import { type BadInput, config, type Section } from './bad-input.js';

/** An experiment on a .npz or .mat. */
function arrays(title: string, file: string, content: Uint8Array, label?: string): BadInput {
  return {
    title,
    files: { 'config.yaml': config({ dataset: { file, ...(label && { label }) } }), [file]: content },
    command: ['run', 'config.yaml'],
  };
}

interface ArrayContent {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** NumPy's name of the type that the header claims. */
  readonly type?: string;
}

/** A .npz of float64 arrays. */
async function npz(content: Readonly<Record<string, ArrayContent>>) {
  const archive = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, { shape, values, type = '<f8' }] of Object.entries(content)) {
    const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
    const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${extents}), }`;
    const padded = `${header.padEnd(117)}\n`;
    const start = Buffer.from(
      `\x93NUMPY\x01\x00${String.fromCharCode(padded.length)}\x00${padded}`,
      'latin1',
    );
    const bytes = Buffer.concat([start, Buffer.from(Float64Array.from(values).buffer)]);
    await archive.add(`${name}.npy`, new Uint8ArrayReader(bytes), {
      level: 0,
      lastModDate: new Date(2000, 0),
    });
  }
  return archive.close();
}

function changed(bytes: Uint8Array, text: string, offset: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[copy.indexOf(text) + offset] ^= 0xff;
  return copy;
}

const X = { shape: [2, 2], values: [1, 2, 3, 4] };
const y = { shape: [2], values: [0, 1] };

export const arrayFiles: Section = {
  title: 'NumPy and MATLAB files',
  text: 'The features are in an array `X`, the labels in `y` or the one that `label` names.',
  cases: [
    arrays('no .npz', 'table.npz', Buffer.from('length,state\n1,fine\n')),
    arrays('an .npz that was cut off', 'table.npz', fixture('arrays.npz').subarray(0, 500)),
    arrays('a damaged .npz', 'table.npz', changed(fixture('arrays.npz'), 'X.npy', 5 + 20 + 150)),
    arrays('a .npz without labels', 'table.npz', await npz({ X })),
    arrays('an array of Python objects', 'table.npz', await npz({ X, y: { ...y, type: '|O' } })),
    arrays('labels that are texts', 'table.npz', await npz({ X, y: { ...y, type: '<U5' } })),
    arrays(
      'an array without end',
      'table.npz',
      await npz({ X: { shape: [99_999, 99_999], values: [1] }, y }),
    ),
    arrays(
      'another length than the shape says',
      'table.npz',
      await npz({ X: { shape: [2, 2], values: [1, 2, 3] }, y }),
    ),
    arrays("a text file of Octave's", 'table.mat', Buffer.from('# Created by Octave 8.4.0\n# name: X\n')),
    arrays('labels of another length', 'table.npz', await npz({ X, y: { shape: [3], values: [0, 1, 0] } })),
    arrays(
      'features that are no matrix',
      'table.npz',
      await npz({ X: { shape: [4], values: [1, 2, 3, 4] }, y }),
    ),
    arrays(
      'a feature that is NaN',
      'table.npz',
      await npz({ X: { shape: [2, 2], values: [1, 2, Number.NaN, 4] }, y }),
    ),
    arrays('no .mat', 'table.mat', Buffer.from('length,state\n1,fine\n')),
    arrays('a .mat that was cut off', 'table.mat', fixture('arrays.mat').subarray(0, 250)),
    arrays('a .mat without the label array', 'table.mat', fixture('arrays.mat'), 'labels'),
    arrays('a .mat without the features', 'table.mat', fixture('compressed.mat')),
  ],
};
