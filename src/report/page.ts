import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sumBy } from 'es-toolkit/math/sumBy';
import { escape as escapeHtml } from 'es-toolkit/string/escape';
import { PACKAGE_ROOT, VERSION } from '../package.js';
import type { Extremes } from '../results/extremes.js';
import type { PaperTable } from '../results/paper-tables.js';
import type { RunRecord } from '../results/record.js';
import type { Significance } from '../results/significance.js';
import { type Cell, type Columns, type Published, percent, type Table } from '../results/table.js';
import { HEADINGS, meanAndStd, noteLines, publishedText } from '../results/wording.js';
import type { ExperimentResults } from './experiment-results.js';
import { lossCurves } from './losses.js';
import type { Picture } from './plot.js';
import type { Sheets } from './test-images.js';

/** An experiment with all that a report shows of it. */
export interface Section extends ExperimentResults {
  readonly columns: Columns;
  readonly table: Table;
  readonly significance: readonly Significance[];
  readonly curves: readonly Picture[];
  readonly scatterPlots: readonly Picture[];
  /** Of the representations that encoders were probed for. */
  readonly entropyPlots: readonly Picture[];
  readonly scorePlots: readonly ScorePlots[];
  /** What is to be said of losses that rose. */
  readonly risen: string | undefined;
}

/** A table or figure of the paper as a report shows it. */
export interface PaperSection extends PaperTable {
  readonly figures: readonly Picture[];
}

/** The plots of one run's scores. */
export interface ScorePlots {
  readonly run: string;
  readonly pictures: readonly Picture[];
}

/**
 * The report as one HTML page. Its tables are data, which its script shows with Tabulator. Names in it come from files that others
 * may have made: all are text, and the page's policy lets no script run but its own, and nothing be loaded.
 *
 * @param paper the paper's tables and figures that experiments belong to
 * @param sheets the test images of the data sets of their runs
 */
export function renderPage(
  sections: readonly Section[],
  paper: readonly PaperSection[],
  sheets: Sheets,
): string {
  const runs = sumBy(sections, ({ records }) => records.length);
  const scripts = [
    packaged('tabulator-tables/dist/js/tabulator.min.js'),
    packaged('uplot/dist/uPlot.iife.min.js'),
    asset('report.js'),
  ].map(inlineScript);
  const title = sections.length === 1 ? sections[0].name : `${sections.length} experiments`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · deepsad</title>
<style>
${packaged('tabulator-tables/dist/css/tabulator_simple.min.css')}
${packaged('uplot/dist/uPlot.min.css')}
${asset('report.css')}
</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<p>${count(runs, 'run')}, reported by deepsad ${VERSION}. A click on a heading sorts, the fields below it filter.</p>
<noscript>The tables of this page are shown by its script, which this browser does not run.</noscript>
<nav>
${paper.length > 0 ? '<a href="#paper">The paper</a>\n' : ''}${sections.map(({ name }) => `<a href="#${encodeURIComponent(idOf(name))}">${escapeHtml(name)}</a>`).join('\n')}
<a href="#runs">All runs</a>
</nav>
</header>
<main>
${renderPaper(paper)}
${sections.map(renderSection).join('\n')}
<section id="runs">
<h2>All runs</h2>
<p class="note">A click on a run shows its record, the losses of its trainings, and the test images that it found most normal and most anomalous.</p>
<div class="table" data-table="runs"></div>
</section>
</main>
<dialog id="record"><form method="dialog"><button aria-label="Close">×</button></form><div class="losses"></div><div class="images"></div><pre></pre></dialog>
<script type="application/gzip" id="data">${compress(pageData(sections, paper, sheets))}</script>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
}

function renderPaper(paper: readonly PaperSection[]): string {
  if (paper.length === 0) return '';
  const parts = paper.map(
    ({ title, table, figures }, index) => `<h3>${escapeHtml(title)}</h3>
<div class="table" data-table="paper" data-experiment="${index}"></div>
${notesOf(table)}
${figures.length === 0 ? '' : gallery('curves', figures)}`,
  );
  return `<section id="paper">
<h2>The paper's tables and figures</h2>
<p class="note">Runs of all experiments beside what the paper states; – where no run was done. ${ERRORS_NOTE}</p>
${parts.join('\n')}
</section>`;
}

/** @param more a note of what the table does not show */
function notesOf(table: Table, more?: string): string {
  return [...noteLines(table), ...(more === undefined ? [] : [more])]
    .map((note) => `<p class="note">${escapeHtml(note)}</p>`)
    .join('\n');
}

function renderSection(section: Section, index: number): string {
  const { name, table, config, environments, risen } = section;
  return `<section id="${escapeHtml(idOf(name))}">
<h2>${escapeHtml(name)}</h2>
<h3>AUROC</h3>
<div class="table" data-table="auroc" data-experiment="${index}"></div>
${notesOf(table, risen)}
${renderPictures('AUROC against what was varied', 'curves', section.curves, ERRORS_NOTE)}
${renderPictures('Deep SAD against each competitor', 'scatter-plots', section.scatterPlots, 'A point is a pair of classes in one setting, the mean over its seeds.')}
${renderSignificance(section, index)}
${renderPictures('Entropy of representations', 'curves', section.entropyPlots, ENTROPY_NOTE)}
${renderScores(section.scorePlots)}
${config === undefined ? '' : details('Resolved config', `<pre>${escapeHtml(config)}</pre>`)}
${environments.map((environment) => details('Environment', `<pre>${escapeHtml(environment)}</pre>`)).join('\n')}
</section>`;
}

const ERRORS_NOTE =
  'In figures, bars are ± one standard error: thin over classes, thick over the seeds of each; hollow marks are the paper’s. Marks of one ' +
  'value stand side by side where they would hide each other.';

const ENTROPY_NOTE =
  'In nats a dimension; bands are ± one standard deviation over runs. Only differences between groups mean anything, since the scale of ' +
  'representations adds to all alike. All numbers are in entropy.csv.';

function renderPictures(heading: string, kind: string, pictures: readonly Picture[], note: string): string {
  if (pictures.length === 0) return '';
  return `<h3>${heading}</h3>\n<p class="note">${note}</p>\n${gallery(kind, pictures)}`;
}

function renderSignificance({ significance }: Section, index: number): string {
  if (significance.length === 0) return '';
  return `<h3>Significance</h3>
<div class="table" data-table="significance" data-experiment="${index}"></div>
<p class="note">Two-sided Wilcoxon signed-rank test over runs with the same data, classes, ratios and seed, where there are
six or more; beside p stands p by Holm's correction for all comparisons of the table.</p>`;
}

function renderScores(plots: readonly ScorePlots[]): string {
  if (plots.length === 0) return '';
  const runs = plots.map(({ run, pictures }) => details(run, gallery('scores', pictures)));
  return `<h3>Scores of single runs</h3>\n${details(count(runs.length, 'run'), runs.join('\n'))}`;
}

function gallery(kind: string, pictures: readonly Picture[]): string {
  const figures = pictures.map(
    ({ title, svg }) => `<figure role="img" aria-label="${escapeHtml(title)}">${svg}</figure>`,
  );
  return `<div class="gallery ${kind}">${figures.join('\n')}</div>`;
}

function details(summary: string, content: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>${content}</details>`;
}

/** What assets/report.js makes tables of. */
function pageData(sections: readonly Section[], paper: readonly PaperSection[], sheets: Sheets): unknown {
  const losses = lossCurves(sections.flatMap(({ traces }) => [...traces.values()]));
  return {
    paper: paper.map(({ table }) => tableData(table)),
    experiments: sections.map(({ table, significance }) => ({ ...tableData(table), significance })),
    runs: sections.flatMap(({ name, records, columns, traces }) =>
      records.map((record) => ({
        experiment: name,
        detector: columns.of(record),
        record,
        losses: losses(traces.get(record.id)),
        images: imagesOf(record, sheets),
      })),
    ),
    sheets: [...sheets].map(([checksum, sheet]) => [checksum, { ...sheet, places: undefined }]),
  };
}

/** Where the images of a run lie in the sheet of its data set; undefined where it has none there. */
function imagesOf({ id, dataChecksum }: RunRecord, sheets: Sheets): Extremes | undefined {
  const sheet = sheets.get(dataChecksum);
  return sheet && 'places' in sheet ? sheet.places.get(id) : undefined;
}

function tableData({ dimensions, columns, rows }: Table) {
  return {
    dimensions: dimensions.map((name) => HEADINGS[name]),
    columns,
    rows: rows.map(({ setting, cells, published }) => ({
      setting,
      cells: cells.map((cell, column) => cellData(cell, published[column])),
    })),
  };
}

/** What a cell shows: nothing where there is neither a run nor a published AUROC. */
function cellData(cell: Cell | undefined, published: Published | undefined): unknown {
  if (!cell && !published) return null;
  return {
    ...(cell && {
      mean: cell.mean,
      runs: cell.runs,
      best: cell.best,
      text: cell.runs > 1 ? meanAndStd(cell) : percent(cell.mean),
    }),
    ...(published && {
      published: publishedText(published),
      outside: published.comparison?.outside ?? false,
    }),
  };
}

/** How hard to compress: a twentieth larger than at zlib's default, in two thirds of the time. */
const COMPRESSION = { level: 4 };

function compress(data: unknown): string {
  return gzipSync(JSON.stringify(data), COMPRESSION).toString('base64');
}

/** A file of another package, which the build puts beside the program (esbuild.js). */
function packaged(file: string): string {
  return readFileSync(join(PACKAGE_ROOT, 'bundle', file), 'utf8');
}

function asset(name: string): string {
  return readFileSync(join(PACKAGE_ROOT, 'assets', name), 'utf8');
}

/** Lets these scripts run and none besides, and nothing be loaded but what lies in the page; the pictures carry styles of their own. */
function policy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** A script that no text of its own ends. */
function inlineScript(source: string): string {
  return source.replaceAll('</script', '<\\/script');
}

function idOf(experiment: string): string {
  return `experiment-${experiment}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
