/** Paths of tables. Cases are spelled out here, since a pattern of the JSON Schema of configs has no flags. */
export const TABLE_PATH = /\.([cC][sS][vV]|[cC][sS][vV]\.[gG][zZ]|[nN][pP][zZ]|[mM][aA][tT])$/;

/** Those of CSV tables. */
export const CSV_PATH = /\.[cC][sS][vV](\.[gG][zZ])?$/;

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
