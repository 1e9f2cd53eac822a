/** The kinds of figures, by their names; `figures` draws them. */
export const FIGURE_KINDS = ['ratio', 'dots', 'roc', 'pr', 'ranks', 'scatter', 'entropy'] as const;

export type FigureKind = (typeof FIGURE_KINDS)[number];

/** Widths of figures in points: of a column of a paper in two columns, and of both. */
export const WIDTHS = { column: 234, 'two-columns': 486 } as const;

export type FigureWidth = keyof typeof WIDTHS;

export const FIGURE_FORMATS = ['svg', 'pdf'] as const;

export interface FigureOptions {
  readonly kind: FigureKind;
  /** A column of a paper, 234 points (3.25 inches), or two, 486 points (6.75 inches). */
  readonly width?: FigureWidth;
  readonly format?: (typeof FIGURE_FORMATS)[number];
  /** The name of the detector under study, which comes first and lies on top; Deep SAD unless told. */
  readonly study?: string;
}
