import type { Sharp } from 'sharp';
import { UserError } from '../../errors.js';
import type { ImageShape } from '../dataset.js';

/** The extensions of image files, in lower case. */
export const IMAGE_EXTENSIONS = ['.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.tiff'] as const;

/** What the library calls the formats of these files. */
const FORMATS = ['png', 'jpeg', 'webp', 'gif', 'tiff'];

type Open = (bytes: Uint8Array) => Sharp;

let opening: Promise<Open> | undefined;

/**
 * Decodes an image and resizes it, stretched where its proportions are others: an upright grey or colour (sRGB) image of 8 bits a
 * channel, of which transparent parts lie on black. The same file gives the same bytes on every machine.
 *
 * @param file what errors call it
 * @returns channel by channel, row by row
 * @throws UserError where the bytes are no image in one of the formats, a damaged one, or several (an animation, pages)
 */
export async function readImage(bytes: Uint8Array, file: string, shape: ImageShape): Promise<Uint8Array> {
  opening ??= loadSharp();
  const open = await opening;
  try {
    const { format, pages = 1 } = await open(bytes).metadata();
    if (!FORMATS.includes(format)) throw new Error(`it is ${format}`);
    if (pages > 1) throw new Error(`it holds ${pages} images, of which none is told to be taken`);
    return planes(await pixels(open(bytes), shape), shape);
  } catch (error) {
    const [reason] = (error as Error).message.trim().split('\n');
    throw new UserError(
      `${file}: expected an undamaged PNG, JPEG, WebP, GIF or TIFF image (${reason}); replace the file or take it away`,
    );
  }
}

async function loadSharp(): Promise<Open> {
  const { default: sharp } = await import('sharp').catch((error: Error) => {
    throw new UserError(
      `images cannot be read on this machine: ${error.message}\nInstall deepsad again without --omit=optional`,
    );
  });
  sharp.simd(false); // Resizing in whole numbers, one by one, is the same on every processor.
  return (bytes) => sharp(bytes, { failOn: 'warning', autoOrient: true });
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
