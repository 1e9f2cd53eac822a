import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { makeFolder } from '../files/folders.js';
import { writeFileAtomic } from '../files/write-file.js';
import { type Columns, columnsOf } from '../results/columns.js';
import { labelsOf } from '../results/labels.js';
import { pairedColumns } from '../results/pairing.js';
import { type PaperTable, paperTables } from '../results/paper-tables.js';
import { publishedExhibits } from '../results/published.js';
import type { RunRecord } from '../results/record.js';
import { percent } from '../results/spread.js';
import { TABLE_FILES, writeTable, writeTables } from '../results/tables.js';
import { tellDataApart } from '../results/tell-data-apart.js';
import { verificationLines } from '../results/verification.js';
import { curves, paperFigures } from './curves.js';
import { STUDIED } from './detector-style.js';
import { dotPlots } from './dots.js';
import { draw } from './draw.js';
import { earlierText } from './earlier-text.js';
import { entropyPlots, PROBES_HEADER, probesCsv } from './entropy.js';
import { type ExperimentResults, PAGE, readExperiments, runsOfAll } from './experiment-results.js';
import { risenLosses } from './losses.js';
import { bothTables, classTables, machineTables } from './means.js';
import { overviewsOf } from './overview.js';
import {
  type Page,
  type PaperSection,
  renderPage,
  type ScorePlots,
  type Section,
  type TabulatedExperiment,
} from './page.js';
import { pageData } from './page-data.js';
import type { Picture, Plot } from './plot.js';
import { scatterPlots } from './scatter.js';
import { precisionRecallCurves, rocCurves, scoredModel, scoredSettings } from './score-curves.js';
import { readScores, scoreHistogram } from './scores.js';
import { type DataSource, imageSheets, missingImages } from './test-images.js';
import { type FolderPlots, writePlots } from './write-plots.js';

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
 * @param study the name of the detector that comes first in the page and lies on top in figures
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
  const tabulated = experiments.map(tabulate);
  const runs = runsOfAll(experiments);
  const shown = paperTables(runs);
  await writeTabulated(tabulated, folderOf);
  makeFolder(directory);
  await writePaper(shown, join(directory, PAPER));
  const sections = await Promise.all(tabulated.map((experiment) => sectionOf(experiment, study, true)));
  const sheets = await imageSheets(experiments, source);
  const precision = paperTables(runs, 'averagePrecision');
  const paper = await Promise.all(shown.map((each, index) => paperSectionOf(each, precision[index], study)));
  await writePlots([
    ...sections.map((section) => plotsOf(section, folderOf)),
    { folder: join(directory, PAPER), pictures: paper.flatMap(({ figures }) => figures) },
  ]);
  const overviews = await Promise.all(
    overviewsOf(sections).map(async (overview) => {
      const own = experiments.filter(({ name }) => overview.experiments.includes(name));
      return { ...overview, rankDiagrams: await rankDiagramsOf(tellDataApart(runsOfAll(own)), study) };
    }),
  );
  await writePage(directory, { sections, overviews, paper, sheets, study });
  return { sections, paper, notices: missingImages(experiments, sheets) };
}

/** Writes what needs no drawing, which is done before anything is drawn: a picture that fails costs no table. */
async function writeTabulated(
  experiments: readonly TabulatedExperiment[],
  folderOf: (name: string) => string,
): Promise<void> {
  for (const experiment of experiments) {
    const folder = folderOf(experiment.name);
    makeFolder(folder);
    await writeTables(experiment.records, folder, experiment.tables.auroc);
    await writeProbes(experiment, join(folder, 'entropy.csv'));
  }
}

/** Writes what encoders were probed for; where none was, a file of earlier ones is removed. */
async function writeProbes({ records, columns, traces }: TabulatedExperiment, file: string): Promise<void> {
  const probes = probesCsv(records, columns, traces);
  if (probes !== undefined) await writeFileAtomic(file, probes);
  else if (earlierText(file).startsWith(PROBES_HEADER.join())) await rm(file, { force: true });
}

function plotsOf(section: Section, folderOf: (name: string) => string): FolderPlots {
  const { curves, dots, rankDiagrams, scoreCurves, scatterPlots, entropyPlots } = section;
  const pictures = [...curves, ...dots, ...rankDiagrams, ...scatterPlots, ...scoreCurves, ...entropyPlots];
  return { folder: folderOf(section.name), pictures };
}

/** Writes the paper's tables that runs belong to, and removes those of an earlier report, which begin as ours do. */
async function writePaper(paper: readonly PaperTable[], directory: string): Promise<void> {
  if (paper.length > 0) makeFolder(directory);
  for (const { name, table } of paper) await writeTable(table, directory, name);
  const shown = paper.map(({ name }) => name);
  for (const { name } of publishedExhibits()) {
    if (shown.includes(name)) continue;
    for (const { ending, start } of TABLE_FILES) {
      const file = join(directory, `${name}.${ending}`);
      if (earlierText(file).startsWith(start)) await rm(file, { force: true });
    }
  }
}

async function paperSectionOf(
  shown: PaperTable,
  precision: PaperTable,
  study: string,
): Promise<PaperSection> {
  const tables = { auroc: shown.table, averagePrecision: precision.table };
  return { ...shown, tables, figures: await draw(paperFigures(shown, study)) };
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
  const tabulated = own.map(tabulate);
  await writeTabulated(tabulated, () => folder);
  const sections = await Promise.all(tabulated.map((experiment) => sectionOf(experiment, STUDIED, false)));
  const sheets = await imageSheets(own, source);
  await writePlots(sections.map((section) => plotsOf(section, () => folder)));
  makeFolder(folder);
  // Its own table has what the paper states beside it.
  await writePage(folder, { sections, overviews: [], paper: [], sheets, study: STUDIED });
}

function writePage(directory: string, page: Page): Promise<void> {
  return writeFileAtomic(join(directory, PAGE), renderPage(page, pageData(page)));
}

function tabulate(experiment: ExperimentResults): TabulatedExperiment {
  const records = tellDataApart(experiment.records);
  const columns = columnsOf(records);
  return {
    ...experiment,
    records,
    columns,
    tables: bothTables(records, columns),
    classes: classTables(records, columns),
    machines: machineTables(records, columns),
    risen: risenLosses(records, experiment.traces),
    verified: verificationLines(experiment.repetitions),
  };
}

/** @param eachRun whether the scores of each run are drawn by themselves: of a sweep they are many pictures, for who asks for a report */
async function sectionOf(experiment: TabulatedExperiment, study: string, eachRun: boolean): Promise<Section> {
  const { records, columns } = experiment;
  const varied = curves(records, study);
  const settings = scoredSettings(records, experiment.scores, study);
  return {
    ...experiment,
    significance: await significanceOf(records, columns),
    curves: await draw(varied),
    dots: varied.length > 0 ? [] : await draw(dotPlots(records, study)),
    rankDiagrams: await rankDiagramsOf(records, study),
    scoreCurves: await draw(
      settings.flatMap(({ title, detectors }) => [
        rocCurves(title, detectors),
        precisionRecallCurves(title, detectors),
      ]),
    ),
    scatterPlots: await draw(scatterPlots(pairedColumns(records, columns), study)),
    entropyPlots: await draw(entropyPlots(records, columns, experiment.traces, study)),
    scorePlots: eachRun ? await Promise.all(scorePlots(experiment).map(drawScores)) : [],
  };
}

/** How detectors compare by either metric. What tests that is large, and loaded where there are two to compare. */
async function significanceOf(
  records: readonly RunRecord[],
  columns: Columns,
): Promise<Section['significance']> {
  if (columns.names.length < 2) return { auroc: [], averagePrecision: [] };
  const { significanceBySetting } = await import('../results/significance.js');
  return significanceBySetting(records, columns);
}

/** The mean ranks of detectors over data sets. What tests them is large too, and loaded where there are several. */
async function rankDiagramsOf(records: readonly RunRecord[], study: string): Promise<Picture[]> {
  if (uniqBy(records, ({ dataset }) => dataset).length < 2) return [];
  const { rankDiagrams } = await import('./rank-diagrams.js');
  return draw(rankDiagrams(records, study));
}

/** The plots of the scores of each run by itself. */
function scorePlots({ records, scores, columns }: TabulatedExperiment): { run: string; plots: Plot[] }[] {
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
        plots: [scoreHistogram(label, saved), rocCurves(label, [scoredModel(columns.of(record), saved)])],
      },
    ];
  });
}

async function drawScores({ run, plots }: { run: string; plots: Plot[] }): Promise<ScorePlots> {
  return { run, pictures: await draw(plots) };
}
