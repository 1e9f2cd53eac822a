/**
 * Tables by Tabulator. The library takes headings and the items of lists for HTML, so that both are made here, as text; and it leaves
 * the keyboard and what screen readers say to the page.
 */
import { breakable, element, inSymbols } from './elements.js';

/** A column of numbers, which its field filters from below. */
export const number = (title, field, more = {}) => ({
  title,
  field,
  sorter: 'number',
  // What has no number is the last, whichever way.
  sorterParams: { alignEmptyValues: 'bottom' },
  headerSortStartingDir: 'desc',
  hozAlign: 'right',
  headerHozAlign: 'right',
  headerFilter: 'input',
  headerFilterPlaceholder: '≥',
  headerFilterFunc: (least, value) => value >= Number(least),
  ...more,
});

/** A column of text, which its field filters by a part of it. */
export const text = (title, field, more = {}) => ({
  title,
  field,
  headerFilter: 'input',
  headerFilterPlaceholder: 'filter',
  ...more,
});

/** A column of settings: a few numbers or names, one of which its field selects. */
export const setting = (title, field, more = {}) => ({
  title,
  field,
  sorter: (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(b)),
  headerFilter: 'list',
  headerFilterParams: {
    valuesLookup: true,
    clearable: true,
    itemFormatter: (label) => element('span', '', label),
  },
  headerFilterPlaceholder: 'all',
  headerFilterFunc: '=',
  ...more,
});

/** Names that may be long, in as many lines as they need. */
export const wrapped = () => ({
  variableHeight: true,
  cssClass: 'wrapped',
});

/** Pixels of the widest column of names in a place. */
export const nameWidth = (place) => Math.max(130, Math.min(340, Math.round(0.42 * place.clientWidth)));

/** The part of a table's width that columns which stay in sight may take. */
const FROZEN = 0.66;

/**
 * Shows a table in a place.
 *
 * @param content rows and columns; `pinned`, how many of the first columns stay in sight where there is room
 */
export function showTable(place, { pinned = 0, ...content }) {
  const table = new Tabulator(place, {
    ...content,
    columns: printable(content.columns),
    columnDefaults: {
      titleFormatter: (cell) => inSymbols(cell.getValue()),
      formatter: (cell) => breakable(String(cell.getValue() ?? '')),
    },
    layout: 'fitData',
    printAsHtml: true,
    printStyled: false,
    printRowRange: 'active',
  });
  place.setAttribute('aria-label', place.dataset.label ?? 'Runs');
  place.addEventListener('keydown', (event) => {
    const heading = event.target.closest('.tabulator-col');
    if (heading !== event.target || !['Enter', ' '].includes(event.key)) return;
    event.preventDefault();
    heading.querySelector('.tabulator-col-title-holder, .tabulator-col-content').click();
  });
  table.on('tableBuilt', () => {
    pin(table, pinned);
    let width = place.clientWidth;
    let hidden = width === 0;
    new ResizeObserver(() => {
      const wasHidden = hidden;
      hidden = place.clientWidth === 0;
      if (hidden) return;
      if (place.clientWidth !== width) {
        width = place.clientWidth;
        pin(table, table.pinned);
      }
      // What is drawn while it has no size, as in print, where another table stands in its place, may have no rows.
      if (wasHidden) table.redraw(true);
    }).observe(place);
  });
  return table;
}

/** Keeps as many of the first columns in sight as leave room for others. */
export function pin(table, wanted) {
  table.pinned = wanted;
  const shown = table.getColumns().filter((column) => column.isVisible());
  let [count, width] = [0, 0];
  for (const column of shown.slice(0, wanted)) {
    width += column.getWidth();
    if (width > FROZEN * table.element.clientWidth) break;
    count++;
  }
  const frozen = shown.slice(0, count).map((column) => column.getField());
  const definitions = table.getColumnDefinitions();
  const isSame = definitions.every(({ field, frozen: now = false }) => frozen.includes(field) === now);
  if (isSame) return describe(table);
  reshape(
    table,
    definitions.map((column) => ({ ...column, frozen: frozen.includes(column.field) })),
  );
}

/** Columns with their headings in print, which are HTML, and a class by which print aligns numbers as the screen does. */
function printable(columns) {
  return columns.map((column) => {
    const heading = element('span', '', '');
    heading.append(inSymbols(column.title));
    const classes = new Set((column.cssClass ?? '').split(' '));
    if (column.hozAlign === 'right') classes.add('number');
    return { ...column, titlePrint: heading.innerHTML, cssClass: [...classes].join(' ').trim() };
  });
}

/** Gives a table other columns; its order and filters stay. */
export function reshape(table, columns) {
  const [sorters, filters] = [table.getSorters(), table.getHeaderFilters()];
  table.setColumns(printable(columns));
  for (const { field, value } of filters) table.setHeaderFilterValue(field, value);
  table.setSort(sorters.map(({ field, dir }) => ({ column: field, dir })));
  describe(table);
}

/** Makes headings and their filters known to the keyboard and to screen readers. */
function describe(table) {
  for (const column of table.getColumns()) {
    const heading = column.getElement();
    if (heading.classList.contains('tabulator-sortable')) heading.tabIndex = 0;
    const { title } = column.getDefinition();
    heading.querySelector('.tabulator-header-filter input')?.setAttribute('aria-label', `Filter ${title}`);
  }
}
