import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { ImageShape } from '../dataset.js';
import { DATA_FOLDER, HAS_DATA, WHY_SKIPPED } from '../testing/data-folder.js';
import { DepthWatch, readImage } from './image.js';
import { fixture } from './testing/fixtures.js';

const GREY: ImageShape = [1, 28, 28];
const COLOUR: ImageShape = [3, 32, 32];

/** An image of interleaved values, as a pipeline that can encode it. */
function image(width: number, height: number, channels: 1 | 2 | 3 | 4, values: (i: number) => number) {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => values(i));
  return sharp(pixels, { raw: { width, height, channels } });
}

const red = () => image(40, 30, 3, (i) => (i % 3 === 0 ? 255 : 0));

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function read(bytes: Uint8Array, file: string, shape: ImageShape): Promise<Uint8Array> {
  return (await readImage(bytes, file, shape)).values;
}

/** How TIFF numbers the kinds of numbers: without a sign, with one, floating-point. */
const SAMPLE_FORMATS = { u: 1, i: 2, f: 3 };

/** A grey TIFF with 4 × 4 pixels of some kind of numbers, all 0, that may say other extents. */
function tiff(depth: 'byte' | 'uint' | 'int' | 'short' | 'char' | 'float', width = 4, height = 4): Buffer {
  const [format, bits] = {
    byte: [SAMPLE_FORMATS.u, 8],
    uint: [SAMPLE_FORMATS.u, 32],
    int: [SAMPLE_FORMATS.i, 32],
    short: [SAMPLE_FORMATS.i, 16],
    char: [SAMPLE_FORMATS.i, 8],
    float: [SAMPLE_FORMATS.f, 32],
  }[depth];
  const pixels = Buffer.alloc((16 * bits) / 8);
  const tags = [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, height],
    [279, pixels.length],
    [339, format],
  ];
  const head = Buffer.from('II*\0');
  const offset = Buffer.alloc(4);
  offset.writeUInt32LE(8 + pixels.length);
  const count = Buffer.alloc(2);
  count.writeUInt16LE(tags.length);
  const entries = tags.map(([tag, value]) => {
    const entry = Buffer.alloc(12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(4, 2);
    entry.writeUInt32LE(1, 4);
    entry.writeUInt32LE(value, 8);
    return entry;
  });
  return Buffer.concat([head, offset, pixels, count, ...entries, Buffer.alloc(4)]);
}

/** A grey PNG of 16 bits a channel. */
function deep(value: number): Promise<Buffer> {
  const pixels = new Uint16Array(400).fill(value);
  return sharp(pixels, { raw: { width: 20, height: 20, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
}

describe('images of 16 bits', () => {
  const watched = async (...values: readonly number[]) => {
    const watch = new DepthWatch();
    for (const value of values) watch.see(await readImage(await deep(value), 'x.png', GREY));
    return watch.notices('scans');
  };

  test('of which none uses more than 12 are said', async () => {
    expect(await watched(4095, 7)).toEqual([
      'scans: images of 16 bits (2) stay at 4095 or below, as those of 10 or 12 bits do, and become nearly black; scale them to 65535',
    ]);
  });

  test('of which one does are not, nor are those of 8', async () => {
    expect(await watched(7, 4096)).toEqual([]);
    const watch = new DepthWatch();
    watch.see(await readImage(await red().png().toBuffer(), 'x.png', GREY));
    expect(watch.notices('scans')).toEqual([]);
  });
});

test('images of 8 bits of which none is brighter than a sixteenth are said', async () => {
  const watched = async (...values: readonly number[]) => {
    const watch = new DepthWatch();
    for (const value of values) {
      const image = sharp(Buffer.alloc(400, value), { raw: { width: 20, height: 20, channels: 1 } });
      watch.see(await readImage(await image.png().toBuffer(), 'x.png', GREY));
    }
    return watch.notices('masks');
  };
  expect(await watched(0, 1)).toEqual([
    'masks: images of 8 bits (2) stay at 1 or below, as those of 0 and 1 do, and are nearly black; scale them to 255',
  ]);
  expect(await watched(0, 16)).toEqual([]);
});

describe('decodes', () => {
  test('channel by channel', async () => {
    const decoded = await read(await red().png().toBuffer(), 'red.png', COLOUR);
    expect(decoded).toEqual(Uint8Array.from({ length: 3072 }, (_, i) => (i < 1024 ? 255 : 0)));
  });

  test('an image of the same size as it is, row by row', async () => {
    const pattern = image(28, 28, 1, (i) => i % 251);
    const decoded = await read(await pattern.png().toBuffer(), 'pattern.png', GREY);
    expect(decoded).toEqual(Uint8Array.from({ length: 784 }, (_, i) => i % 251));
  });

  test('colour to grey by its luminance', async () => {
    const decoded = await read(await red().png().toBuffer(), 'red.png', GREY);
    expect(new Set(decoded).size).toBe(1);
    // 0.2126 of linear light, in the transfer curve of sRGB: 1.055 · 0.2126^(1/2.4) − 0.055 = 0.498.
    expect(Math.abs(decoded[0] - 127)).toBeLessThanOrEqual(1);
  });

  test.each([
    ['grey', image(20, 20, 1, () => 90).png()],
    [
      '16 bits a channel',
      image(20, 20, 3, () => 90)
        .toColourspace('rgb16')
        .png(),
    ],
    ['a palette', image(20, 20, 3, () => 90).png({ palette: true })],
    ['JPEG', image(20, 20, 3, () => 90).jpeg()],
    ['WebP', image(20, 20, 3, () => 90).webp({ lossless: true })],
    ['GIF', image(20, 20, 3, () => 90).gif()],
    ['TIFF', image(20, 20, 3, () => 90).tiff()],
  ])('%s', async (_, encoded) => {
    for (const shape of [GREY, COLOUR]) {
      const decoded = await read(await encoded.toBuffer(), 'even', shape);
      expect(decoded).toHaveLength(shape[0] * shape[1] * shape[2]);
      // Conversions between colour spaces may round.
      for (const value of decoded) expect(Math.abs(value - 90)).toBeLessThanOrEqual(3);
    }
  });

  test('transparent parts on black', async () => {
    const half = image(32, 32, 4, (i) => (i % 4 < 3 ? 200 : i < 2048 ? 0 : 255));
    const decoded = await read(await half.png().toBuffer(), 'half.png', COLOUR);
    expect(decoded[0]).toBe(0);
    expect(decoded[1023]).toBe(200);
  });

  test('upright, as its orientation says', async () => {
    const topHalf = image(28, 28, 1, (i) => (i < 392 ? 255 : 0));
    const turned = await topHalf.withMetadata({ orientation: 3 }).png().toBuffer();
    const decoded = await read(turned, 'turned.png', GREY);
    expect([decoded[0], decoded[783]]).toEqual([0, 255]);
  });
});

describe('gives the same bytes on every machine', () => {
  // A decoder or resizer that does otherwise makes other results of the same files: that has to show.
  test.each([
    ['grey', GREY, 'cb84b90e83ef05b424aee79dcf07088306373d602e290edae7236d023096a741'],
    ['colour', COLOUR, '42b9d98938df6e381840606970edc2a91782a985572389e3fa983a134ee4a0dc'],
  ] as const)('a JPEG to %s', async (_, shape, expected) => {
    expect(sha256(await read(fixture('wave.jpg'), 'wave.jpg', shape))).toBe(expected);
  });

  test('a PNG', async () => {
    const encoded = await image(113, 87, 3, (i) => Math.floor((i * i) / 3) % 256)
      .png()
      .toBuffer();
    expect(sha256(await read(encoded, 'wave.png', COLOUR))).toBe(
      '79e1362196948bd0120bb871e54b6daa7c520fe9093fcbd4cac33df874d05a62',
    );
  });

  (HAS_DATA ? test : test.skip)(`all images of Head-CT${WHY_SKIPPED}`, async () => {
    const folder = join(DATA_FOLDER, 'head-ct', 'head_ct');
    const images = await Promise.all(
      readdirSync(folder)
        .sort()
        .map((name) => read(readFileSync(join(folder, name)), name, GREY)),
    );
    expect(sha256(Buffer.concat(images))).toBe(
      '927c0f66d4ec0ef6d56e37e0e4a0d527d6b92506133092688aa137dcd6430ebf',
    );
  });
});

describe('refuses', () => {
  const REFUSED = 'expected an undamaged PNG, JPEG, WebP, GIF or TIFF image';

  test.each([
    ['no image', Buffer.from('not an image')],
    ['nothing', Buffer.alloc(0)],
    ['another format', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
  ])('%s', async (_, bytes) => {
    const reading = read(bytes, 'x.png', GREY);
    await expect(reading).rejects.toThrow(`x.png: ${REFUSED}`);
    await expect(reading).rejects.toHaveProperty('name', 'UserError');
  });

  test.each(['png', 'jpeg', 'webp', 'gif', 'tiff'] as const)('a truncated %s', async (format) => {
    const whole = await image(113, 87, 3, (i) => (i * i) % 256)
      .toFormat(format)
      .toBuffer();
    for (const length of [20, Math.floor(whole.length / 2), whole.length - 20]) {
      await expect(read(whole.subarray(0, length), 'cut', GREY)).rejects.toThrow(`cut: ${REFUSED}`);
    }
  });

  test('a PNG with a damaged byte', async () => {
    const bytes = await image(113, 87, 3, (i) => (i * i) % 256)
      .png()
      .toBuffer();
    bytes[bytes.length >> 1] ^= 255;
    await expect(read(bytes, 'damaged.png', GREY)).rejects.toThrow(`damaged.png: ${REFUSED}`);
  });

  test('a format that is not offered, under a name that is, before it is decoded', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await expect(read(svg, 'x.png', GREY)).rejects.toThrow('(it begins as none of these does)');
  });

  test.each([
    ['float', 'floating-point numbers'],
    ['int', 'signed numbers of 32 bits'],
    ['uint', 'numbers of 32 bits'],
    ['short', 'signed numbers of 16 bits'],
    ['char', 'signed numbers of 8 bits'],
  ] as const)('a TIFF of %s', async (depth, found) => {
    await expect(read(tiff(depth), 'x.tif', GREY)).rejects.toThrow(
      `x.tif: expected pixels of 8 or 16 bits, found ${found}; save the image with values from 0 to 255`,
    );
  });

  test('more pixels than are ever decoded', async () => {
    const wide = tiff('byte', 20_000, 6_000);
    await expect(read(wide, 'x.tif', GREY)).rejects.toThrow('Input image exceeds pixel limit');
    const long = tiff('byte', 20_000_000, 1);
    await expect(read(long, 'x.tif', GREY)).rejects.toThrow('it is 20000000 × 1 pixels');
  });

  test('an animation', async () => {
    const frames = [0, 200].map((value) =>
      image(8, 8, 3, () => value)
        .png()
        .toBuffer(),
    );
    const animation = await sharp(await Promise.all(frames), { join: { animated: true } })
      .gif()
      .toBuffer();
    await expect(read(animation, 'moving.gif', GREY)).rejects.toThrow('it holds 2 images');
  });
});
