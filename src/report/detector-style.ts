import { maxBy } from 'es-toolkit/array/maxBy';
import { DETECTORS } from '../detectors/registry.js';

/** How a detector looks in every figure: three cues, of which each alone is lost on some readers or printers. */
export interface DetectorStyle {
  readonly color: string;
  /** Lengths of dashes and gaps in pixels; none for a whole line. */
  readonly dash: readonly number[];
  /** A symbol of Vega's. */
  readonly shape: string;
}

/**
 * Colours that colour-blind readers tell apart, on white and on black: those of Okabe and Ito (2008) but for black and yellow, one of
 * which each ground swallows, and grey.
 */
export const COLORS = ['#d55e00', '#0072b2', '#009e73', '#e69f00', '#56b4e9', '#cc79a7', '#808080'];

// Of the other detectors', five dashes and shapes beside six colours, with no common factor: thirty styles, no two alike.
const DASHES = [[6, 3], [2, 2], [8, 3, 2, 3], [12, 3], []];
const SHAPES = ['square', 'triangle-up', 'diamond', 'triangle-down', 'cross'];

/** The detector that the paper is about, which is drawn over all others. */
export const STUDIED = 'deep-sad';

/** Whether a column of a table, which may name options of a variant, is of the detector under study. */
export function isStudied(column: string): boolean {
  return isOf(STUDIED, column);
}

/** Whether a column of a table, which may name options of a variant, is of the detector of this name. */
export function isOf(detector: string, column: string): boolean {
  return definitionOf(column)?.name === detector;
}

/**
 * The style of each of these columns of a table. A detector has the same in every figure; of several variants of one, the first has
 * it, and the others have some of their own.
 */
export function detectorStyles(columns: readonly string[]): Map<string, DetectorStyle> {
  const taken = new Set<number>();
  let spare = DETECTORS.length;
  return new Map(
    columns.map((column) => {
      const own = ORDER.indexOf(definitionOf(column)?.name ?? '');
      const place = own < 0 || taken.has(own) ? spare++ : own;
      taken.add(place);
      return [column, styleAt(place)];
    }),
  );
}

/** Detectors in the order of the styles. */
const ORDER = [STUDIED, ...DETECTORS.map(({ name }) => name).filter((name) => name !== STUDIED)];

/** The studied detector, at place 0, has a colour, a whole line of its width and a disc that no other has. */
function styleAt(place: number): DetectorStyle {
  const [own, ...others] = COLORS;
  if (place === 0) return { color: own, dash: [], shape: 'circle' };
  const of = <T>(values: readonly T[]) => values[(place - 1) % values.length];
  return { color: of(others), dash: of(DASHES), shape: of(SHAPES) };
}

/** The detector of a column: the one with the longest title that the column's name begins with. */
function definitionOf(column: string) {
  return maxBy(
    DETECTORS.filter(({ title }) => column.startsWith(title)),
    ({ title }) => title.length,
  );
}
