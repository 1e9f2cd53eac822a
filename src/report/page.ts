import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { uniq } from 'es-toolkit/array/uniq';
import { sumBy } from 'es-toolkit/math/sumBy';
import { escape as escapeHtml } from 'es-toolkit/string/escape';
import { counted } from '../messages/counted.js';
import { PACKAGE_ROOT, VERSION } from '../package.js';
import type { Columns } from '../results/columns.js';
import { MOST_PAIRED } from '../results/pairing.js';
import type { PaperTable } from '../results/paper-tables.js';
import type { SettingComparisons } from '../results/significance.js';
import { type ByMetric, METRIC_NAMES, METRICS, type Metric } from '../results/spread.js';
import { cellNote, failureLines, noteLines } from '../results/wording.js';
import { curvesNote, dotsNote, entropyNote, ranksNote } from './captions.js';
import { areCompared } from './comparisons.js';
import type { ExperimentResults } from './experiment-results.js';
import type { Tables } from './means.js';
import type { Overview } from './overview.js';
import type { Picture } from './plot.js';
import { significanceSentence } from './significance-sentence.js';
import { textParts } from './subscripts.js';
import type { Sheets } from './test-images.js';

/** An experiment with its tables, and what is said below them. */
export interface TabulatedExperiment extends ExperimentResults {
  readonly columns: Columns;
  readonly tables: Tables;
  /** With a row a class, where classes vary. */
  readonly classes: Tables | undefined;
  /** With a row a machine, of time series. */
  readonly machines: Tables | undefined;
  /** What is to be said of losses that rose. */
  readonly risen: string | undefined;
  /** What is to be said of runs that were executed twice. */
  readonly verified: readonly string[];
}

/** An experiment with all that a report shows of it. */
export interface Section extends TabulatedExperiment {
  readonly significance: ByMetric<readonly SettingComparisons[]>;
  readonly curves: readonly Picture[];
  /** Of runs where nothing varies that curves could be drawn against. */
  readonly dots: readonly Picture[];
  readonly rankDiagrams: readonly Picture[];
  /** Of the scores of all runs of a setting that were saved. */
  readonly scoreCurves: readonly Picture[];
  readonly scatterPlots: readonly Picture[];
  /** Of the representations that encoders were probed for. */
  readonly entropyPlots: readonly Picture[];
  readonly scorePlots: readonly ScorePlots[];
}

/** A table or figure of the paper as a report shows it. */
export interface PaperSection extends PaperTable {
  readonly tables: Tables;
  readonly figures: readonly Picture[];
}

/** An overview as a report shows it. */
export interface OverviewSection extends Overview {
  readonly rankDiagrams: readonly Picture[];
}

/** The plots of one run's scores. */
export interface ScorePlots {
  readonly run: string;
  readonly pictures: readonly Picture[];
}

/** What a page is made of. */
export interface Page {
  readonly sections: readonly Section[];
  /** Tables over several experiments, which such a page opens with. */
  readonly overviews: readonly OverviewSection[];
  /** The paper's tables and figures that experiments belong to. */
  readonly paper: readonly PaperSection[];
  /** The test images of the data sets of their runs. */
  readonly sheets: Sheets;
  /** The name of the detector that comes first. */
  readonly study: string;
}

/**
 * The report as one HTML page. Its tables are data, which its script shows with Tabulator. Of several experiments it opens with their
 * means and one figure, and all else is folded. Names in it come from files that others may have made: all are text, and the page's
 * policy lets no script run but its own, and nothing be loaded.
 *
 * @param data what its script makes tables of (`pageData`)
 */
export function renderPage(page: Page, data: unknown): string {
  const { sections, paper } = page;
  const runs = sumBy(sections, ({ records }) => records.length);
  const scripts = [
    packaged('tabulator-tables/dist/js/tabulator.min.js'),
    packaged('uplot/dist/uPlot.iife.min.js'),
    packaged('report.js'),
  ].map(inlineScript);
  const several = sections.length > 1;
  const title = several ? `${sections.length} experiments` : sections[0].name;
  const links = [
    ...(several ? [link('overview', 'Overview')] : []),
    ...(paper.length > 0 ? [link('paper', 'The paper')] : []),
    ...sections.map(({ name }) => link(idOf(name), name)),
    ...(areCompared(sections) ? [link('compare', 'Compare')] : []),
    link('runs', 'All runs'),
  ];
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
${asset('report/report.css')}
</style>
</head>
<body data-metric="auroc">
<header>
<h1>${escapeHtml(title)}</h1>
<p>${counted(runs, 'run')}, reported by deepsad ${VERSION}. <span class="onscreen">A click on a heading sorts.</span></p>
<noscript>The tables of this page are shown by its script, which this browser does not run.</noscript>
<nav>
${links.join('\n')}
</nav>
<fieldset class="metric"><legend>Tables show</legend>
${METRICS.map((metric) => `<label><input type="radio" name="metric" value="${metric}"${metric === 'auroc' ? ' checked' : ''}> ${METRIC_NAMES[metric]}</label>`).join('\n')}
</fieldset>
</header>
<main>
${renderOverview(page)}
${renderPaper(paper, several)}
${sections.map((section, index) => renderSection(section, index, page)).join('\n')}
${areCompared(sections) ? sectionOf('compare', 'Compare', 'two experiments beside each other', true, '<div data-compared></div>') : ''}
${sectionOf('runs', 'All runs', counted(runs, 'run'), several, RUNS)}
</main>
<dialog id="record" aria-label="Record of a run"><form method="dialog"><button class="beside">Compare with another run</button><button aria-label="Close">×</button></form></dialog>
<script type="application/gzip" id="data">${compress(data)}</script>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
}

const RUNS = `<p class="note onscreen">Enter or a click on a run shows its record, the losses of its trainings, and the test images that it found
most normal and most anomalous; two runs can be put beside each other there.</p>
<p class="note choosing" role="status" hidden></p>
<div class="table" data-table="runs"></div>`;

function link(id: string, text: string): string {
  return `<a href="#${encodeURIComponent(id)}">${escapeHtml(text)}</a>`;
}

/** @param about what is said beside the heading of one that is folded */
function sectionOf(id: string, title: string, about: string, folded: boolean, content: string): string {
  const heading = `<h2>${escapeHtml(title)}</h2>`;
  const body = folded
    ? `<details class="fold"><summary>${heading}<span class="note">${escapeHtml(about)}</span></summary>\n${content}\n</details>`
    : `${heading}\n${content}`;
  return `<section id="${escapeHtml(id)}">\n${body}\n</section>`;
}

/** A place for a table that the script fills. */
function tablePlace(kind: string, index: number, label: string): string {
  return `<div class="table" data-table="${kind}" data-index="${index}" data-label="${escapeHtml(label)}"></div>`;
}

function renderOverview({ overviews, sections }: Page): string {
  if (overviews.length === 0) return '';
  const parts = overviews.map(({ title, note, experiments, tables, rankDiagrams }, index) => {
    const content = `${tablePlace('overview', index, `Means of ${title}`)}
<p class="note">${escapeHtml(`${note} Experiments: ${experiments.join(', ')}.`)}</p>
${notesOf(tables)}
${renderPictures('Mean ranks over data sets', 'curves', rankDiagrams, ranksNote(rankDiagrams))}`;
    if (index > 0) return details(`${title}: ${experiments.join(', ')}`, content);
    const drawn = sections.find(({ name, curves }) => experiments.includes(name) && curves.length > 0);
    if (drawn === undefined) return content;
    const figure = drawn.curves.slice(0, 1);
    const about = `The first plot of ${escapeHtml(drawn.name)}; all are below, in each experiment. ${curvesNote(figure)}`;
    const heading = `AUROC against what was varied in ${escapeHtml(drawn.name)}`;
    return `${content}\n${renderPictures(heading, 'curves', figure, about.trim())}`;
  });
  return `<section id="overview">
<h2>Means of ${escapeHtml(overviews[0].title)}</h2>
${parts.join('\n')}
</section>`;
}

function renderPaper(paper: readonly PaperSection[], folded: boolean): string {
  if (paper.length === 0) return '';
  const parts = paper.map(
    ({ title, tables, figures }, index) => `<h3>${escapeHtml(title)}</h3>
${tablePlace('paper', index, title)}
${notesOf(tables)}
${figures.length === 0 ? '' : gallery('curves', figures)}`,
  );
  const note = `<p class="note">Runs of all experiments beside what the paper states; – where no run was done. ${curvesNote(paper.flatMap(({ figures }) => figures))}</p>`;
  const titles = paper.map(({ title }) => title.split(',')[0]).join(', ');
  return sectionOf('paper', "The paper's tables and figures", titles, folded, [note, ...parts].join('\n'));
}

/** Failures of different reasons that are listed without folding them. */
const MOST_FAILURES = 3;

function paragraphs(notes: readonly string[]): string {
  return notes.map((note) => `<p class="note">${inSymbols(note)}</p>`).join('\n');
}

/**
 * What is below a table, for each metric.
 *
 * @param more a note of what the table does not show
 */
function notesOf(tables: Tables, more?: string): string {
  return METRICS.map((metric) => {
    const table = tables[metric];
    const notes = [...noteLines(table, metric), ...(more === undefined ? [] : [more])];
    const failed = failureLines(table);
    const lines = [
      paragraphs(notes),
      failed.length > MOST_FAILURES
        ? details(
            `${counted(
              sumBy(table.failures, ({ runs }) => runs),
              'run',
            )} failed and are left out`,
            paragraphs(failed),
          )
        : paragraphs(failed),
    ];
    return ofMetric(metric, lines.join('\n'));
  }).join('\n');
}

/** What the cells of a table are, for each metric. */
function cellNotes(tables: Tables): string {
  return METRICS.map((metric) => ofMetric(metric, paragraphs([cellNote(tables[metric], metric)]))).join('\n');
}

/** What is shown where the page shows this metric. */
function ofMetric(metric: Metric, content: string): string {
  return `<div class="of-${metric}">${content}</div>`;
}

function renderSection(section: Section, index: number, { sections, study }: Page): string {
  const { name, records, tables, classes, machines, configs, environments, risen } = section;
  const content = `${tablePlace('means', index, `Means of ${name}`)}
${notesOf(tables, risen)}
${paragraphs([...section.contradictions, ...section.verified])}
${classes === undefined ? '' : details('By class', tablePlace('classes', index, `Means of ${name} by class`) + cellNotes(classes))}
${machines === undefined ? '' : details('AUROC by machine', tablePlace('machines', index, `AUROC of ${name} by machine`) + paragraphs([cellNote(machines.auroc, 'auroc')]))}
${renderSignificance(section, index, study)}
${renderPictures('AUROC against what was varied', 'curves', section.curves, curvesNote(section.curves))}
${renderPictures('AUROC of runs', 'curves', section.dots, dotsNote(section.dots))}
${renderPictures('ROC and precision–recall curves', 'curves', section.scoreCurves, SCORE_CURVES_NOTE)}
${renderPictures('The detector under study against each other', 'scatter-plots', section.scatterPlots, 'A point is a pair of classes in one setting, the mean over its seeds.')}
${renderPictures('Mean ranks over data sets', 'curves', section.rankDiagrams, ranksNote(section.rankDiagrams))}
${renderPictures('Entropy of representations', 'curves', section.entropyPlots, entropyNote(section.entropyPlots))}
${renderScores(section.scorePlots)}
${renderConfigs(configs)}
${environments.map((environment) => details('Environment', `<pre>${escapeHtml(environment)}</pre>`)).join('\n')}`;
  const datasets = uniq(records.map(({ dataset }) => dataset));
  const about = `${counted(records.length, 'run')} on ${datasets.length > 3 ? `${datasets.length} data sets` : datasets.join(', ')}`;
  return sectionOf(idOf(name), name, about, sections.length > 1, content);
}

function renderConfigs(configs: ExperimentResults['configs']): string {
  const lines = configs.map(({ file, content }) =>
    details(
      configs.length === 1 ? 'Resolved config' : `Resolved config of a part of the runs: ${file}`,
      `<pre>${escapeHtml(content)}</pre>`,
    ),
  );
  return lines.join('\n');
}

const SCORE_CURVES_NOTE =
  'Of all runs of a setting whose scores were saved, the mean at each false positive rate and at each recall.';

const SIGNIFICANCE_NOTE =
  'A line against a column: how often it is higher, equal and lower over runs with the same data, classes, ratios and seed, the mean ' +
  'difference in points, and p of the two-sided Wilcoxon signed-rank test by Holm’s correction for all pairs of this matrix; – where fewer ' +
  'than six pairs differ. ▲ and ▼ mark p below 0.05, by whether the ranks that are tested are in the line’s favour; a few large differences ' +
  'may put the mean on the other side. What comes to the same with other labels, or with every seed, counts once.';

function renderPictures(heading: string, kind: string, pictures: readonly Picture[], note: string): string {
  if (pictures.length === 0) return '';
  return `<h3>${heading}</h3>\n${note === '' ? '' : `<p class="note">${note}</p>\n`}${gallery(kind, pictures)}`;
}

function renderSignificance({ significance, columns }: Section, index: number, study: string): string {
  const { length } = columns.names;
  if (length > MOST_PAIRED) {
    return `<p class="note">Significance: not tested, and no detector is drawn against another, since the table has ${length} columns; of at most ${MOST_PAIRED} each is compared with every other.</p>`;
  }
  if (significance.auroc.length === 0) return '';
  const sentences = METRICS.map(
    (metric) =>
      `<span class="of-${metric}">${inSymbols(significanceSentence(significance[metric], study))}</span>`,
  );
  return `<details class="significance"><summary>${sentences.join('')}</summary>
<p class="note">${SIGNIFICANCE_NOTE}</p>
<div data-matrix="${index}"></div>
</details>`;
}

function renderScores(plots: readonly ScorePlots[]): string {
  if (plots.length === 0) return '';
  const runs = plots.map(({ run, pictures }) => details(run, gallery('scores', pictures)));
  return `<h3>Scores of single runs</h3>\n${details(counted(runs.length, 'run'), runs.join('\n'))}`;
}

function gallery(kind: string, pictures: readonly Picture[]): string {
  // A picture has its title and description itself.
  const figures = pictures.map(({ svg }) => `<figure>${svg}</figure>`);
  return `<div class="gallery ${kind}">${figures.join('\n')}</div>`;
}

function details(summary: string, content: string): string {
  return `<details><summary>${inSymbols(summary)}</summary>${content}</details>`;
}

/** A text with the paper's symbols, whose letter after `_` is a subscript. */
function inSymbols(text: string): string {
  const parts = textParts(text).map((part) => ({ ...part, text: escapeHtml(part.text) }));
  return parts.map((part) => (part.lowered ? `<sub>${part.text}</sub>` : part.text)).join('');
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
  const hashes = scripts.map((script) => `'sha256-${hash('sha256', script, 'base64')}'`);
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
