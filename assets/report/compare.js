/** Two experiments beside each other: what differs in their settings, and what their detectors come to. */
import { breakable, element, inSymbols, labeled, select } from './elements.js';
import { metric, onMetric } from './metric.js';

const NAMES = { auroc: 'AUROC, %', averagePrecision: 'Average precision, %' };

/** A table of text: its first column heads the lines. */
export function tableOf(caption, headings, lines) {
  const table = document.createElement('table');
  table.createCaption().append(inSymbols(caption));
  const header = table.createTHead().insertRow();
  for (const heading of headings) {
    header.append(Object.assign(element('th', '', ''), { scope: 'col' }));
    header.lastChild.append(inSymbols(heading));
  }
  const body = table.createTBody();
  for (const [name, ...cells] of lines) {
    const row = body.insertRow();
    row.append(Object.assign(element('th', '', ''), { scope: 'row' }));
    row.lastChild.append(inSymbols(name));
    for (const cell of cells) row.insertCell().append(breakable(cell));
  }
  return table;
}

function tablesOf({ headings, comparisons }, first, second) {
  const compared = comparisons[first][second];
  if (!compared) return [element('p', 'note', 'Choose two that differ.')];
  const { differing, settings, notes } = compared;
  const [a, b] = headings;
  return [
    ...settings.map(({ setting, detectors }) => {
      const lines = detectors.map((each) => [each.detector, ...each[metric()].cells]);
      const table = tableOf(setting, [NAMES[metric()], ...headings], lines);
      table.className = 'numbers';
      detectors.forEach((each, i) => {
        table.tBodies[0].rows[i].classList.toggle('apart', each[metric()].apart);
      });
      return table;
    }),
    element('p', 'note', notes),
    differing.length === 0
      ? element('p', 'note', 'No setting differs.')
      : tableOf('Settings that differ', ['', a, b], differing),
  ];
}

/** Shows the comparison of two experiments that are chosen in a place. */
export function showCompared(place, compared) {
  const choices = compared.names.map((name, i) => [i, name]);
  const [first, second] = [select(choices), select(choices)];
  second.value = 1;
  const bar = element('div', 'toolbar', '');
  bar.append(labeled('A', first), labeled('B', second));
  const frame = element('div', 'frame compared', '');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', 'Comparison');
  const show = () => frame.replaceChildren(...tablesOf(compared, Number(first.value), Number(second.value)));
  for (const choice of [first, second]) choice.addEventListener('change', show);
  onMetric(show);
  place.append(bar, frame);
  show();
}
