/** How every detector compares with every other, as a matrix. */
import { element, inSymbols, labeled, select } from './elements.js';
import { metric, onMetric } from './metric.js';

function cellOf(compared) {
  const cell = document.createElement('td');
  if (!compared) {
    cell.append(element('span', 'count', '–'));
    return cell;
  }
  const { mark = '', points, counts } = compared;
  cell.className = mark;
  cell.append(element('div', '', points), ...counts.map((count) => element('div', 'count', count)));
  return cell;
}

function matrixOf({ setting, detectors, lines }) {
  const table = document.createElement('table');
  table.createCaption().append(inSymbols(setting));
  const header = table.createTHead().insertRow();
  header.append(element('td', '', ''));
  for (const name of detectors) header.append(Object.assign(element('th', '', name), { scope: 'col' }));
  const body = table.createTBody();
  lines.forEach((cells, line) => {
    const row = body.insertRow();
    row.append(Object.assign(element('th', '', detectors[line]), { scope: 'row' }), ...cells.map(cellOf));
  });
  return table;
}

/** Shows the matrix of one setting at a time in a place. */
export function showMatrix(place, compared) {
  const choice = select(compared.auroc.map(({ setting }, i) => [i, setting]));
  const frame = element('div', 'frame', '');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', 'Significance');
  const show = () => frame.replaceChildren(matrixOf(compared[metric()][Number(choice.value)]));
  choice.addEventListener('change', show);
  onMetric(show);
  place.append(...(compared.auroc.length > 1 ? [labeled('Setting', choice)] : []), frame);
  show();
}
