import type { Sharp } from 'sharp';
import { UserError } from '../../errors.js';
import type { ImageShape } from '../dataset.js';

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

/** An image as a network takes it. */
export interface DecodedImage {
  /** Channel by channel, row by row. */
  readonly values: Uint8Array;
  /** The greatest value that an image of 16 bits a channel had; undefined where it had 8. */
  readonly brightest?: number;
}

type Open = (bytes: Uint8Array) => Sharp;

let opening: Promise<Open> | undefined;

/**
 * Decodes an image and resizes it, stretched where its proportions are others: an upright grey or colour (sRGB) image of 8 bits a
 * channel, of which transparent parts lie on black; of 16 bits the upper 8 are kept. The same file gives the same bytes on every machine.
 *
 * @param file what errors call it
 * @throws UserError where the bytes are no image in one of the formats, a damaged one, several (an animation, pages), one of more than
 *   MOST_PIXELS or MOST_SIDE, or one whose pixels are neither of 8 nor of 16 bits without a sign
 */
export async function readImage(bytes: Uint8Array, file: string, shape: ImageShape): Promise<DecodedImage> {
  opening ??= loadSharp();
  const open = await opening;
  try {
    const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    const [, expected] = FORMATS.find(([begin]) => start.startsWith(begin)) ?? [];
    if (expected === undefined) throw new Error('it begins as none of these does');
    const { format, pages = 1, depth, width, height } = await open(bytes).metadata();
    if (format !== expected) throw new Error(`it is ${format}`);
    if (pages > 1) throw new Error(`it holds ${pages} images, of which none is told to be taken`);
    if (Math.max(width, height) > MOST_SIDE) throw new Error(`it is ${width} × ${height} pixels`);
    if (depth !== 'uchar' && depth !== 'ushort') {
      throw new UserError(
        `${file}: expected pixels of 8 or 16 bits, found ${OTHER_NUMBERS.get(depth) ?? depth}; save the image with values from 0 to 255, or from 0 to 65535`,
      );
    }
    return {
      values: planes(await pixels(open(bytes), shape), shape),
      ...(depth === 'ushort' && { brightest: await brightestOf(open(bytes)) }),
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const [reason] = (error as Error).message.trim().split('\n');
    throw new UserError(
      `${file}: expected an undamaged PNG, JPEG, WebP, GIF or TIFF image (${reason}); replace the file or take it away`,
    );
  }
}

async function brightestOf(image: Sharp): Promise<number> {
  const { channels, isOpaque } = await image.stats();
  const colours = isOpaque || channels.length % 2 === 1 ? channels : channels.slice(0, -1);
  return Math.max(...colours.map(({ max }) => max));
}

/** What images of 12 bits reach in 16. */
const BARELY_USED = 2 ** 12;

/** Watches over how much of their 16 bits the images of a set use. */
export class DepthWatch {
  private count = 0;
  private brightest = 0;

  see({ brightest }: DecodedImage): void {
    if (brightest === undefined) return;
    this.count++;
    this.brightest = Math.max(this.brightest, brightest);
  }

  /** What to say of a set of images where they use so little that they become nearly black. */
  notices(set: string): string[] {
    if (this.count === 0 || this.brightest >= BARELY_USED) return [];
    return [
      `${set}: images of 16 bits (${this.count}) stay at ${this.brightest} or below, as those of 10 or 12 bits do, and become ` +
        'nearly black; scale them to 65535',
    ];
  }
}

async function loadSharp(): Promise<Open> {
  const { default: sharp } = await import('sharp').catch((error: Error) => {
    throw new UserError(
      `images cannot be read on this machine: ${error.message}\nInstall deepsad again without --omit=optional`,
    );
  });
  sharp.simd(false); // Resizing in whole numbers, one by one, is the same on every processor.
  return (bytes) => sharp(bytes, { failOn: 'warning', autoOrient: true, limitInputPixels: MOST_PIXELS });
}

function pixels(image: Sharp, [channels, height, width]: ImageShape): Promise<Buffer> {
  return image
    .flatten({ background: 'black' })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer();
}

/** Takes interleaved channels apart. */
function planes(interleaved: Uint8Array, [channels, height, width]: ImageShape): Uint8Array {
  const size = height * width;
  if (interleaved.length !== channels * size) {
    throw new Error(`${interleaved.length / size} channels, where ${channels} were asked for`);
  }
  const separate = new Uint8Array(interleaved.length);
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < channels; c++) separate[c * size + i] = interleaved[i * channels + c];
  }
  return separate;
}
