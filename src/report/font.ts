import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { create, type Font } from 'fontkit';
import { PACKAGE_ROOT } from '../package.js';
import { SUBSCRIPT, textParts } from './subscripts.js';

/** The font of figures, where a reader has it; the widths of its letters are those of Arimo, in which PDFs are set. */
export const FONT_FAMILY = "Arial, Arimo, 'Liberation Sans', Helvetica, sans-serif";

/** The size of the text of axes and legends, in pixels of a page. */
export const LABEL_SIZE = 10;

/** The font file that PDFs embed and text is measured by, which the build puts beside the program (esbuild.js). */
export function fontFile(): Buffer {
  return readFileSync(
    join(PACKAGE_ROOT, 'bundle', '@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf'),
  );
}

let opened: Font | undefined;

function arimo(): Font {
  opened ??= create(fontFile()) as Font;
  return opened;
}

/** The characters of a text that the font of PDFs has not, each once. */
export function withoutGlyph(text: string): string[] {
  return uniq([...text]).filter((character) => !arimo().hasGlyphForCodePoint(character.codePointAt(0) ?? 0));
}

const widths = new Map<string, number>();

/** The width of a text in the unit of its size; the paper's symbols count with their subscripts. */
export function textWidth(text: string, size: number): number {
  const known = widths.get(text);
  if (known !== undefined) return known * size;
  const width = (part: string) => arimo().layout(part).advanceWidth / arimo().unitsPerEm;
  const found = textParts(text).reduce(
    (sum, { text, lowered }) => sum + width(text) * (lowered ? SUBSCRIPT.size : 1),
    0,
  );
  widths.set(text, found);
  return found * size;
}

/** What of a word that is longer than a line, such as the path of a file, stands in one: as many of its parts as fit, of which a number is one. */
const PARTS = /.*(?:[_/,=:]|[-.+](?!\d))/su;

/** A text in lines that are no wider than this, broken between words, or within one that alone is wider, at an end of its parts where it has one. */
export function linesOf(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  let line = '';
  // A symbol stays with its value.
  for (const word of text.split(/(?<!γ_[lp]) /)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer, size) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (textWidth(line, size) > width) {
      let fits = line.length - 1;
      while (fits > 1 && textWidth(line.slice(0, fits), size) > width) fits--;
      const end = PARTS.exec(line.slice(0, fits))?.[0].length ?? fits;
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return [...lines, line];
}
