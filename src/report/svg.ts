import { sum } from 'es-toolkit/math/sum';
import { escape as escapeXml } from 'es-toolkit/string/escape';
import { unescape as unescapeXml } from 'es-toolkit/string/unescape';
import type { Legend, Scale, Spec } from 'vega';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type FigureWidth, WIDTHS } from './figure-options.js';
import { FONT_FAMILY, LABEL_SIZE, linesOf, textWidth } from './font.js';
import { type KeyEntry, PAGE_WIDTH, type Picture, type Plot } from './plot.js';
import { SUBSCRIPT, textParts } from './subscripts.js';

/** Points of a figure of a paper for a pixel of a page: letters of 11 pixels become 8 points high, and lines as much thinner. */
const SCALE = 8 / 11;

const FONT_SIZE = 11;
const TITLE_SIZE = 12;

/** Text and lines take the colour of what surrounds the picture, so that it reads in light and in dark. */
const STYLE: NonNullable<TopLevelSpec['config']> = {
  // What a mark shows would be put in words by an expression that titles are written into: a name could end its string and go on.
  aria: false,
  background: 'transparent',
  font: FONT_FAMILY,
  view: { stroke: null },
  title: {
    color: 'currentColor',
    fontSize: TITLE_SIZE,
    fontWeight: 'normal',
    anchor: 'start',
    frame: 'bounds',
    offset: 10,
    subtitleColor: 'currentColor',
    subtitleFontSize: LABEL_SIZE,
  },
  axis: {
    labelColor: 'currentColor',
    labelFontSize: LABEL_SIZE,
    titleColor: 'currentColor',
    titleFontSize: FONT_SIZE,
    titleFontWeight: 'normal',
    titlePadding: 8,
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.15,
    labelLimit: 0,
  },
  legend: {
    labelColor: 'currentColor',
    labelFontSize: LABEL_SIZE,
    titleColor: 'currentColor',
    titleFontSize: FONT_SIZE,
    titleFontWeight: 'normal',
    labelLimit: 0,
  },
};

/** What Vega knows of a text that it measures. */
interface Measured {
  readonly fontSize?: number;
}

// Without a canvas Vega guesses how wide text is; it asks this where it is set.
const { textMetrics } = vega as unknown as {
  textMetrics: { width(item: Measured, text?: string): number };
};
textMetrics.width = ({ fontSize = FONT_SIZE }, text = '') => textWidth(text.trim(), fontSize);

/** Draws a chart as SVG: `draw` in draw.ts, which loads what this needs at the first one. */
export async function drawing(plot: Plot, width: FigureWidth | undefined): Promise<Picture> {
  const whole = width && Math.round(WIDTHS[width] / SCALE);
  const spec = arranged(plot, compile(sized(plot, whole), { config: STYLE }).spec, whole);
  const svg = await new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
  return { title: plot.title, marks: plot.marks ?? [], svg: finished(svg, plot, width && WIDTHS[width]) };
}

/** Pixels beside a chart that its axis takes, about. */
const BESIDE = 55;

/** Pixels from which a chart has room for its legend at its side. */
const WIDE = 560;

/** A chart that is as wide as asked for with all that belongs to it. */
function sized({ spec, square, rows, drawnAt }: Plot, width: number | undefined): TopLevelSpec {
  if (drawnAt) return width === undefined ? spec : drawnAt(width);
  const tall = rows && { height: rows.length * rowStep(rows, width ?? PAGE_WIDTH) };
  if (width === undefined && !rows) return spec;
  const height = square ? Math.min((width ?? PAGE_WIDTH) - BESIDE, 330) : (spec as { height: number }).height;
  const autosize = { type: 'fit-x', contains: 'padding' };
  return { ...spec, width: width ?? PAGE_WIDTH, height, autosize, ...tall } as TopLevelSpec;
}

/** The share of a chart's width that the names of its rows may take. */
const ROW_NAMES = 0.35;
const LINE = LABEL_SIZE + 2;

function rowLines(name: string, width: number): string[] {
  return linesOf(name, ROW_NAMES * width, LABEL_SIZE);
}

function rowStep(rows: readonly string[], width: number): number {
  return Math.max(28, ...rows.map((name) => rowLines(name, width).length * LINE + 8));
}

/** Breaks titles and names, and arranges legends, so that they fit the width of a chart. */
function arranged(plot: Plot, spec: Spec, whole: number | undefined): Spec {
  const { key, rows, square } = plot;
  const width =
    whole ?? (rows || plot.drawnAt ? PAGE_WIDTH : (plot.spec as { width: number }).width + BESIDE);
  const beside = square === true && width >= WIDE;
  const title = titleOf(spec.title, width);
  const legend = key && keyLegend(key, width, beside);
  return {
    ...spec,
    ...(title && { title }),
    ...(legend && { legends: legend.legends }),
    scales: [...(spec.scales ?? []), ...(legend?.scales ?? []), ...(rows ? rowScales(rows, width) : [])],
    ...(rows && {
      axes: (spec.axes ?? []).map((axis) => (axis.orient === 'left' ? { ...axis, encode: ROW_TEXT } : axis)),
    }),
  };
}

const ROW_TEXT = {
  labels: {
    update: { text: { scale: 'rowText', field: 'value' }, dy: { scale: 'rowRise', field: 'value' } },
  },
};

/** The lines of the names of rows, and how far the first one rises so that all lie about the middle. */
function rowScales(rows: readonly string[], width: number): Scale[] {
  const lines = rows.map((name) => rowLines(name, width));
  const range = lines.map(({ length }) => (-(length - 1) * LINE) / 2);
  return [textScale('rowText', rows, lines), { name: 'rowRise', type: 'ordinal', domain: [...rows], range }];
}

/** A scale that gives names their lines: what a chart calls a name is data, and never an expression. */
function textScale(name: string, names: readonly string[], lines: readonly (readonly string[])[]): Scale {
  const range = lines.map((own) => (own.length > 1 ? [...own] : own[0]));
  return { name, type: 'ordinal', domain: [...names], range } as Scale;
}

function titleOf(title: Spec['title'], width: number): Spec['title'] {
  if (title === undefined) return undefined;
  const { text, subtitle, ...others } =
    typeof title === 'object' && 'text' in title ? title : { text: title };
  const broken = (lines: unknown, size: number) =>
    [lines].flat().flatMap((line) => (typeof line === 'string' ? linesOf(line, width - 8, size) : []));
  const below = broken(subtitle, LABEL_SIZE);
  return {
    ...others,
    text: broken(text, TITLE_SIZE),
    ...(below.length > 0 && { subtitle: below }),
  } as Spec['title'];
}

const COLUMN_GAP = 14;

/** In how many columns entries of these names fit side by side, each column as wide as its widest one. */
function columnsIn(names: readonly string[], width: number, symbol: number): number {
  const fits = (columns: number) => {
    const widths = Array.from({ length: columns }, (_, column) =>
      Math.max(
        ...names.filter((_, index) => index % columns === column).map((name) => textWidth(name, LABEL_SIZE)),
      ),
    );
    return sum(widths) + columns * symbol + (columns - 1) * COLUMN_GAP <= width;
  };
  let columns = Math.max(1, Math.min(names.length, 6));
  while (columns > 1 && !fits(columns)) columns--;
  return columns;
}

/** Half the length of a line of a key, in pixels, and half the width of its mark. */
const KEY_LINE = 15;
const KEY_MARK = 4;

/** A legend whose entries show a line, as it is broken, with its mark. */
function keyLegend(
  key: readonly KeyEntry[],
  width: number,
  beside: boolean,
): { legends: Legend[]; scales: Scale[] } {
  const names = key.map(({ name }) => name);
  const symbol = 2 * KEY_LINE + 8;
  const room = beside ? 0.4 * width : width - BESIDE;
  const scale = (name: string, range: (string | number)[]): Scale => ({
    name,
    type: 'ordinal',
    domain: names,
    range,
  });
  const legend: Legend = {
    shape: 'keyShape',
    stroke: 'keyColor',
    fill: 'keyFill',
    strokeWidth: 'keyWidth',
    orient: beside ? 'right' : 'bottom',
    direction: beside ? 'vertical' : 'horizontal',
    columns: beside ? 1 : columnsIn(names, room, symbol),
    columnPadding: COLUMN_GAP,
    rowPadding: 3,
    padding: 2,
    titlePadding: 0,
    symbolSize: (2 * KEY_MARK) ** 2,
    labelOffset: KEY_LINE - KEY_MARK + 6,
    symbolOffset: KEY_LINE - KEY_MARK,
    encode: { labels: { update: { text: { scale: 'keyText', field: 'value' } } } },
  };
  return {
    legends: [legend],
    scales: [
      scale('keyShape', key.map(keyPath)),
      scale(
        'keyColor',
        key.map(({ color }) => color),
      ),
      scale(
        'keyFill',
        key.map(({ color, hollow }) => (hollow ? 'transparent' : color)),
      ),
      scale(
        'keyWidth',
        key.map(({ strokeWidth = 1.3 }) => strokeWidth),
      ),
      textScale(
        'keyText',
        names,
        names.map((name) => linesOf(name, room - symbol - 4, LABEL_SIZE)),
      ),
    ],
  };
}

/** The outline of a key: its line in the pieces that it is broken into, over which lies its mark, in units of half the mark's width. */
function keyPath({ dash, shape = '', strokeWidth }: KeyEntry): string {
  if (strokeWidth === undefined) return shape;
  const pieces: string[] = [];
  const pattern = dash.length > 0 ? dash : [2 * KEY_LINE];
  let at = -KEY_LINE;
  for (let index = 0; at < KEY_LINE; index++) {
    const end = Math.min(KEY_LINE, at + pattern[index % pattern.length]);
    if (index % 2 === 0) pieces.push(`M${at / KEY_MARK},0L${end / KEY_MARK},0`);
    at = end;
  }
  return pieces.join('') + shape;
}

/**
 * A drawing with a title and a description for those who have it read to them, the paper's symbols with their subscripts, and its width
 * in points. Each line of text takes the width that it was measured at, whatever font a reader has.
 */
function finished(svg: string, { title, description }: Plot, width: number | undefined): string {
  const read = `<title>${escapeXml(title)}</title><desc>${escapeXml(description)}</desc>`;
  return svg
    .replace(/<text[^>]*font-size="([\d.]+)px"[^>]*>.*?<\/text>/g, (text, size) =>
      text.replace(/(?<=<(text|tspan)[^>]*)(?=>([^<]+)<\/\1>)/g, (_, _element, line: string) => {
        const width = textWidth(unescapeXml(line), Number(size));
        return ` textLength="${width.toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
      }),
    )
    .replace(/<text[^>]*font-size="([\d.]+)px"[^>]*>.*?<\/text>/g, (text, size) =>
      text.replace(/(?<=>)[^<]*γ_[lp][^<]*/g, (line: string) => lowered(line, Number(size))),
    )
    .replace(/width="([\d.]+)" height="([\d.]+)"/, (size, whole, height) =>
      width === undefined ? size : `width="${width}pt" height="${((width * height) / whole).toFixed(2)}pt"`,
    )
    .replace('>', () => ` role="img">${read}`);
}

/** A line of text with its subscripts below it. */
function lowered(line: string, fontSize: number): string {
  let below = false;
  const parts = textParts(line).map((part) => {
    const moved =
      part.lowered !== below ? ` dy="${(part.lowered ? 1 : -1) * SUBSCRIPT.drop * fontSize}"` : '';
    const shrunk = part.lowered ? ` font-size="${SUBSCRIPT.size * fontSize}px"` : '';
    below = part.lowered;
    return moved === '' ? part.text : `<tspan${moved}${shrunk}>${part.text}</tspan>`;
  });
  return parts.join('');
}
