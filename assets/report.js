/**
 * The tables of report.html: unpacks its data and hands them to Tabulator. Names in them may hold markup, which is to be shown: the
 * library takes headings and the items of lists for HTML, so that both are made here, as text.
 */

/** The page's data, which lie in it as gzipped JSON in base64. */
async function readData() {
  const bytes = Uint8Array.from(atob(document.getElementById('data').textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

function element(name, className, text) {
  const created = document.createElement(name);
  created.className = className;
  created.textContent = text;
  return created;
}

const percent = (cell) => (cell.getValue() === undefined ? '–' : (100 * cell.getValue()).toFixed(1));

/** A column of numbers, which its field filters from below. */
const number = (title, field, more = {}) => ({
  title,
  field,
  sorter: 'number',
  hozAlign: 'right',
  headerHozAlign: 'right',
  headerFilter: 'input',
  headerFilterPlaceholder: '≥',
  headerFilterFunc: (least, value) => value >= Number(least),
  ...more,
});

/** A column of text, which its field filters by a part of it. */
const text = (title, field, more = {}) => ({
  title,
  field,
  headerFilter: 'input',
  headerFilterPlaceholder: 'filter',
  ...more,
});

/** A column of settings: a few numbers or names, one of which its field selects. */
const setting = (title, field, more = {}) => ({
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

function aurocCell(cell) {
  const value = cell.getValue();
  if (!value) return '–';
  const content = element('div', 'auroc', '');
  if (value.text === undefined) content.appendChild(element('span', '', '–'));
  else {
    const own = content.appendChild(element(value.best ? 'strong' : 'span', '', value.text));
    own.title = `${value.runs} ${value.runs === 1 ? 'run' : 'runs'}`;
    content.appendChild(element('span', 'count', ` n ${value.runs}`));
  }
  if (value.published) {
    content.appendChild(element('div', value.outside ? 'published outside' : 'published', value.published));
  }
  return content;
}

/** How a p-value is shown, – where too few pairs were tested, and filtered from above. */
const probability = {
  formatter: (cell) => {
    const value = cell.getValue();
    if (value === undefined) return '–';
    return value < 0.0001 ? '< 0.0001' : value.toFixed(4);
  },
  headerFilterPlaceholder: '≤',
  headerFilterFunc: (most, value) => value <= Number(most),
};

const tables = {
  auroc: ({ dimensions, columns, rows }) => ({
    data: rows.map(({ setting, cells }) =>
      Object.fromEntries([
        ...setting.map((value, i) => [`setting${i}`, value]),
        ...cells.map((cell, i) => [`cell${i}`, cell]),
      ]),
    ),
    columns: [
      ...dimensions.map((title, i) => setting(title, `setting${i}`, { frozen: i === 0 })),
      ...columns.map((title, i) => ({
        title,
        field: `cell${i}`,
        hozAlign: 'right',
        headerHozAlign: 'right',
        formatter: aurocCell,
        sorter: (a, b) => (a?.mean ?? -1) - (b?.mean ?? -1),
        headerSortStartingDir: 'desc',
      })),
    ],
  }),

  significance: ({ significance }) => ({
    data: significance,
    columns: [
      setting('Detector', 'first'),
      setting('against', 'second'),
      number('Pairs', 'pairs'),
      number('Higher', 'wins'),
      number('Lower', 'losses'),
      number('Mean difference, points', 'meanDifference', {
        formatter: (cell) =>
          (100 * cell.getValue())
            .toFixed(1)
            .replace(/^-(?=0\.0$)/, '')
            .replace('-', '−'),
        headerFilterFunc: (least, value) => 100 * value >= Number(least),
      }),
      number('p', 'pValue', probability),
      number('p, Holm', 'corrected', probability),
    ],
  }),
};

const inPercent = { formatter: percent, headerFilterFunc: (least, value) => 100 * value >= Number(least) };

function runsTable(runs) {
  return {
    data: runs.map(({ experiment, detector, record, losses, images }) => ({
      ...record,
      experiment,
      detector,
      known: record.knownAnomalyClasses.join('+'),
      time: Object.values(record.seconds).reduce((sum, seconds) => sum + seconds, 0),
      record,
      losses,
      images,
    })),
    columns: [
      setting('Experiment', 'experiment'),
      setting('Data set', 'dataset'),
      setting('Detector', 'detector'),
      number('AUROC, %', 'auroc', inPercent),
      setting('Normal', 'normalClass'),
      text('Known anomalies', 'known'),
      setting('γ_l', 'labeledAnomalyRatio', { hozAlign: 'right' }),
      setting('labeled normal', 'labeledNormalRatio', {
        hozAlign: 'right',
        visible: runs.some(({ record }) => record.labeledNormalRatio > 0),
      }),
      setting('γ_p', 'pollutionRatio', { hozAlign: 'right' }),
      setting('Seed', 'seed', { hozAlign: 'right' }),
      setting('Status', 'status'),
      number('Average precision, %', 'averagePrecision', inPercent),
      number('Seconds', 'time', { formatter: (cell) => cell.getValue().toFixed(2) }),
      text('Reason', 'reason', { visible: runs.some(({ record }) => record.status === 'failed') }),
      text('Id', 'id', { cssClass: 'id' }),
    ],
  };
}

/** Losses of which the greatest is so many times the least are drawn on a logarithmic scale. */
const WIDE = 20;

/** Draws the loss of a training in a place that is shown. */
function drawLoss(place, { phase, epochs, every, values }) {
  const finite = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const style = getComputedStyle(place);
  const axis = {
    stroke: style.color,
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
    ticks: { stroke: style.getPropertyValue('--line'), width: 1 },
  };
  new uPlot(
    {
      title: `Loss of the ${phase}`,
      width: place.clientWidth,
      height: 220,
      scales: { x: { time: false }, y: { distr: least > 0 && most > WIDE * least ? 3 : 1 } },
      axes: [
        { ...axis, label: 'epoch' },
        {
          ...axis,
          size: 70,
          values: (_plot, ticks) => ticks.map((tick) => tick && String(Number(tick.toPrecision(4)))),
        },
      ],
      series: [
        { label: 'epoch' },
        {
          label: 'mean loss',
          stroke: style.getPropertyValue('--accent'),
          width: 1.5,
          points: { show: values.length < 3 },
        },
      ],
    },
    [values.map((_, i) => Math.min(i * every, epochs)), values],
    place,
  );
}

/** Images in a row of a picture, and pixels between them. */
const ACROSS = 8;
const GAP = 2;

const ENDS = [
  ['all', 'lowest', 'Most normal of all'],
  ['all', 'highest', 'Most anomalous of all'],
  ['normal', 'lowest', 'Most normal of the normal class'],
  ['normal', 'highest', 'Most anomalous of the normal class'],
];

/** Pictures of the test images at the ends of a run's ranking, cut from the sheet of its data set. */
async function imagePictures({ columns, width, height, source }, images) {
  const sheet = new Image();
  sheet.src = source;
  await sheet.decode();
  return ENDS.map(([of, end, title]) => {
    const places = images[of][end];
    const figure = element('figure', '', '');
    const canvas = figure.appendChild(document.createElement('canvas'));
    canvas.width = ACROSS * (width + GAP) - GAP;
    canvas.height = Math.ceil(places.length / ACROSS) * (height + GAP) - GAP;
    const context = canvas.getContext('2d');
    places.forEach((place, i) => {
      const [x, y] = [(place % columns) * width, Math.floor(place / columns) * height];
      const [left, top] = [(i % ACROSS) * (width + GAP), Math.floor(i / ACROSS) * (height + GAP)];
      context.drawImage(sheet, x, y, width, height, left, top, width, height);
    });
    figure.appendChild(element('figcaption', '', title));
    return figure;
  });
}

async function showImages(place, sheet, images) {
  place.replaceChildren();
  if (sheet?.missing) place.append(element('p', 'note', `The test images are not shown: ${sheet.missing}.`));
  if (images) place.append(...(await imagePictures(sheet, images)));
}

function showRun({ record, losses, images }, sheets) {
  const dialog = document.getElementById('record');
  dialog.querySelector('pre').textContent = JSON.stringify(record, null, 2);
  const places = losses.map(() => element('div', 'loss', ''));
  dialog.querySelector('.losses').replaceChildren(...places);
  dialog.showModal();
  showImages(dialog.querySelector('.images'), sheets.get(record.dataChecksum), images);
  losses.forEach((loss, i) => {
    drawLoss(places[i], loss);
  });
}

readData().then(({ paper, experiments, runs, sheets }) => {
  const sheetOf = new Map(sheets);
  for (const place of document.querySelectorAll('[data-table]')) {
    const { table, experiment } = place.dataset;
    const content =
      table === 'runs'
        ? runsTable(runs)
        : table === 'paper'
          ? tables.auroc(paper[experiment])
          : tables[table](experiments[experiment]);
    const shown = new Tabulator(place, {
      ...content,
      columnDefaults: { titleFormatter: (cell) => document.createTextNode(cell.getValue()) },
      layout: 'fitData',
      maxHeight: '75vh',
    });
    if (table === 'runs') shown.on('rowClick', (_event, row) => showRun(row.getData(), sheetOf));
  }
});
