/** The record of a run, its losses and its test images, in a dialog. */
import { tableOf } from './compare.js';
import { element } from './elements.js';

/** Losses of which the greatest is so many times the least are drawn on a logarithmic scale. */
const WIDE = 20;

/** Steps between the marks of an axis of epochs. */
const WHOLE = [0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));

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
        { ...axis, label: 'epoch', incrs: WHOLE },
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

/** What is known of a run. */
function runPart({ record, losses, images }, sheets) {
  const part = element('div', 'run', '');
  const places = losses.map(() => element('div', 'loss', ''));
  const [all, pictures] = [element('div', 'losses', ''), element('div', 'images', '')];
  all.append(...places);
  part.append(all, pictures, element('pre', '', JSON.stringify(record, null, 2)));
  const draw = () => {
    showImages(pictures, sheets.get(record.dataChecksum), images);
    losses.forEach((loss, i) => {
      drawLoss(places[i], loss);
    });
  };
  return { part, draw };
}

/** The entries of a record, each with its whole name. */
function entriesOf(value, name = '') {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, own]) => entriesOf(own, name === '' ? key : `${name}.${key}`));
}

/** A value as a text; of a list, what tells it from a single value and its items from each other. */
function textOf(value) {
  if (value === undefined) return '–';
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

/** Values as texts, numbers no longer than tells them apart. */
function textsOf(values) {
  const short = values.map((value) =>
    textOf(typeof value === 'number' ? Number(value.toPrecision(4)) : value),
  );
  return short[0] === short[1] ? values.map(textOf) : short;
}

/** What two records have otherwise. */
function differencesOf(runs) {
  const [first, second] = runs.map(({ record }) => new Map(entriesOf(record)));
  const lines = [...new Set([...first.keys(), ...second.keys()])].flatMap((name) => {
    const values = [first, second].map((entries) => entries.get(name));
    return textOf(values[0]) === textOf(values[1]) ? [] : [[name, ...textsOf(values)]];
  });
  const frame = element('div', 'frame compared', '');
  frame.append(tableOf('What differs', ['', 'A', 'B'], lines));
  return frame;
}

/** The run that the next one is to be shown beside. */
let waiting;

const nameOf = ({ detector, record }) =>
  `${detector} on ${record.dataset}, seed ${record.seed} (${record.id})`;

function wait(run) {
  waiting = run;
  const note = document.querySelector('.choosing');
  note.hidden = run === undefined;
  note.textContent = run === undefined ? '' : `Choose the run to show beside ${nameOf(run)}.`;
}

/** Shows what is known of a run in the page's dialog, beside the one that waits for another. */
export function showRun(run, sheets) {
  const runs = waiting === undefined || waiting === run ? [run] : [waiting, run];
  wait(undefined);
  const dialog = document.getElementById('record');
  const form = dialog.querySelector('form');
  const beside = form.querySelector('.beside');
  beside.hidden = runs.length > 1;
  beside.onclick = () => wait(run);
  const parts = runs.map((each) => runPart(each, sheets));
  const content = element('div', 'runs', '');
  content.append(...parts.map(({ part }) => part));
  dialog.classList.toggle('two', runs.length > 1);
  dialog.replaceChildren(form, ...(runs.length > 1 ? [differencesOf(runs)] : []), content);
  dialog.showModal();
  for (const { draw } of parts) draw();
}
