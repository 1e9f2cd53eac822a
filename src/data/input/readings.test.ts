import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import sharp, { type Raw } from 'sharp';
import { digest } from '../checksum.js';
import { sampleSize } from '../dataset.js';
import { fingerprints } from '../fingerprints.js';
import { fixture } from '../formats/testing/fixtures.js';
import { type InputDescription, readTrainingSet } from './input.js';
import { restoreInput } from './registry.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-readings-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A PNG of a pattern, whose encoding loses nothing. */
function png(width: number, height: number, channels: Raw['channels'], bits: 8 | 16 = 8): Promise<Buffer> {
  const pattern = Array.from({ length: width * height * channels }, (_, i) => Math.floor((i * i) / 3));
  const raw = { raw: { width, height, channels } };
  if (bits === 8) return sharp(Uint8Array.from(pattern), raw).png().toBuffer();
  return sharp(Uint16Array.from(pattern), raw)
    .toColourspace(channels < 3 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer();
}

async function images(network: string): Promise<Case> {
  return {
    description: {
      kind: 'images',
      network,
      labels: { spelling: { normal: [], anomaly: [], unlabeled: [] } },
    },
    files: {
      'colour.jpg': fixture('wave.jpg'),
      'deep-colour.png': await png(40, 30, 3, 16),
      'deep-grey.png': await png(300, 200, 1, 16),
      'grey.png': await png(17, 17, 1),
      'transparent.png': await png(28, 28, 4),
    },
  };
}

async function table(): Promise<Case> {
  const columns = [
    { name: 'length', low: -1, high: 0.3, mean: 0.1 },
    { name: 'same', low: 5, high: 5, mean: 5 },
    { name: 'wood', categories: ['', 'oak', 'pine, dark'] },
    { name: 'place', categories: ['here'] },
  ];
  const rows = [
    'length,place,wood,same',
    ' 0.1 ,here,oak,5',
    ',there,,5.5',
    '-3E-2,here,"pine, dark",',
    '31,here,ash,1e9',
  ];
  return {
    description: { kind: 'table', columns, drop: [], missing: 'fill' },
    files: { 'rows.csv': rows.join('\n') },
  };
}

async function series(): Promise<Case> {
  const steps = Array.from({ length: 11 }, (_, i) => `${i},${(i * i) % 7},3`);
  const machine = { low: [2, 0, 3], high: [9, 6, 3] };
  return {
    description: { kind: 'series', windowLength: 4, stride: 3, machines: { pump: machine, valve: machine } },
    files: { 'pump.txt': steps.join('\n'), 'valve.txt': steps.toReversed().join('\n') },
  };
}

interface Case {
  readonly description: InputDescription;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

// Where a checksum becomes another, the same data become other samples, or fingerprints, than those that models were fitted on: the number of the
// reading is to be raised with it, so that such models are refused.
test.each([
  ['images', () => images('mnist'), 1, 'f859c5823a393c9648d57c80397148c74c3d1f6c0e5ff75ca76916862449da16'],
  ['images', () => images('cifar10'), 1, '724588f8c58049d328b7f3b4d792c49d023974b31aa30220a691fcdf0f7e4719'],
  ['a table', table, 1, 'd9d2bf46c74945cd6dc7af593ac52a8f88f22e7de9274be4ac3e66c149e171c6'],
  ['time series', series, 1, '1559b67965dbff01dcfb34f8e6aaaa6eac624176b5c9d59917c3e6cd809bccbf'],
] as const)(
  '%s: samples are those that the number of the reading stands for',
  async (what, make, reading, expected) => {
    const { description, files } = await make();
    const data = mkdtempSync(path.join(root, description.kind));
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(data, name), content);
    const restored = (reading?: number) => restoreInput({ ...description, reading }, 'model/detector.json');
    const source = description.kind === 'table' ? path.join(data, 'rows.csv') : data;
    const input = restored(reading);
    const { samples } = await readTrainingSet(input, source, { labels: 'ignored', warn: () => undefined });
    const prints = (await input.fingerprints?.(source)) ?? fingerprints(samples, sampleSize(input.shape));
    expect(digest('sha256', [samples, Float64Array.from(prints)])).toBe(expected);

    expect(() => restored(reading + 1)).toThrow(`reading ${reading + 1}`);
    expect(() => restored()).toThrow(
      `model/detector.json: ${what} may have become other samples when the model was fitted (reading none, now ${reading}); fit the model again`,
    );
  },
);
