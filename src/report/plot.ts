import { escape as escapeXml } from 'es-toolkit/string/escape';
import type { TopLevelSpec } from 'vega-lite';
import { COLORS } from './detector-style.js';

/** A chart, as Vega-Lite describes it. */
export interface Plot {
  readonly title: string;
  readonly spec: TopLevelSpec;
}

/** A chart as a picture that needs nothing else. */
export interface Picture {
  readonly title: string;
  readonly svg: string;
}

/** Text and lines take the colour of what surrounds the picture, so that it reads in light and in dark. */
const STYLE: NonNullable<TopLevelSpec['config']> = {
  // What a mark shows would be put in words by an expression that titles are written into: a name could end its string and go on.
  aria: false,
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  title: { color: 'currentColor', fontSize: 13, fontWeight: 600, anchor: 'start', offset: 10 },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    titleFontWeight: 400,
    titlePadding: 8,
    domainColor: 'currentColor',
    tickColor: 'currentColor',
    gridColor: 'currentColor',
    gridOpacity: 0.15,
  },
  legend: { labelColor: 'currentColor', titleColor: 'currentColor', labelLimit: 260 },
};

/** Draws charts as SVG, without a browser. */
export async function draw(plots: readonly Plot[]): Promise<Picture[]> {
  // Loaded only where there is something to draw: most runs have none, and need not wait for it.
  if (plots.length === 0) return [];
  const vega = await import('vega');
  const { compile } = await import('vega-lite');
  return Promise.all(
    plots.map(async ({ title, spec }) => {
      const runtime = vega.parse(compile(spec, { config: STYLE }).spec);
      return { title, svg: finished(await new vega.View(runtime, { renderer: 'none' }).toSVG(), title) };
    }),
  );
}

/** A drawing with a title for those who have it read to them, and with the paper's symbols: the letter after `_` in a subscript. */
function finished(svg: string, title: string): string {
  const lowered = (_: string, symbol: string, letter: string) =>
    `${symbol}<tspan dy="0.25em" font-size="75%">${letter}</tspan><tspan dy="-0.19em">\u200b</tspan>`;
  return svg
    .replace(/(?<=>[^<>]*)([γ])_([lp])(?=[^<>]*<\/text>)/g, lowered)
    .replace('>', ` role="img"><title>${escapeXml(title)}</title>`);
}

/** Colours for as many categories, in their order. */
export function colorScale(
  categories: readonly string[],
): { domain: string[]; range: string[] } | { domain: string[]; scheme: 'tableau20' } {
  const domain = [...categories];
  return domain.length > COLORS.length ? { domain, scheme: 'tableau20' } : { domain, range: [...COLORS] };
}
