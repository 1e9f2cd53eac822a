/** The page of a report: unpacks its data and shows them. */
import { showCompared } from './compare.js';
import { showMatrix } from './matrix.js';
import { showMeans } from './means.js';
import { setMetric } from './metric.js';
import { showRuns } from './runs.js';

/** The page's data, which lie in it as gzipped JSON in base64. */
async function readData() {
  const bytes = Uint8Array.from(atob(document.getElementById('data').textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

/** Calls back once a place is not in anything folded. */
function whenShown(place, callback) {
  const folded = place.closest('details:not([open])');
  if (!folded) return callback();
  folded.addEventListener('toggle', () => whenShown(place, callback), { once: true });
}

/** Unfolds what the address leads to. */
function reveal() {
  const id = decodeURIComponent(location.hash.slice(1).split('?')[0]);
  const section = id === '' ? null : document.getElementById(id);
  if (!section) return;
  for (const fold of section.querySelectorAll(':scope > details.fold')) fold.open = true;
  section.scrollIntoView();
}

readData().then((data) => {
  for (const choice of document.querySelectorAll('[name="metric"]')) {
    choice.addEventListener('change', () => setMetric(choice.value));
  }
  for (const place of document.querySelectorAll('[data-table], [data-matrix], [data-compared]')) {
    const { table, index, matrix, compared } = place.dataset;
    whenShown(place, () => {
      if (matrix !== undefined) showMatrix(place, data.significance[matrix]);
      else if (compared !== undefined) showCompared(place, data.compared);
      else if (table === 'runs') showRuns(place, data.runs, new Map(data.sheets));
      else showMeans(place, data[table][index]);
    });
  }
  reveal();
  addEventListener('hashchange', reveal);
});
