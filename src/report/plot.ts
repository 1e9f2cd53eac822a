import type { TopLevelSpec } from 'vega-lite';
import type { StandardErrors } from '../results/spread.js';
import { COLORS, type DetectorStyle, SHAPES } from './detector-style.js';

/** A chart, as Vega-Lite describes it. */
export interface Plot {
  readonly title: string;
  /** What it shows, in words, for those who do not see it. */
  readonly description: string;
  readonly spec: TopLevelSpec;
  /** The lines and marks of its legend, in its order. */
  readonly key?: readonly KeyEntry[];
  /** What of it is to be explained beside it. */
  readonly marks?: readonly Mark[];
  /** The names along the vertical axis, a row each, where there are such. */
  readonly rows?: readonly string[];
  /** What is drawn in a given width, in pixels, where all of it depends on that; `spec` is that of a page. */
  drawnAt?(width: number): TopLevelSpec;
  /** Whether both axes have one scale, so that its inner part is a square where there is room. */
  readonly square?: boolean;
}

/** What a plot may have that is explained once for all plots of a kind, and only where one of them has it. */
export type Mark =
  | 'bar over classes'
  | 'bar over seeds'
  | 'published'
  | 'beside'
  | 'line a pair'
  | 'line a seed'
  | 'joined'
  | 'band';

/** Which bars stand for the standard errors of these means. */
export function barsOf(means: readonly { readonly errors?: StandardErrors }[]): Mark[] {
  return [
    ...(means.some(({ errors }) => errors?.classes !== undefined) ? (['bar over classes'] as const) : []),
    ...(means.some(({ errors }) => errors?.seeds !== undefined) ? (['bar over seeds'] as const) : []),
  ];
}

/** What a line and mark of a legend stand for. */
export interface KeyEntry extends Pick<DetectorStyle, 'color' | 'dash'> {
  readonly name: string;
  /** The outline of its mark, if it has one, and whether that is filled. */
  readonly shape?: string;
  readonly hollow?: boolean;
  /** Absent for a mark without a line. */
  readonly strokeWidth?: number;
}

/** What hollow marks are, whatever their colour. */
export const PUBLISHED: KeyEntry = {
  name: 'hollow: published',
  color: 'currentColor',
  dash: [],
  shape: SHAPES.circle,
  hollow: true,
};

/** A chart as a picture that needs nothing else. */
export interface Picture {
  readonly title: string;
  /** What of it is to be explained beside it. */
  readonly marks: readonly Mark[];
  readonly svg: string;
}

/** Pixels of a page's charts, for those that have no width of their own. */
export const PAGE_WIDTH = 460;

/** Colours for as many categories, in their order; of more than there are colours, several have one. */
export function colorScale(categories: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...categories], range: categories.map((_, index) => COLORS[index % COLORS.length]) };
}
