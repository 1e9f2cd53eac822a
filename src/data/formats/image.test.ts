import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { randomStream } from '../../random.js';
import type { ImageShape } from '../dataset.js';
import { DATA_FOLDER, HAS_DATA, WHY_SKIPPED } from '../testing/data-folder.js';
import { DepthWatch, readImage } from './image.js';
import { greyOf } from './luminance.js';
import { fixture } from './testing/fixtures.js';
import { linearGreyProfile } from './testing/grey-profile.js';
import { tiff } from './testing/tiff.js';

const GREY: ImageShape = [1, 28, 28];
const COLOUR: ImageShape = [3, 32, 32];

/** An image of interleaved values, as a pipeline that can encode it. */
function image(width: number, height: number, channels: 1 | 2 | 3 | 4, values: (i: number) => number) {
  const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => values(i));
  return sharp(pixels, { raw: { width, height, channels } });
}

const red = () => image(40, 30, 3, (i) => (i % 3 === 0 ? 255 : 0));

async function read(bytes: Uint8Array, file: string, shape: ImageShape): Promise<Uint8Array> {
  return (await readImage(bytes, file, shape)).values;
}

/** A PNG with an animation control chunk that counts so many images behind its header. */
function animated(png: Buffer, images: number): Buffer {
  const [chunk, afterHeader] = [Buffer.alloc(20), 33];
  chunk.writeUInt32BE(8);
  chunk.write('acTL', 4, 'latin1');
  chunk.writeUInt32BE(images, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 16)), 16);
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}

/** A PNG of 16 bits a channel, of pixels that are all the same. */
function deep(...pixel: readonly number[]): Promise<Buffer> {
  const channels = pixel.length as 1 | 2 | 3 | 4;
  const pixels = Uint16Array.from({ length: 400 * channels }, (_, i) => pixel[i % channels]);
  return sharp(pixels, { raw: { width: 20, height: 20, channels } })
    .toColourspace(channels < 3 ? 'grey16' : 'rgb16')
    .png()
    .toBuffer();
}

describe('images of 16 bits', () => {
  const watched = async (...pixels: readonly (readonly number[])[]) => {
    const watch = new DepthWatch();
    for (const pixel of pixels) watch.see(await readImage(await deep(...pixel), 'x.png', GREY));
    return watch.notices('scans');
  };

  test.each([
    ['grey', [4095], [7]],
    ['colour', [7, 4095, 7], [7, 7, 7]],
    ['grey with transparency', [4095, 65535], [7, 30000]],
    ['colour with transparency', [7, 4095, 7, 65535], [7, 7, 7, 30000]],
  ])('of which none uses more than 12 are said: %s', async (_, one, other) => {
    expect(await watched(one, other)).toEqual([
      'scans: images of 16 bits (2) stay at 4095 or below, as those of 10 or 12 bits do, and become nearly black; scale them to 65535',
    ]);
  });

  test('of which one does are not, nor are those of 8', async () => {
    expect(await watched([7], [4096])).toEqual([]);
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

  const ORANGE = [200, 100, 50] as const;
  const even = (...pixel: readonly number[]) => {
    const channels = pixel.length as 1 | 2 | 3 | 4;
    return image(20, 20, channels, (i) => pixel[i % channels]);
  };
  const inDisplayP3 = (pixels: Sharp) => pixels.withIccProfile('p3').png().toBuffer();

  // Each gives the colour named, to within the number of the last column where its format or space rounds.
  test.each([
    ['grey', even(90).png().toBuffer(), [90, 90, 90], 0],
    ['grey of 16 bits', deep(200 << 8), [200, 200, 200], 0],
    ['grey of 16 bits, rounded down', deep((200 << 8) + 255), [200, 200, 200], 0],
    ['grey with transparency', even(200, 128).png().toBuffer(), [100, 100, 100], 0],
    ['grey of 16 bits with transparency', deep(200 << 8, 128 << 8), [100, 100, 100], 0],
    [
      'colour',
      even(...ORANGE)
        .png()
        .toBuffer(),
      ORANGE,
      0,
    ],
    ['colour of 16 bits', deep(200 << 8, 100 << 8, 50 << 8), ORANGE, 0],
    ['colour of 16 bits, rounded down', deep((200 << 8) + 255, (100 << 8) + 255, 50 << 8), ORANGE, 0],
    [
      'transparency',
      even(...ORANGE, 128)
        .png()
        .toBuffer(),
      [100, 50, 25],
      0,
    ],
    ['transparency of 16 bits', deep(200 << 8, 100 << 8, 50 << 8, 128 << 8), [100, 50, 25], 0],
    [
      'a palette',
      even(...ORANGE)
        .png({ palette: true })
        .toBuffer(),
      ORANGE,
      0,
    ],
    ['a grey JPEG', even(90).jpeg().toBuffer(), [90, 90, 90], 0],
    [
      'a JPEG',
      even(...ORANGE)
        .jpeg()
        .toBuffer(),
      ORANGE,
      2,
    ],
    [
      'WebP',
      even(...ORANGE)
        .webp({ lossless: true })
        .toBuffer(),
      ORANGE,
      0,
    ],
    [
      'GIF',
      even(...ORANGE)
        .gif()
        .toBuffer(),
      ORANGE,
      0,
    ],
    [
      'TIFF',
      even(...ORANGE)
        .tiff({ compression: 'lzw' })
        .toBuffer(),
      ORANGE,
      0,
    ],
    ['a TIFF whose white is 0', tiff({ pixel: [55], photometric: 0 }), [200, 200, 200], 0],
    ['a profile of wider colours', inDisplayP3(even(...ORANGE)), ORANGE, 2],
    ['such a profile of 16 bits', inDisplayP3(even(...ORANGE).toColourspace('rgb16')), ORANGE, 2],
    ['a profile of grey', tiff({ pixel: [100], profile: linearGreyProfile() }), [168, 168, 168], 0],
    [
      'a profile of grey of 16 bits',
      tiff({ pixel: [25700], depth: 'ushort', profile: linearGreyProfile() }),
      [168, 168, 168],
      1,
    ],
    [
      'a profile of grey beside colours',
      tiff({ pixel: ORANGE, photometric: 2, profile: linearGreyProfile() }),
      ORANGE,
      0,
    ],
    ['a damaged profile', tiff({ pixel: ORANGE, photometric: 2, profile: Buffer.alloc(200, 1) }), ORANGE, 0],
    [
      'inks',
      even(...ORANGE)
        .toColourspace('cmyk')
        .jpeg()
        .toBuffer(),
      ORANGE,
      15,
    ],
  ] as const)('%s', async (_, encoded, colour, error) => {
    const file = await encoded;
    const [red, green, blue] = colour;
    for (const [shape, expected] of [
      [GREY, [greyOf(red, green, blue)]],
      [COLOUR, colour],
    ] as const) {
      const decoded = await read(file, 'even', shape);
      const size = shape[1] * shape[2];
      expect(decoded).toHaveLength(expected.length * size);
      const errors = Array.from(decoded, (value, i) => Math.abs(value - expected[Math.floor(i / size)]));
      expect(Math.max(...errors)).toBeLessThanOrEqual(error);
    }
  });

  test('every value of grey, of 8 and of 16 bits, as it is', async () => {
    const ramp = Array.from({ length: 784 }, (_, i) => i % 256);
    const shallow = image(28, 28, 1, (i) => ramp[i]).png();
    const shifted = sharp(
      Uint16Array.from(ramp, (value) => value << 8),
      {
        raw: { width: 28, height: 28, channels: 1 },
      },
    );
    for (const encoded of [shallow, shifted.toColourspace('grey16').png()]) {
      expect([...(await read(await encoded.toBuffer(), 'ramp', GREY))]).toEqual(ramp);
    }
  });

  test.each([40, 113, 200, 500])('a JPEG that is %i pixels wide at its full size', async (side) => {
    const random = randomStream(1, `${side}`);
    const jpeg = await image(side, side, 3, () => random.uniform(0, 256))
      .jpeg()
      .toBuffer();
    const png = await sharp(jpeg).png().toBuffer();
    for (const shape of [GREY, COLOUR]) {
      expect(await read(jpeg, 'x.jpg', shape)).toEqual(await read(png, 'x.png', shape));
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

describe('resizes about the centre', () => {
  const SIDES = [1, 2, 3, 8, 14, 16, 20, 27, 28, 29, 56, 100, 112, 113, 200, 333, 1000];

  test.each(SIDES)('a mirrored image of %i pixels to a mirrored one', async (side) => {
    const random = randomStream(1, `${side}`);
    const half = Array.from({ length: Math.ceil(side / 2) }, () => random.uniform(0, 256));
    const line = Array.from({ length: side }, (_, i) => half[Math.min(i, side - 1 - i)]);
    const across = image(side, 30, 1, (i) => line[i % side]).png();
    const down = image(30, side, 1, (i) => line[Math.floor(i / 30)]).png();
    const row = (await read(await across.toBuffer(), 'across', GREY)).slice(0, 28);
    const column = (await read(await down.toBuffer(), 'down', GREY)).filter((_, i) => i % 28 === 0);
    expect([...row].reverse()).toEqual([...row]);
    expect(column).toEqual(row);
  });

  test.each(SIDES)('a bright spot of an image of %i pixels to where it was', async (side) => {
    const [from, to] = [Math.floor(side / 3), Math.floor(side / 3) + Math.ceil(side / 14)];
    const spot = image(side, side, 1, (i) => (i % side >= from && i % side < to ? 255 : 0)).png();
    const row = (await read(await spot.toBuffer(), 'spot', GREY)).slice(0, 28);
    const mass = row.reduce((sum, value) => sum + value, 0);
    const centre = row.reduce((sum, value, i) => sum + value * (i + 0.5), 0) / mass;
    expect(Math.abs(centre / 28 - (from + to) / 2 / side)).toBeLessThan(0.1 / 28);
  });
});

describe('gives the same bytes on every machine', () => {
  // A decoder or resizer that does otherwise makes other results of the same files: that has to show.
  test.each([
    ['grey', GREY, 'fcf47febfcbc9276ae8656d66f79a3fcf0d500a4ca6a28a61d07d3b8d2967f17'],
    ['colour', COLOUR, '42b9d98938df6e381840606970edc2a91782a985572389e3fa983a134ee4a0dc'],
  ] as const)('a JPEG to %s', async (_, shape, expected) => {
    expect(hash('sha256', await read(fixture('wave.jpg'), 'wave.jpg', shape))).toBe(expected);
  });

  test('a PNG', async () => {
    const encoded = await image(113, 87, 3, (i) => Math.floor((i * i) / 3) % 256)
      .png()
      .toBuffer();
    expect(hash('sha256', await read(encoded, 'wave.png', COLOUR))).toBe(
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
    expect(hash('sha256', Buffer.concat(images))).toBe(
      '582d754900de6f314e19b8bbfa1082d155e3f1abebbb6ee61f6cba8931b7264d',
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
    await expect(read(tiff({ depth }), 'x.tif', GREY)).rejects.toThrow(
      `x.tif: expected pixels of 8 or 16 bits, found ${found}; save the image with values from 0 to 255`,
    );
  });

  test.each([
    ['grey and another', { pixel: [200, 60] }],
    ['of 16 bits', { pixel: [51400, 15420], depth: 'ushort' }],
    ['two beside grey', { pixel: [200, 100, 50] }],
    ['two beside grey, of which the last is full', { pixel: [200, 60, 255] }],
    ['near infrared', { pixel: [200, 100, 50, 0], photometric: 2 }],
    ['two beside colours', { pixel: [200, 100, 50, 60, 255], photometric: 2 }],
  ] as const)('a TIFF with channels that may be anything: %s', async (_, image) => {
    for (const shape of [GREY, COLOUR]) {
      await expect(read(tiff(image), 'x.tif', shape)).rejects.toThrow(
        'x.tif: expected grey or colour alone, found further channels, which may be transparency or anything else; ' +
          'save the image without them, or as PNG where they are transparency',
      );
    }
  });

  test('a TIFF with transparency, but not one that is opaque', async () => {
    const written = (alpha: number) =>
      image(20, 20, 4, (i) => (i % 4 < 3 ? 90 : alpha))
        .tiff({ compression: 'lzw' })
        .toBuffer();
    await expect(read(await written(254), 'x.tif', COLOUR)).rejects.toThrow('x.tif: expected grey or colour');
    expect(new Set(await read(await written(255), 'x.tif', COLOUR))).toEqual(new Set([90]));
    const opaque = tiff({ pixel: [51400, 65535], depth: 'ushort' });
    expect(new Set(await read(opaque, 'x.tif', COLOUR))).toEqual(new Set([200]));
  });

  test('more pixels than are ever decoded', async () => {
    const wide = tiff({ width: 20_000, height: 6_000 });
    await expect(read(wide, 'x.tif', GREY)).rejects.toThrow('Input image exceeds pixel limit');
    const long = tiff({ width: 20_000_000, height: 1 });
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
    const [still] = await Promise.all(frames);
    await expect(read(animated(still, 2), 'moving.png', GREY)).rejects.toThrow('it holds 2 images');
    expect(await read(animated(still, 1), 'still.png', GREY)).toEqual(await read(still, 'still.png', GREY));
  });
});
