import { exponential, logarithm } from '../../exponential.js';

/** The light of each value of sRGB, from 0 to 65535. */
const LIGHT = Uint16Array.from({ length: 256 }, (_, value) => Math.round(65535 * lightOf(value / 255)));

/** For each light, the value of grey whose own is nearest. */
const GREY = nearestGreys();

/**
 * The grey of a colour of sRGB, all in whole numbers from 0 to 255: its luminance, which is 0.2126, 0.7152 and 0.0722 of the light of
 * red, green and blue (ITU-R BT.709), as a value of sRGB. That of a grey is its own value.
 */
export function greyOf(red: number, green: number, blue: number): number {
  return GREY[Math.round((2126 * LIGHT[red] + 7152 * LIGHT[green] + 722 * LIGHT[blue]) / 10_000)];
}

/** The transfer function of sRGB (IEC 61966-2-1). */
function lightOf(value: number): number {
  return value <= 0.04045 ? value / 12.92 : exponential(2.4 * logarithm((value + 0.055) / 1.055));
}

function nearestGreys(): Uint8Array {
  let grey = 0;
  return Uint8Array.from({ length: 65536 }, (_, light) => {
    if (grey < 255 && LIGHT[grey + 1] - light < light - LIGHT[grey]) grey++;
    return grey;
  });
}
