import { lab } from 'd3-color';
import { maxBy } from 'es-toolkit/array/maxBy';
import { sortBy } from 'es-toolkit/array/sortBy';
import { range } from 'es-toolkit/math/range';
import { DETECTORS } from '../detectors/registry.js';
import { grouped } from '../grouped.js';

/** How a detector looks in every figure: three cues, of which each alone is lost on some readers or printers. */
export interface DetectorStyle {
  readonly color: string;
  /** Lengths of dashes and gaps in pixels; none for a whole line. */
  readonly dash: readonly number[];
  /** The outline of its mark, as an SVG path that spans −1 to 1. */
  readonly shape: string;
}

/**
 * Colours that colour-blind readers tell apart, on white and on black: those of Okabe and Ito (2008) but for black and yellow, one of
 * which each ground swallows, and grey.
 */
export const COLORS = ['#d55e00', '#0072b2', '#009e73', '#e69f00', '#56b4e9', '#cc79a7', '#808080'];

/** Between these lightnesses (CIE L*) a colour has a contrast of 3 or more on white and on the dark grounds of pages and browsers. */
const [DARKEST, PALEST] = [43, 61];

/**
 * Colours of two ordered values or more, the least first: as many steps from pale to dark of one colour, none of which is harder to see on either ground
 * than that colour itself where its contrast there is below 3.
 */
export function orderedColors(count: number, color = COLORS[0]): string[] {
  const { l, a, b } = lab(color);
  const [pale, dark] = [Math.max(PALEST, l), Math.min(DARKEST, l)];
  return Array.from({ length: count }, (_, index) =>
    lab(pale + ((dark - pale) * index) / (count - 1), a, b).formatHex(),
  );
}

// Of the other detectors', five dashes, seven shapes and six colours: no two of these numbers have a common factor, so that no two
// detectors have the same dash and shape, and all stay apart in grey.
const DASHES = [[6, 3], [2, 2], [8, 3, 2, 3], [12, 3], []];

/** Outlines of marks, as SVG paths that span −1 to 1. */
export const SHAPES = {
  circle: 'M0.95,0A0.95,0.95,0,1,1,-0.95,0A0.95,0.95,0,1,1,0.95,0Z',
  square: 'M-0.85,-0.85H0.85V0.85H-0.85Z',
  up: 'M0,-1L1,0.8H-1Z',
  diamond: 'M0,-1.1L1,0L0,1.1L-1,0Z',
  down: 'M0,1L1,-0.8H-1Z',
  cross: 'M-1,-0.35H-0.35V-1H0.35V-0.35H1V0.35H0.35V1H-0.35V0.35H-1Z',
  star: 'M0,-1.15L0.28,-0.38L1.09,-0.36L0.45,0.15L0.68,0.93L0,0.47L-0.68,0.93L-0.45,0.15L-1.09,-0.36L-0.28,-0.38Z',
  saltire:
    'M-0.95,-0.55L-0.55,-0.95L0,-0.4L0.55,-0.95L0.95,-0.55L0.4,0L0.95,0.55L0.55,0.95L0,0.4L-0.55,0.95L-0.95,0.55L-0.4,0Z',
};

/** The mark of one of many things that are no detectors. */
export function shapeAt(index: number): string {
  const all = Object.values(SHAPES);
  return all[index % all.length];
}

const OTHER_SHAPES = Object.values(SHAPES).filter((shape) => shape !== SHAPES.circle);

/** The detector that the paper is about: the one under study, which comes first and is drawn over all others, unless another is named. */
export const STUDIED = 'deep-sad';

/** Whether a column of a table, which may name options of a variant, is of the detector of this name. */
export function isOf(detector: string, column: string): boolean {
  return definitionOf(column)?.name === detector;
}

/**
 * The style of each of these columns of a table. A detector has the same in every figure; of several variants of one, the first has
 * its dash and mark, the others have some of their own, and their colours are steps of its colour, in the order of the number that they
 * differ in where they do.
 */
export function detectorStyles(columns: readonly string[]): Map<string, DetectorStyle> {
  const styles = new Map<string, DetectorStyle>();
  // Figures have columns in orders of their own.
  const variants = sortBy(columns.map(variantOf), ['value', 'column']);
  const byDetector = grouped(variants, ({ column }) => definitionOf(column)?.name);
  const taken = [...byDetector.keys()].map((name) => ORDER.indexOf(name ?? ''));
  const spare = range(FIRST_SPARE, FIRST_SPARE + columns.length + taken.length).filter(
    (place) => !taken.includes(place),
  );
  for (const [name, own] of byDetector) {
    const place = ORDER.indexOf(name ?? '');
    const colors =
      name !== undefined && own.length > 1 ? orderedColors(own.length, styleAt(place).color) : [];
    for (const [index, { column }] of own.entries()) {
      const style = styleAt(place >= 0 && index === 0 ? place : (spare.shift() as number));
      styles.set(column, { ...style, color: colors[index] ?? style.color });
    }
  }
  return new Map(columns.map((column) => [column, styles.get(column) as DetectorStyle]));
}

/** A column with the number of the one option by which it differs from others of its detector; with none where it differs otherwise. */
function variantOf(column: string): { column: string; value?: number } {
  const [, value] = /\(\w+=([-+.\de]+)\)$/.exec(column) ?? [];
  return value === undefined || !Number.isFinite(Number(value))
    ? { column }
    : { column, value: Number(value) };
}

/** The first place in the order of the styles for what has none of its own. A later detector may have it, where that is in the figure. */
const FIRST_SPARE = 14;

/** Detectors in the order of the styles. */
const ORDER = [STUDIED, ...DETECTORS.map(({ name }) => name).filter((name) => name !== STUDIED)];

/** The studied detector, at place 0, has a colour, a whole line of its width and a disc that no other has. */
function styleAt(place: number): DetectorStyle {
  const [own, ...others] = COLORS;
  if (place === 0) return { color: own, dash: [], shape: SHAPES.circle };
  const of = <T>(values: readonly T[]) => values[(place - 1) % values.length];
  return { color: of(others), dash: of(DASHES), shape: of(OTHER_SHAPES) };
}

/** The detector of a column: the one with the longest title that the column's name begins with. */
function definitionOf(column: string) {
  return maxBy(
    DETECTORS.filter(({ title }) => column.startsWith(title)),
    ({ title }) => title.length,
  );
}
