/** The record of a run, its losses and its test images, in a dialog. */
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

/** Shows what is known of a run in the page's dialog. */
export function showRun({ record, losses, images }, sheets) {
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
