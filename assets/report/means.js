/** Tables of means: a line a detector or a line a setting, by the metric that the page shows. */
import { element, inSymbols } from './elements.js';
import { metric, onMetric } from './metric.js';
import { nameWidth, setting, showTable, wrapped } from './table.js';

/** Rows from which on a table of settings can be filtered and scrolls. */
const MANY = 25;

const meanOf = (value) => value?.[metric()]?.mean ?? -1;

function cellOf(cell) {
  const value = cell.getValue()?.[metric()];
  if (!value) return '–';
  const content = element('div', 'mean', '');
  if (value.text === undefined) content.appendChild(element('span', '', '–'));
  else {
    const line = content.appendChild(element('span', 'value', ''));
    line.appendChild(element(value.best ? 'strong' : 'span', '', value.text));
    if (value.runs) line.appendChild(element('span', 'count', ` (${value.runs})`));
  }
  if (value.published) {
    const published = element('div', value.outside ? 'published outside' : 'published', '');
    const [stated, ...details] = value.published.split(/(?= \()/u);
    published.append(element('span', 'value', stated), ...details);
    content.appendChild(published);
  }
  return content;
}

const meanColumn = (title, field, more = {}) => ({
  title,
  field,
  hozAlign: 'right',
  headerHozAlign: 'right',
  formatter: cellOf,
  sorter: (a, b) => meanOf(a) - meanOf(b),
  headerSortStartingDir: 'desc',
  ...more,
});

/** A line a setting; those of the detector under study stay in sight beside what tells settings apart. */
function settingLines({ dimensions, columns, rows }, { varied }, place) {
  return {
    data: rows.map(({ setting, cells }) =>
      Object.fromEntries([
        ...setting.map((value, i) => [`setting${i}`, value]),
        ...cells.map((cell, i) => [`cell${i}`, cell]),
      ]),
    ),
    columns: [
      ...varied.map((i) =>
        setting(dimensions[i], `setting${i}`, {
          ...wrapped(),
          maxWidth: nameWidth(place),
          ...(rows.length < MANY && { headerFilter: false }),
        }),
      ),
      ...columns.map(({ title, studied }, i) =>
        meanColumn(title, `cell${i}`, studied ? { cssClass: 'studied' } : {}),
      ),
    ],
    ...(rows.length < MANY ? {} : { maxHeight: '75vh' }),
    pinned: varied.length + columns.filter(({ studied }) => studied).length,
  };
}

/** A line a detector; those of the one under study stay on top, however the others are sorted. */
function detectorLines({ dimensions, columns, rows, ranks }, { varied }, place) {
  const studiedFirst = (compare) => (a, b, aRow, bRow, _column, direction) => {
    const order = Number(bRow.getData().studied) - Number(aRow.getData().studied);
    return order === 0 ? compare(a, b) : direction === 'asc' ? order : -order;
  };
  const ranksOf = (column) =>
    ranks && { auroc: ranks.auroc[column], averagePrecision: ranks.averagePrecision[column] };
  const rankOf = (value) => value?.[metric()] ?? Number.POSITIVE_INFINITY;
  const data = columns.map(({ title, studied }, column) => ({
    title,
    studied,
    rank: ranksOf(column),
    mean: ranks && meansOver(rows.map(({ cells }) => cells[column])),
    ...Object.fromEntries(rows.map(({ cells }, row) => [`row${row}`, cells[column]])),
  }));
  // Where no detector has runs in all, there is nothing to sum up.
  const sums = ['rank', 'mean'].filter((field) =>
    data.some(({ [field]: values }) => values && Object.values(values).some((value) => value != null)),
  );
  return {
    data,
    columns: [
      {
        title: 'Detector',
        field: 'title',
        ...wrapped(),
        maxWidth: nameWidth(place),
        sorter: studiedFirst((a, b) => a.localeCompare(b)),
      },
      ...[
        {
          ...meanColumn('Mean rank', 'rank'),
          headerSortStartingDir: 'asc',
          sorter: studiedFirst((a, b) => (rankOf(a) === rankOf(b) ? 0 : rankOf(a) - rankOf(b))),
          formatter: (cell) => cell.getValue()?.[metric()]?.toFixed(1) ?? '–',
        },
        { ...meanColumn('Mean', 'mean'), sorter: studiedFirst((a, b) => meanOf(a) - meanOf(b)) },
      ].filter(({ field }) => sums.includes(field)),
      ...rows.map(({ setting }, row) => ({
        ...meanColumn(settingText(dimensions, setting, varied), `row${row}`),
        sorter: studiedFirst((a, b) => meanOf(a) - meanOf(b)),
      })),
    ],
    initialSort: [sums.includes('rank') ? { column: 'rank', dir: 'asc' } : { column: 'row0', dir: 'desc' }],
    rowFormatter: (row) => row.getElement().classList.toggle('studied', row.getData().studied),
    pinned: 1,
  };
}

/** The mean of each metric over cells, where none is missing. */
function meansOver(cells) {
  return Object.fromEntries(
    ['auroc', 'averagePrecision'].flatMap((name) => {
      const means = cells.map((cell) => cell?.[name]?.mean);
      if (means.includes(undefined)) return [];
      const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
      return [[name, { mean, text: (100 * mean).toFixed(1) }]];
    }),
  );
}

/** The places of the dimensions in which settings differ, and of the others; of a single setting all tell what it is. */
function dimensionsOf({ dimensions, rows }) {
  const places = [...dimensions.keys()];
  const varies = (place) =>
    rows.length === 1 || rows.some(({ setting }) => setting[place] !== rows[0].setting[place]);
  return { varied: places.filter(varies), common: places.filter((place) => !varies(place)) };
}

function settingText(dimensions, setting, places) {
  return places
    .map((place) => (place === 0 ? setting[0] : `${dimensions[place]} ${setting[place]}`))
    .join(', ');
}

/** Shows a table of means in a place, with what all its settings share above it. */
export function showMeans(place, content) {
  const told = dimensionsOf(content);
  if (told.common.length > 0) {
    const common = element('p', 'note', '');
    common.append(inSymbols(settingText(content.dimensions, content.rows[0].setting, told.common)));
    place.before(common);
  }
  const linesOf = content.lines === 'detectors' ? detectorLines : settingLines;
  const table = showTable(place, linesOf(content, told, place));
  onMetric(() => {
    table.setSort(table.getSorters().map(({ field, dir }) => ({ column: field, dir })));
    table.redraw(true);
  });
}
