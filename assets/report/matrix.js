/** How every detector compares with every other, as a matrix. */
import { element, inSymbols, labeled, select } from './elements.js';
import { metric, onMetric } from './metric.js';

/** The level below which a corrected p-value is marked. */
const LEVEL = 0.05;

const points = (difference) => {
  const size = Math.abs(100 * difference).toFixed(1);
  const sign = size === '0.0' ? '' : difference < 0 ? '−' : '+';
  return `${sign}${size}`;
};

const probability = (value) =>
  value === undefined ? 'p –' : value < 0.0001 ? 'p < 0.0001' : `p ${value.toFixed(4)}`;

/** A comparison as seen from the line: as it is, or turned. */
function seenFrom(line, column, comparisons) {
  const found = comparisons.find(
    ({ first, second }) => (first === line && second === column) || (first === column && second === line),
  );
  if (!found || found.first === line) return found;
  const { wins, losses, meanDifference, sign } = found;
  return { ...found, wins: losses, losses: wins, meanDifference: -meanDifference, sign: -sign };
}

function cellOf(compared) {
  const cell = document.createElement('td');
  if (!compared) {
    cell.append(element('span', 'count', '–'));
    return cell;
  }
  const { pairs, wins, losses, meanDifference, sign, corrected } = compared;
  const significant = corrected !== undefined && corrected < LEVEL;
  cell.className = !significant ? '' : sign > 0 ? 'higher' : 'lower';
  cell.append(
    element('div', '', `${significant ? (sign > 0 ? '▲ ' : '▼ ') : ''}${points(meanDifference)}`),
    element('div', 'count', `${wins}–${pairs - wins - losses}–${losses}`),
    element('div', 'count', probability(corrected)),
  );
  return cell;
}

function matrixOf(detectors, { setting, comparisons }) {
  const present = detectors.filter((name) =>
    comparisons.some(({ first, second }) => first === name || second === name),
  );
  const table = document.createElement('table');
  table.createCaption().append(inSymbols(setting));
  const header = table.createTHead().insertRow();
  header.append(element('td', '', ''));
  for (const name of present) header.append(Object.assign(element('th', '', name), { scope: 'col' }));
  const body = table.createTBody();
  for (const line of present) {
    const row = body.insertRow();
    row.append(Object.assign(element('th', '', line), { scope: 'row' }));
    for (const column of present)
      row.append(cellOf(line === column ? undefined : seenFrom(line, column, comparisons)));
  }
  return table;
}

/** Shows the matrix of one setting at a time in a place. */
export function showMatrix(place, { detectors, ...compared }) {
  const choice = select(compared.auroc.map(({ setting }, i) => [i, setting]));
  const frame = element('div', 'frame', '');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', 'Significance');
  const show = () => frame.replaceChildren(matrixOf(detectors, compared[metric()][Number(choice.value)]));
  choice.addEventListener('change', show);
  onMetric(show);
  place.append(...(compared.auroc.length > 1 ? [labeled('Setting', choice)] : []), frame);
  show();
}
