import type { CreateRaw, Metadata, Sharp } from 'sharp';
import { UserError } from '../../errors.js';
import type { ImageShape } from '../dataset.js';
import { greyOf } from './luminance.js';
import { resizeStages, type Size } from './resize-stages.js';

/** The extensions of image files, in lower case. */
export const IMAGE_EXTENSIONS = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff'] as const;

/** How the files of these formats begin, and what the library calls them. Nothing else reaches its decoders. */
const FORMATS: readonly (readonly [start: string, name: string])[] = [
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['\xff\xd8\xff', 'jpeg'],
  ['RIFF', 'webp'],
  ['GIF8', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['II+\0', 'tiff'],
  ['MM\0+', 'tiff'],
];

/** The bytes before the chunks of a PNG, each of which has its length, its type, its content and a checksum. */
const PNG_SIGNATURE = 8;

/** The library's names of numbers that are neither from 0 to 255 nor from 0 to 65535, and ours. */
const OTHER_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['char', 'signed numbers of 8 bits'],
  ['short', 'signed numbers of 16 bits'],
  ['int', 'signed numbers of 32 bits'],
  ['uint', 'numbers of 32 bits'],
  ['float', 'floating-point numbers'],
]);

/** The most pixels of an image, and of a side: the library resizes none by more. */
const [MOST_PIXELS, MOST_SIDE] = [1e8, 1e6];

type Depth = 8 | 16;

/** An image as a network takes it. */
export interface DecodedImage {
  /** Channel by channel, row by row. */
  readonly values: Uint8Array;
  /** The bits that a value of the file had. */
  readonly depth: Depth;
  /** The greatest value: of 8 bits as the network takes it, of 16 as the file had it. */
  readonly brightest: number;
}

/** Opens a file, or pixels as they are. */
type Open = (bytes: Uint8Array, raw?: CreateRaw) => Sharp;

let opening: Promise<Open> | undefined;

/**
 * Decodes an image and resizes it, stretched where its proportions are others: an upright grey or colour (sRGB) image of 8 bits a
 * channel, of which transparent parts lie on black; of 16 bits the upper 8 are kept. The same file gives the same bytes on every machine,
 * where neither a profile nor inks have to be converted.
 *
 * @param file what errors call it
 * @throws UserError where the bytes are no image in one of the formats, a damaged one, several (an animation, pages), one of more than
 *   MOST_PIXELS or MOST_SIDE, one whose pixels are neither of 8 nor of 16 bits without a sign, or one that has channels of unclear meaning
 */
export async function readImage(bytes: Uint8Array, file: string, shape: ImageShape): Promise<DecodedImage> {
  opening ??= loadSharp();
  const open = await opening;
  try {
    const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    const [, expected] = FORMATS.find(([begin]) => start.startsWith(begin)) ?? [];
    if (expected === undefined) throw new Error('it begins as none of these does');
    const metadata = await open(bytes).metadata();
    const { format, depth, width, height, autoOrient: upright } = metadata;
    if (format !== expected) throw new Error(`it is ${format}`);
    const pages = format === 'png' ? framesOfPng(bytes) : (metadata.pages ?? 1);
    if (pages > 1) throw new Error(`it holds ${pages} images, of which none is told to be taken`);
    if (Math.max(width, height) > MOST_SIDE) throw new Error(`it is ${width} × ${height} pixels`);
    if (depth !== 'uchar' && depth !== 'ushort') {
      throw new UserError(
        `${file}: expected pixels of 8 or 16 bits, found ${OTHER_NUMBERS.get(depth) ?? depth}; save the image with values from 0 to 255, or from 0 to 65535`,
      );
    }
    if (format === 'tiff' && (await hasUnclearChannels(open(bytes), metadata))) {
      throw new UserError(
        `${file}: expected grey or colour alone, found further channels, which may be transparency or anything else; save the image without them, or as PNG where they are transparency`,
      );
    }
    const values = planes(await resized(colours(open(bytes), metadata), upright, shape, open), shape);
    return depth === 'ushort'
      ? { values, depth: 16, brightest: await brightestOf(open(bytes), metadata) }
      : { values, depth: 8, brightest: Math.max(...values) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    // The decoder's own words on a header are cut off: it has one log for all images that are read at a time, and which come first is chance.
    const [reason] = (error as Error).message.trim().split(/\n|(?<=corrupt header): /);
    throw new UserError(
      `${file}: expected an undamaged PNG, JPEG, WebP, GIF or TIFF image (${reason}); replace the file or take it away`,
    );
  }
}

/**
 * How many images a PNG holds: those that an animation control chunk counts (acTL, in PNG's third edition before the pixels), of which the
 * library knows nothing, or one.
 */
function framesOfPng(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG_SIGNATURE; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    if (type === 'acTL') return view.getUint32(at + 8);
    if (type === 'IDAT') break;
  }
  return 1;
}

/**
 * Whether an image has channels beside its colours, of which the library takes one for transparency whatever it is. A single one of
 * full values changes nothing as transparency, and is none of these.
 */
async function hasUnclearChannels(image: Sharp, { space, channels }: Metadata): Promise<boolean> {
  const colours = isGrey(space) ? 1 : space === 'cmyk' ? 4 : 3;
  return channels > colours + 1 || (channels > colours && !(await image.stats()).isOpaque);
}

function isGrey(space: string): boolean {
  return space === 'b-w' || space === 'grey16';
}

async function brightestOf(image: Sharp, { hasAlpha }: Metadata): Promise<number> {
  const { channels } = await image.stats();
  const colours = hasAlpha ? channels.slice(0, -1) : channels;
  return Math.max(...colours.map(({ max }) => max));
}

/** By the bits of a value, what it reaches where a sixteenth of them is used, how such images come about and what mends them. */
const BARELY_USED: Readonly<Record<Depth, readonly [least: number, like: string, remedy: string]>> = {
  8: [2 ** 4, 'as those of 0 and 1 do, and are nearly black', 'scale them to 255'],
  16: [2 ** 12, 'as those of 10 or 12 bits do, and become nearly black', 'scale them to 65535'],
};

/** Watches over how much of their bits the images of a set use. */
export class DepthWatch {
  /** Of the images of each depth how many there are, and the greatest value. */
  private readonly seen = new Map<Depth, { readonly count: number; readonly brightest: number }>();

  see({ depth, brightest }: DecodedImage): void {
    const known = this.seen.get(depth) ?? { count: 0, brightest: 0 };
    this.seen.set(depth, { count: known.count + 1, brightest: Math.max(known.brightest, brightest) });
  }

  /** What to say of a set of images where those of a depth use so little that they are nearly black. */
  notices(set: string): string[] {
    return [...this.seen].flatMap(([depth, { count, brightest }]) => {
      const [least, like, remedy] = BARELY_USED[depth];
      return brightest >= least
        ? []
        : [`${set}: images of ${depth} bits (${count}) stay at ${brightest} or below, ${like}; ${remedy}`];
    });
  }
}

async function loadSharp(): Promise<Open> {
  const { default: sharp } = await import('sharp').catch((error: Error) => {
    throw new UserError(
      `images cannot be read on this machine: ${error.message}\nInstall deepsad again without --omit=optional`,
    );
  });
  sharp.simd(false); // Resizing in whole numbers, one by one, is the same on every processor.
  return (bytes, raw) =>
    sharp(bytes, { raw, failOn: 'warning', autoOrient: true, limitInputPixels: MOST_PIXELS });
}

/** The upright colours of an image, in sRGB of 8 bits a channel, on black where it is transparent. */
function colours(image: Sharp, { space, hasProfile }: Metadata): Sharp {
  // What follows is computed in this space. Where none is named, colours of 16 bits become those of another, and a large JPEG is not
  // decoded at its full size. A profile of grey is passed over where there are three channels.
  return image
    .pipelineColourspace(isGrey(space) && hasProfile ? 'b-w' : 'srgb')
    .flatten({ background: 'black' })
    .toColourspace('srgb');
}

async function resized(
  colours: Sharp,
  size: Size,
  [, height, width]: ImageShape,
  open: Open,
): Promise<Uint8Array> {
  let image = colours;
  let pixels = new Uint8Array();
  for (const { kernel, ...stage } of resizeStages(size, { width, height })) {
    const resizing = image.resize({ ...stage, kernel, fit: 'fill' }).raw({ depth: 'uchar' });
    const { data, info } = await resizing.toBuffer({ resolveWithObject: true });
    pixels = data;
    image = open(data, info);
  }
  return pixels;
}

/** Takes the channels of colours apart, or makes one of grey of them. */
function planes(interleaved: Uint8Array, [channels, height, width]: ImageShape): Uint8Array {
  const size = height * width;
  if (interleaved.length !== 3 * size) throw new Error(`${interleaved.length / size} channels`);
  const values = new Uint8Array(channels * size);
  for (let i = 0; i < size; i++) {
    const colour = interleaved.subarray(3 * i, 3 * i + 3);
    if (channels === 1) values[i] = greyOf(colour[0], colour[1], colour[2]);
    else for (let c = 0; c < 3; c++) values[c * size + i] = colour[c];
  }
  return values;
}
