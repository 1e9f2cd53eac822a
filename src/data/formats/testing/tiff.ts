/** How TIFF numbers the kinds of numbers: without a sign, with one, floating-point. */
const SAMPLE_FORMATS = { u: 1, i: 2, f: 3 };

/** The kinds of numbers of pixels, and the bits of each. */
const DEPTHS = {
  byte: [SAMPLE_FORMATS.u, 8],
  ushort: [SAMPLE_FORMATS.u, 16],
  uint: [SAMPLE_FORMATS.u, 32],
  int: [SAMPLE_FORMATS.i, 32],
  short: [SAMPLE_FORMATS.i, 16],
  char: [SAMPLE_FORMATS.i, 8],
  float: [SAMPLE_FORMATS.f, 32],
} as const;

/** A TIFF that is to be written; 4 × 4 grey pixels of a byte by default. */
interface Tiff {
  readonly depth?: keyof typeof DEPTHS;
  /** What the file says of its sides, whatever its pixels are. */
  readonly width?: number;
  readonly height?: number;
  /** The values of each pixel's channels; a single 0 by default. */
  readonly pixel?: readonly number[];
  /** TIFF's number of the meaning of the first channels: 0 white is 0, 1 black is 0, 2 colours. */
  readonly photometric?: number;
  /** A colour profile. */
  readonly profile?: Uint8Array;
}

/** Writes a TIFF whose pixels are all the same; channels past those of the photometric meaning are of no stated kind. */
export function tiff({
  depth = 'byte',
  width = 4,
  height = 4,
  pixel = [0],
  photometric = 1,
  profile,
}: Tiff): Buffer {
  const [format, bits] = DEPTHS[depth];
  const pixels = Buffer.alloc((16 * pixel.length * bits) / 8);
  for (let i = 0; i < 16 * pixel.length; i++) {
    if (bits === 8) pixels.writeUInt8(pixel[i % pixel.length], i);
    else if (bits === 16) pixels.writeUInt16LE(pixel[i % pixel.length], 2 * i);
  }
  const extra = pixel.length - (photometric === 2 ? 3 : 1);
  const fields: (readonly [tag: number, values: readonly number[] | Uint8Array])[] = [
    [256, [width]],
    [257, [height]],
    [258, pixel.map(() => bits)],
    [259, [1]],
    [262, [photometric]],
    [273, [8]],
    [277, [pixel.length]],
    [278, [height]],
    [279, [pixels.length]],
    ...(extra > 0 ? [[338, new Array<number>(extra).fill(0)] as const] : []),
    [339, pixel.map(() => format)],
    ...(profile ? [[34675, profile] as const] : []),
  ];
  const directory = 8 + pixels.length;
  let free = directory + 2 + 12 * fields.length + 4;
  const apart: Buffer[] = [];
  const entries = fields.map(([tag, values]) => {
    const isBytes = values instanceof Uint8Array;
    const bytes = isBytes ? Buffer.from(values) : Buffer.from(Uint32Array.from(values).buffer);
    const entry = Buffer.alloc(12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(isBytes ? 7 : 4, 2);
    entry.writeUInt32LE(values.length, 4);
    if (bytes.length <= 4) bytes.copy(entry, 8);
    else {
      entry.writeUInt32LE(free, 8);
      apart.push(bytes);
      free += bytes.length;
    }
    return entry;
  });
  const head = Buffer.from('II*\0\0\0\0\0');
  head.writeUInt32LE(directory, 4);
  const count = Buffer.alloc(2);
  count.writeUInt16LE(fields.length);
  return Buffer.concat([head, pixels, count, ...entries, Buffer.alloc(4), ...apart]);
}
