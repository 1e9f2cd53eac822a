import { createHash } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { kebabCase } from 'es-toolkit/string/kebabCase';
import { makeFolder } from '../folders.js';
import { grouped } from '../grouped.js';
import { labelsOf } from '../results/labels.js';
import { pairedColumns } from '../results/pairing.js';
import { type PaperTable, paperTables } from '../results/paper-tables.js';
import type { RunRecord } from '../results/record.js';
import { byMetric, type Columns, columnsOf, percent } from '../results/table.js';
import { writeTable, writeTables } from '../results/tables.js';
import { tellDataApart } from '../results/tell-data-apart.js';
import { writeFileAtomic } from '../write-file.js';
import { curves, paperFigures } from './curves.js';
import { STUDIED } from './detector-style.js';
import { entropyPlots, probesCsv } from './entropy.js';
import { type ExperimentResults, PAGE, readExperiments } from './experiment-results.js';
import { risenLosses } from './losses.js';
import { bothTables, classTables } from './means.js';
import { overviewsOf } from './overview.js';
import { type Page, type PaperSection, renderPage, type ScorePlots, type Section } from './page.js';
import { pageData } from './page-data.js';
import { draw, type Picture, type Plot } from './plot.js';
import { scatterPlots } from './scatter.js';
import { readScores, rocCurve, scoreHistogram } from './scores.js';
import { type DataSource, imageSheets, missingImages } from './test-images.js';

/** The folder, beside those of the experiments, of the paper's tables and figures. */
export const PAPER = 'paper';

/** What a report shows. */
export interface Report {
  readonly sections: readonly Section[];
  /** The paper's tables and figures that runs of the experiments belong to. */
  readonly paper: readonly PaperSection[];
  /** What it does not show, in words. */
  readonly notices: readonly string[];
}

/**
 * Writes report.html, which needs no other file and no network, and for each experiment table.md, table.csv, table.tex and its
 * plots as SVG; in a folder of their own also the paper's tables and figures, with the runs of all experiments that belong there.
 *
 * @param folderOf the folder of the tables and plots of an experiment of this name
 * @param source where the images of test sets come from
 * @param study the name of the detector that comes first in the page
 * @returns what it shows
 * @throws UserError where saved scores are damaged or nothing can be written
 */
export async function writeReport(
  experiments: readonly ExperimentResults[],
  directory: string,
  folderOf: (name: string) => string,
  source: DataSource,
  study = STUDIED,
): Promise<Report> {
  const sections = await Promise.all(experiments.map(sectionOf));
  const sheets = await imageSheets(experiments, source);
  const runs = uniqBy(
    experiments.flatMap(({ records }) => records),
    ({ id }) => id,
  );
  const precision = paperTables(runs, 'averagePrecision');
  const paper = await Promise.all(
    paperTables(runs).map((shown, index) => paperSectionOf(shown, precision[index])),
  );
  await writeSections(sections, folderOf);
  makeFolder(directory);
  if (paper.length > 0) await writePaper(paper, join(directory, PAPER));
  await writePage(directory, { sections, overviews: overviewsOf(sections), paper, sheets, study });
  return { sections, paper, notices: missingImages(experiments, sheets) };
}

async function writeSections(
  sections: readonly Section[],
  folderOf: (name: string) => string,
): Promise<void> {
  for (const section of sections) {
    makeFolder(folderOf(section.name));
    await writeTables(section.records, folderOf(section.name), section.tables.auroc);
    const { records, columns, traces, curves, scatterPlots, entropyPlots, scorePlots } = section;
    const probes = probesCsv(records, columns, traces);
    if (probes !== undefined) await writeFileAtomic(join(folderOf(section.name), 'entropy.csv'), probes);
    const pictures = [
      ...curves,
      ...scatterPlots,
      ...entropyPlots,
      ...scorePlots.flatMap(({ pictures }) => pictures),
    ];
    await writePictures(pictures, join(folderOf(section.name), 'plots'));
  }
}

async function writePaper(paper: readonly PaperSection[], directory: string): Promise<void> {
  makeFolder(directory);
  for (const { name, table } of paper) await writeTable(table, directory, name);
  await writePictures(
    paper.flatMap(({ figures }) => figures),
    join(directory, 'plots'),
  );
}

async function paperSectionOf(shown: PaperTable, precision: PaperTable): Promise<PaperSection> {
  const tables = { auroc: shown.table, averagePrecision: precision.table };
  return { ...shown, tables, figures: await draw(paperFigures(shown)) };
}

/**
 * Writes the report of an experiment into the folder of its results.
 *
 * @param records those that it is to show
 * @param source where the images of test sets come from
 */
export async function reportExperiment(
  folder: string,
  records: readonly RunRecord[],
  source: DataSource,
): Promise<void> {
  const { experiments } = readExperiments([folder]);
  const name = basename(resolve(folder));
  const own = experiments
    .filter((experiment) => experiment.name === name)
    .map((experiment) => ({ ...experiment, records }));
  const sections = await Promise.all(own.map(sectionOf));
  const sheets = await imageSheets(own, source);
  await writeSections(sections, () => folder);
  makeFolder(folder);
  // Its own table has what the paper states beside it.
  await writePage(folder, { sections, overviews: [], paper: [], sheets, study: STUDIED });
}

function writePage(directory: string, page: Page): Promise<void> {
  return writeFileAtomic(join(directory, PAGE), renderPage(page, pageData(page)));
}

async function sectionOf(experiment: ExperimentResults): Promise<Section> {
  const records = tellDataApart(experiment.records);
  const columns = columnsOf(records);
  return {
    ...experiment,
    records,
    columns,
    tables: bothTables(records, columns),
    classes: classTables(records, columns),
    significance: await significanceOf(records, columns),
    curves: await draw(curves(records)),
    scatterPlots: await draw(scatterPlots(pairedColumns(records, columns))),
    entropyPlots: await draw(entropyPlots(records, columns, experiment.traces)),
    scorePlots: await Promise.all(scorePlots({ ...experiment, records }).map(drawScores)),
    risen: risenLosses(records, experiment.traces),
  };
}

/** How detectors compare by either metric. What tests that is large, and loaded where there are two to compare. */
async function significanceOf(
  records: readonly RunRecord[],
  columns: Columns,
): Promise<Section['significance']> {
  if (columns.names.length < 2) return { auroc: [], averagePrecision: [] };
  const { significanceBySetting } = await import('../results/significance.js');
  return byMetric((metric) => significanceBySetting(records, columns, metric));
}

function scorePlots({ records, scores }: ExperimentResults): { run: string; plots: Plot[] }[] {
  if (scores.size === 0) return [];
  const labelOf = labelsOf(records);
  return records.flatMap((record) => {
    const file = scores.get(record.id);
    if (file === undefined || record.status !== 'done') return [];
    const saved = readScores(file);
    const label = labelOf(record);
    return [
      {
        run: `${label}: AUROC ${percent(record.auroc)} %`,
        plots: [scoreHistogram(label, saved), rocCurve(label, saved)],
      },
    ];
  });
}

async function drawScores({ run, plots }: { run: string; plots: Plot[] }): Promise<ScorePlots> {
  return { run, pictures: await draw(plots) };
}

async function writePictures(pictures: readonly Picture[], directory: string): Promise<void> {
  if (pictures.length === 0) return;
  makeFolder(directory);
  const names = fileNames(pictures.map(({ title }) => title));
  for (const [index, { svg }] of pictures.entries()) {
    await writeFileAtomic(join(directory, `${names[index]}.svg`), svg);
  }
}

/** Bytes of a file's name, which a file system takes 255 of; its temporary name is longer than its last one. */
const NAME_LIMIT = 180;

/** A name for the file of each title, all different: a title that does not fit, or is written like another, gets its checksum. */
function fileNames(titles: readonly string[]): string[] {
  const plain = titles.map((title) => kebabCase(title.replaceAll('γ', 'gamma').replaceAll('η', 'eta')));
  const uses = grouped(plain, (name) => name);
  return titles.map((title, index) => {
    const name = plain[index];
    if (Buffer.byteLength(name) <= NAME_LIMIT && uses.get(name)?.length === 1) return name;
    const checksum = createHash('sha256').update(title).digest('hex').slice(0, 8);
    // A letter that is cut in two becomes a replacement character.
    const start = Buffer.from(name)
      .subarray(0, NAME_LIMIT)
      .toString('utf8')
      .replace(/\ufffd$/, '');
    return `${start}-${checksum}`;
  });
}
