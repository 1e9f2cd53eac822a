import type { TopLevelSpec } from 'vega-lite';

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
      return { title, svg: await new vega.View(runtime, { renderer: 'none' }).toSVG() };
    }),
  );
}

/** Colours for as many categories, in their order. */
export function colorScale(categories: readonly string[]): {
  domain: string[];
  scheme: 'tableau10' | 'tableau20';
} {
  return { domain: [...categories], scheme: categories.length > 10 ? 'tableau20' : 'tableau10' };
}
