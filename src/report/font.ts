import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type Font } from 'fontkit';
import { PACKAGE_ROOT } from '../package.js';
import { SUBSCRIPT, textParts } from './subscripts.js';

/** The font of figures, where a reader has it; the widths of its letters are those of Arimo, in which PDFs are set. */
export const FONT_FAMILY = "Arial, Arimo, 'Liberation Sans', Helvetica, sans-serif";

/** The font file that PDFs embed and text is measured by, which the build puts beside the program (esbuild.js). */
export function fontFile(): Buffer {
  return readFileSync(
    join(PACKAGE_ROOT, 'bundle', '@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf'),
  );
}

let arimo: Font | undefined;
const widths = new Map<string, number>();

/** The width of a text in the unit of its size; the paper's symbols count with their subscripts. */
export function textWidth(text: string, size: number): number {
  const known = widths.get(text);
  if (known !== undefined) return known * size;
  arimo ??= create(fontFile()) as Font;
  const { unitsPerEm } = arimo;
  const width = (part: string) => (arimo as Font).layout(part).advanceWidth / unitsPerEm;
  const found = textParts(text).reduce(
    (sum, { text, lowered }) => sum + width(text) * (lowered ? SUBSCRIPT.size : 1),
    0,
  );
  widths.set(text, found);
  return found * size;
}
