import { partition } from 'es-toolkit/array/partition';
import type { Columns } from '../results/columns.js';
import { classDimensions, HEADINGS } from '../results/dimensions.js';
import { columnRanks } from '../results/mean-ranks.js';
import type { RunRecord } from '../results/record.js';
import { seriesRows } from '../results/series-rows.js';
import { type ByMetric, byMetric, percent } from '../results/spread.js';
import { type Cell, type Published, type Table, table } from '../results/table.js';
import { meanAndStd, publishedText, runCounts } from '../results/wording.js';
import { isOf } from './detector-style.js';

/** The table of each metric of some runs, with the same rows and columns. */
export type Tables = ByMetric<Table>;

/** The tables of an experiment. */
export function bothTables(records: readonly RunRecord[], columns: Columns): Tables {
  return byMetric((metric) => table(records, columns, { metric }));
}

/** The tables of an experiment with a row a class; undefined where no class varies. */
export function classTables(records: readonly RunRecord[], columns: Columns): Tables | undefined {
  if (classDimensions(records).length === 0) return undefined;
  return byMetric((metric) => table(records, columns, { metric, byClass: true }));
}

/**
 * The tables of an experiment on time series with a row a machine; undefined where it has none. A machine has no average precision of its own:
 * either table is of the AUROC.
 */
export function machineTables(records: readonly RunRecord[], columns: Columns): Tables | undefined {
  const apart = seriesRows(records);
  if (apart.length === 0) return undefined;
  const auroc = table(apart, columns);
  return { auroc, averagePrecision: auroc };
}

/** How a table lies in the page. */
export interface Layout {
  /** Whether a line is a detector, as where they are many and settings few; else a line is a setting. */
  readonly lines: 'detectors' | 'settings';
  /** Whether each detector has its mean rank and its mean over the settings beside it, before the settings. */
  readonly summed?: boolean;
}

/** Tables as the page's script shows them, the detector under study first. */
export function tableData(tables: Tables, study: string, layout?: Layout): unknown {
  const { dimensions, columns, rows } = tables.auroc;
  const order = partition([...columns.keys()], (column) => isOf(study, columns[column])).flat();
  const ofMetrics = byMetric((metric) => ({
    rows: tables[metric].rows,
    counted: runCounts(tables[metric]).length > 1,
  }));
  return {
    lines: layout?.lines ?? (columns.length > rows.length ? 'detectors' : 'settings'),
    dimensions: dimensions.map((name) => HEADINGS[name]),
    columns: order.map((column) => ({ title: columns[column], studied: isOf(study, columns[column]) })),
    rows: rows.map(({ setting }, row) => ({
      setting,
      cells: order.map((column) =>
        byMetric((metric) => {
          const { rows, counted } = ofMetrics[metric];
          return cellData(rows[row].cells[column], rows[row].published[column], counted);
        }),
      ),
    })),
    ...(layout?.summed && {
      ranks: byMetric((metric) => {
        const ranks = columnRanks(tables[metric]);
        return order.map((column) => ranks[column]);
      }),
    }),
  };
}

/**
 * What a cell shows: nothing where there is neither a run nor a published AUROC.
 *
 * @param counted whether it says of how many runs it is
 */
function cellData(cell: Cell | undefined, published: Published | undefined, counted: boolean): unknown {
  if (!cell && !published) return null;
  return {
    ...(cell && {
      mean: cell.mean,
      ...(counted && { runs: cell.runs }),
      best: cell.best,
      text: cell.runs > 1 ? meanAndStd(cell) : percent(cell.mean),
    }),
    ...(published && {
      published: publishedText(published),
      outside: published.deviation?.outside ?? false,
    }),
  };
}
