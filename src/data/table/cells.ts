/** How a cell says that its value is missing, in small letters. */
const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', '?']);

/** Whether a cell says that its value is missing: it is empty, or NA, N/A, NaN, null or ? in letters of any case. */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.trim().toLowerCase());
}

/** The number in a cell: NaN where it is missing, infinite where the cell holds anything but a finite number. */
export function numberIn(cell: string): number {
  const value = Number(cell);
  // An empty cell would be 0.
  if (value !== 0 && Number.isFinite(value)) return value;
  if (isMissing(cell)) return Number.NaN;
  return Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;
}

/** A cell as messages show it. */
export function shown(cell: string): string {
  const text = cell.trim();
  if (text === '') return 'nothing';
  return `"${text.length > 40 ? `${text.slice(0, 39)}…` : text}"`;
}
