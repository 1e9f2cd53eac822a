/** Paths of tables. */
export const TABLE_PATH = /\.(csv|csv\.gz|npz|mat)$/i;

/** Those of CSV tables. */
export const CSV_PATH = /\.csv(\.gz)?$/i;

export type TableKind = '.csv' | '.npz' | '.mat';

const KINDS: ReadonlyMap<string, TableKind> = new Map([
  ['csv', '.csv'],
  ['csv.gz', '.csv'],
  ['npz', '.npz'],
  ['mat', '.mat'],
]);

/** The kind of a table, by the suffix of its path in letters of any case: a .csv.gz is a .csv; undefined for any other. */
export function tableKind(path: string): TableKind | undefined {
  const [, suffix = ''] = TABLE_PATH.exec(path) ?? [];
  return KINDS.get(suffix.toLowerCase());
}
