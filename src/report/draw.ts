import type { FigureWidth } from './figure-options.js';
import type { Picture, Plot } from './plot.js';

/**
 * Draws charts as SVG, without a browser.
 *
 * @param width that of a figure for a paper, in points; without one, charts are as wide as a page shows them, in pixels
 */
export async function draw(plots: readonly Plot[], width?: FigureWidth): Promise<Picture[]> {
  // Loaded only where there is something to draw: most runs have none, and need not wait for it.
  if (plots.length === 0) return [];
  const { drawing } = await import('./svg.js');
  return Promise.all(plots.map((plot) => drawing(plot, width)));
}

/**
 * A picture as a file: its text and lines are dark on a light ground and light on a dark one, whichever the reader prefers. The ground
 * is its own, since the page around it may not be as the reader prefers.
 */
export function svgFile({ svg }: Picture): string {
  return svg.replace(
    '<title>',
    '<style>:root{color-scheme:light dark;color:CanvasText;background:Canvas}</style><title>',
  );
}
