/** The table of all runs, with what chooses its columns, rows and order; the page's address holds the view. */
import { element, inSymbols, labeled, select } from './elements.js';
import { metric, onMetric, setMetric } from './metric.js';
import { showRun } from './record.js';
import { nameWidth, number, pin, reshape, setting, showTable, text, wrapped } from './table.js';

const percent = (cell) => (cell.getValue() === undefined ? '–' : (100 * cell.getValue()).toFixed(1));
/** A column of fractions that is shown in %; a download has them as they are. */
const inPercent = (title, field) =>
  number(`${title}, %`, field, {
    titleDownload: title,
    formatter: percent,
    headerFilterFunc: (least, value) => 100 * value >= Number(least),
  });

/** Every column, and whether it is shown at first. */
function columnsOf(rows, place) {
  const several = (field) => new Set(rows.map((row) => row[field])).size > 1;
  const aligned = { hozAlign: 'right', headerHozAlign: 'right' };
  return [
    setting('Detector', 'detector', { ...wrapped(), minWidth: 130, maxWidth: nameWidth(place) }),
    setting('Data set', 'dataset', { ...wrapped(), maxWidth: nameWidth(place) }),
    inPercent('AUROC', 'auroc'),
    inPercent('Average precision', 'averagePrecision'),
    setting('Normal', 'normalClass', { visible: several('normalClass') }),
    text('Known anomalies', 'known', { visible: several('known') }),
    setting('γ_l', 'labeledAnomalyRatio', { ...aligned, visible: several('labeledAnomalyRatio') }),
    setting('labeled normal', 'labeledNormalRatio', { ...aligned, visible: several('labeledNormalRatio') }),
    setting('γ_p', 'pollutionRatio', { ...aligned, visible: several('pollutionRatio') }),
    setting('Seed', 'seed', aligned),
    setting('Status', 'status'),
    text('Reason', 'reason', { visible: rows.some(({ status }) => status === 'failed') }),
    number('Seconds', 'time', {
      formatter: (cell) => cell.getValue().toFixed(2),
      headerSortStartingDir: 'asc',
    }),
    setting('Experiment', 'experiment', { visible: several('experiment') }),
    setting('Engine', 'engine', { visible: several('engine') }),
    text('Id', 'id', { cssClass: 'id', visible: false }),
  ].map(({ visible = true, ...column }) => ({ ...column, visible }));
}

/** Columns by whose values rows can be put into groups. */
const GROUPS = [
  ...['experiment', 'dataset', 'detector', 'normalClass', 'known'],
  ...['labeledAnomalyRatio', 'pollutionRatio', 'seed', 'status'],
];

function rowsOf(runs) {
  return runs.map(({ experiment, detector, record, losses, images }) => ({
    ...record,
    experiment,
    detector,
    normalClass: [record.normalClass].flat().join('+'),
    known: record.knownAnomalyClasses.join('+'),
    time: Object.values(record.seconds).reduce((sum, seconds) => sum + seconds, 0),
    record,
    losses,
    images,
  }));
}

/** What heads a group of runs. */
function groupHeading(title, value, count, rows) {
  const name = metric();
  const values = rows.flatMap((row) => row[name] ?? []);
  const mean = (100 * values.reduce((sum, each) => sum + each, 0)) / values.length;
  const shown = name === 'auroc' ? 'AUROC' : 'average precision';
  const comesTo = values.length > 0 ? `, mean ${shown} ${mean.toFixed(1)}` : '';
  const heading = element('span', '', '');
  heading.append(
    inSymbols(title),
    ` ${value === '' ? 'none' : value}: ${count} ${count === 1 ? 'run' : 'runs'}${comesTo}`,
  );
  return heading;
}

/** A view of the runs: which columns are shown and pinned, how rows are sorted and grouped, and what the fields filter by. */
const viewOf = (columns) => ({
  shown: columns.filter(({ visible }) => visible).map(({ field }) => field),
  pinned: ['detector'],
  sorted: { field: 'auroc', dir: 'desc' },
  group: '',
  filters: {},
});

/** A view as an address, which names what differs from the first view. */
function addressOf(view, first) {
  const parts = new URLSearchParams();
  if (String(view.shown) !== String(first.shown)) parts.set('columns', view.shown);
  if (String(view.pinned) !== String(first.pinned)) parts.set('pin', view.pinned);
  const sorted = ({ sorted: { field, dir } }) => `${field} ${dir}`;
  if (sorted(view) !== sorted(first)) parts.set('sort', sorted(view));
  if (view.group !== '') parts.set('group', view.group);
  if (metric() !== 'auroc') parts.set('metric', metric());
  for (const [field, value] of Object.entries(view.filters)) parts.set(`where.${field}`, value);
  return `#runs${parts.size > 0 ? `?${parts}` : ''}`;
}

/** The view that an address names; the first one where it names none, and without what there is not. */
function viewAt(hash, first, columns) {
  const parts = new URLSearchParams(hash.split('?')[1] ?? '');
  const isField = (field) => columns.some((column) => column.field === field);
  const fields = (name) => parts.get(name)?.split(',').filter(isField);
  const [field, dir] = parts.get('sort')?.split(' ') ?? [];
  const filters = [...parts].flatMap(([name, value]) => {
    const [, filtered] = /^where\.(.*)$/.exec(name) ?? [];
    return isField(filtered) ? [[filtered, value]] : [];
  });
  return {
    metric: parts.get('metric') ?? 'auroc',
    shown: fields('columns') ?? first.shown,
    pinned: fields('pin') ?? first.pinned,
    sorted: isField(field) ? { field, dir: dir === 'asc' ? 'asc' : 'desc' } : first.sorted,
    group: GROUPS.includes(parts.get('group')) ? parts.get('group') : '',
    filters: Object.fromEntries(filters),
  };
}

/** Columns as a view has them: the pinned ones first. */
function arranged(columns, { shown, pinned }) {
  const place = ({ field }) => (pinned.includes(field) ? pinned.indexOf(field) : pinned.length);
  return columns
    .map((column) => ({ ...column, visible: shown.includes(column.field) }))
    .sort((a, b) => place(a) - place(b));
}

export function showRuns(place, runs, sheets) {
  const rows = rowsOf(runs);
  const columns = columnsOf(rows, place);
  const titleOf = (field) => columns.find((column) => column.field === field).title;
  const first = viewOf(columns);
  let view = viewAt(location.hash, first, columns);
  const bar = toolbar(columns, rows.length);
  place.before(bar.element);

  const elements = new WeakMap();
  const table = showTable(place, {
    data: rows,
    columns: arranged(columns, view),
    pinned: view.pinned.length,
    initialSort: [{ column: view.sorted.field, dir: view.sorted.dir }],
    initialHeaderFilter: Object.entries(view.filters).map(([field, value]) => ({ field, value })),
    maxHeight: '75vh',
    groupStartOpen: false,
    groupToggleElement: 'header',
    groupHeader: (value, count, rows) => groupHeading(titleOf(view.group), value, count, rows),
    groupHeaderPrint: (value, count, rows) => groupHeading(titleOf(view.group), value, count, rows).outerHTML,
    placeholder: 'No run passes these filters.',
    downloadRowRange: 'active',
    rowFormatter: (row) => elements.set(row.getElement(), row),
  });

  const group = () => table.setGroupBy(view.group === '' ? false : view.group);
  /** Keeps what the reader changed, and names it in the address. */
  const keep = (changes, addressed = true) => {
    view = { ...view, ...changes };
    const address = addressOf(view, first);
    bar.link.href = address;
    if (addressed) history.replaceState(null, '', address);
    bar.show(view);
  };
  const arrange = (changes) => {
    keep(changes);
    reshape(table, arranged(columns, view));
    pin(table, view.pinned.length);
  };
  const apply = (next) => {
    view = next;
    // Groups are headed by what the view says that they are of.
    group();
    setMetric(next.metric);
    for (const { field } of table.getHeaderFilters()) table.setHeaderFilterValue(field, '');
    reshape(table, arranged(columns, view));
    for (const [field, value] of Object.entries(next.filters)) table.setHeaderFilterValue(field, value);
    table.setSort(next.sorted.field, next.sorted.dir);
    pin(table, view.pinned.length);
    keep({}, false);
  };

  table.on('tableBuilt', () => {
    setMetric(view.metric);
    if (view.group !== '') group();
    keep({}, false);
    table.on('dataFiltered', (_filters, passing) => {
      bar.count(passing.length);
      const filters = Object.fromEntries(table.getHeaderFilters().map(({ field, value }) => [field, value]));
      if (JSON.stringify(filters) !== JSON.stringify(view.filters)) keep({ filters });
    });
    table.on('dataSorted', ([sorter]) => {
      if (!sorter || (sorter.field === view.sorted.field && sorter.dir === view.sorted.dir)) return;
      keep({ sorted: { field: sorter.field, dir: sorter.dir } });
    });
    bar.count(table.getDataCount('active'));
    onMetric(() => {
      if (view.group !== '') group();
      keep({});
    });
    addEventListener('hashchange', () => {
      if (/^#runs(\?|$)/.test(location.hash)) apply(viewAt(location.hash, first, columns));
    });
  });
  bar.onShown((field, isShown) =>
    arrange({
      shown: columns
        .map((column) => column.field)
        .filter((each) => (each === field ? isShown : view.shown.includes(each))),
    }),
  );
  bar.onPinned((field, isPinned) =>
    arrange({ pinned: isPinned ? [...view.pinned, field] : view.pinned.filter((each) => each !== field) }),
  );
  bar.onGroup((field) => {
    keep({ group: field });
    group();
  });
  bar.onReset(() => {
    apply({ ...first, metric: metric() });
    keep({});
  });
  bar.onDownload(() => table.download('csv', 'runs.csv'));

  table.on('rowClick', (_event, row) => showRun(row.getData(), sheets));
  moveByKeys(table, elements, (row) => showRun(row.getData(), sheets));
}

function focusLine(line, options) {
  line.tabIndex = -1;
  line.focus(options);
}

/**
 * Keeps the focus on a line of a table that is taken out of the page and put back, as lines are that scroll or whose group unfolds; the
 * lines of groups come back as others of the same text. In between the table has it, so that the keys still work.
 */
function keepFocus(place) {
  const holder = place.querySelector('.tabulator-tableholder');
  let current;
  const found = () => {
    const groups = [...holder.querySelectorAll('.tabulator-group')];
    return current.isConnected
      ? current
      : groups.find(({ textContent }) => textContent === current.textContent);
  };
  document.addEventListener('pointerdown', () => {
    current = undefined;
  });
  document.addEventListener('focusin', ({ target }) => {
    if (target === holder && current?.isConnected === false) return;
    current = holder.contains(target) ? target.closest('.tabulator-row') : undefined;
  });
  new MutationObserver(() => {
    if (!current || ![document.body, holder].includes(document.activeElement)) return;
    const line = found();
    if (line) focusLine(line, { preventScroll: true });
    else holder.focus({ preventScroll: true });
  }).observe(holder, { childList: true, subtree: true });
}

/** Lets the arrows move from line to line, and Enter open a run or unfold a group. */
function moveByKeys(table, rowOf, open) {
  table.element.addEventListener('keydown', (event) => {
    const holder = event.target.closest('.tabulator-tableholder');
    if (!holder) return;
    const line = event.target.closest('.tabulator-row');
    const next = {
      ArrowDown: () => (line ? line.nextElementSibling : holder.querySelector('.tabulator-row')),
      ArrowUp: () => line?.previousElementSibling,
      Enter: () => line,
    }[event.key]?.();
    if (!next) return;
    // Enter would go on to the button that closes what it opened.
    event.preventDefault();
    if (event.key !== 'Enter') focusLine(next);
    else if (rowOf.has(line)) open(rowOf.get(line));
    else line.click();
  });
  table.on('tableBuilt', () => keepFocus(table.element));
  const tellFolds = () => {
    for (const group of table.element.querySelectorAll('.tabulator-group')) {
      group.setAttribute('aria-expanded', String(group.classList.contains('tabulator-group-visible')));
    }
  };
  for (const event of ['renderComplete', 'scrollVertical', 'groupVisibilityChanged']) {
    table.on(event, tellFolds);
  }
}

/** What stands above the table of runs. */
function toolbar(columns, total) {
  const bar = element('div', 'toolbar', '');
  const count = element('output', 'count', `${total} of ${total} runs`);
  count.setAttribute('role', 'status');
  const menu = element('details', 'menu', '');
  menu.append(element('summary', '', 'Columns'));
  const list = menu.appendChild(element('div', 'menu-list', ''));
  const boxes = columns.map(({ title, field }) => {
    const line = list.appendChild(element('div', '', ''));
    const box = (label, kind) => {
      const field = Object.assign(document.createElement('input'), { type: 'checkbox' });
      const around = element('label', kind, '');
      around.append(field, ' ', inSymbols(label));
      line.append(around);
      return field;
    };
    const [shown, pinned] = [box(title, 'shows'), box('pin', 'pins')];
    pinned.setAttribute('aria-label', `Pin ${title}`);
    return { field, shown, pinned };
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });
  const titles = new Map(columns.map(({ field, title }) => [field, title]));
  const group = select([['', 'none'], ...GROUPS.map((field) => [field, titles.get(field)])]);
  const button = (label) => Object.assign(element('button', '', label), { type: 'button' });
  const [reset, download] = [button('Reset view'), button('Download CSV')];
  const link = element('a', '', 'Link to this view');
  bar.append(count, menu, labeled('Group by', group), download, reset, link);
  return {
    element: bar,
    link,
    count: (passing) => {
      count.textContent = `${passing} of ${total} runs`;
    },
    show: (view) => {
      group.value = view.group;
      for (const { field, shown, pinned } of boxes) {
        shown.checked = view.shown.includes(field);
        pinned.checked = view.pinned.includes(field);
      }
    },
    onShown: (callback) => {
      for (const { field, shown } of boxes)
        shown.addEventListener('change', () => callback(field, shown.checked));
    },
    onPinned: (callback) => {
      for (const { field, pinned } of boxes)
        pinned.addEventListener('change', () => callback(field, pinned.checked));
    },
    onGroup: (callback) => group.addEventListener('change', () => callback(group.value)),
    onReset: (callback) => reset.addEventListener('click', callback),
    onDownload: (callback) => download.addEventListener('click', callback),
  };
}
