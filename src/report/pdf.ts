import { unescape as unescapeXml } from 'es-toolkit/string/unescape';
import { fontFile, withoutGlyph } from './font.js';
import type { Picture } from './plot.js';

/** What the document calls the font. */
const FONT = 'figure';

/** The date of every PDF, so that the same results make the same file. */
const NO_DATE = new Date(0);

/** The characters drawn in these pictures that a PDF would have a box for, since its font has them not. */
export function boxes(pictures: readonly Picture[]): string[] {
  // Beside what is drawn a picture has its title and description.
  const drawn = pictures.map(({ svg }) => svg.replace(/<(title|desc)>.*?<\/\1>|<[^>]*>/gs, ''));
  return withoutGlyph(unescapeXml(drawn.join('')));
}

/** A picture of a width in points as a PDF of one page of its size, in black on white, whose font is embedded. */
export async function pdfFile({ title, svg }: Picture): Promise<Buffer> {
  const { default: PDFDocument } = await import('pdfkit');
  const { default: svgToPdf } = await import('svg-to-pdfkit');
  const [width, height] = [/ width="([\d.]+)pt"/, / height="([\d.]+)pt"/].map((size) =>
    Number(size.exec(svg)?.[1]),
  );
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, CreationDate: NO_DATE },
    // Else it opens with Helvetica, whose description is not at hand in a bundle.
    font: fontFile() as unknown as string,
  });
  document.registerFont(FONT, fontFile());
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve) => document.on('end', resolve));
  svgToPdf(document, svg.replaceAll('currentColor', 'black').replaceAll('"transparent"', '"none"'), 0, 0, {
    width,
    height,
    fontCallback: () => FONT,
  });
  document.end();
  await ended;
  return Buffer.concat(chunks);
}
