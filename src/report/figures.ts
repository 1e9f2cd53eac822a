import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import { type Columns, columnsOf } from '../results/columns.js';
import { MOST_PAIRED, pairedColumns } from '../results/pairing.js';
import type { RunRecord } from '../results/record.js';
import { remarksOf } from '../results/remarks.js';
import { tellDataApart } from '../results/tell-data-apart.js';
import type { Trace } from '../results/trace.js';
import { curves } from './curves.js';
import { STUDIED } from './detector-style.js';
import { dotPlots } from './dots.js';
import { draw, svgFile } from './draw.js';
import { entropyPlots } from './entropy.js';
import { readExperiments, runsOfAll } from './experiment-results.js';
import { FIGURE_KINDS, type FigureKind, type FigureOptions } from './figure-options.js';
import { fileNames } from './file-names.js';
import type { Picture, Plot } from './plot.js';
import { rankDiagrams } from './rank-diagrams.js';
import { scatterPlots } from './scatter.js';
import { precisionRecallCurves, rocCurves, scoredSettings } from './score-curves.js';

/** Runs whose figures are drawn, of one experiment or of several together. */
interface Drawn {
  readonly records: readonly RunRecord[];
  readonly columns: Columns;
  /** The name of the detector under study. */
  readonly study: string;
  readonly traces: ReadonlyMap<string, Trace>;
  /** The file of anomaly scores of each run that was saved, by id. */
  readonly scores: ReadonlyMap<string, string>;
}

/** A kind of figures. */
interface Kind {
  /** What there has to be for one. */
  readonly needs: string;
  plots(drawn: Drawn): Plot[];
}

const SAVED = 'runs that kept their models and scores';

const KINDS: Readonly<Record<FigureKind, Kind>> = {
  ratio: {
    needs: 'runs of several values of γ_l, γ_p, k, η or d',
    plots: ({ records, study }) => curves(records, study),
  },
  dots: {
    needs: 'two runs or more of a detector in one setting',
    plots: ({ records, study }) => dotPlots(records, study),
  },
  roc: {
    needs: SAVED,
    plots: ({ records, scores, study }) =>
      scoredSettings(records, scores, study).map(({ title, detectors }) => rocCurves(title, detectors)),
  },
  pr: {
    needs: SAVED,
    plots: ({ records, scores, study }) =>
      scoredSettings(records, scores, study).map(({ title, detectors }) =>
        precisionRecallCurves(title, detectors),
      ),
  },
  ranks: {
    needs: 'runs of three detectors or more on five data sets or more',
    plots: ({ records, study }) => rankDiagrams(records, study),
  },
  scatter: {
    needs: `runs of the detector under study and of another on two pairs of classes or more, and at most ${MOST_PAIRED} columns of a table`,
    plots: ({ records, columns, study }) => scatterPlots(pairedColumns(records, columns), study),
  },
  entropy: {
    needs: 'runs with diagnostics: entropy',
    plots: ({ records, columns, traces, study }) => entropyPlots(records, columns, traces, study),
  },
};

/** A figure as the content of a file. */
export interface Figure {
  readonly title: string;
  /** In ASCII, without an ending; no other figure of the results has it. */
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** The figures of one kind, and what is to be said of the results. */
export interface Figures {
  readonly figures: readonly Figure[];
  readonly notices: readonly string[];
}

/**
 * Draws the figures of a kind for a paper, one a setting. Runs of several experiments count together.
 *
 * @param results results folders, or files of run records
 * @throws UserError where there are no records, or none that such a figure could be of
 */
export async function figures(
  results: readonly string[],
  { kind, width = 'column', format = 'svg', study = STUDIED }: FigureOptions,
): Promise<Figures> {
  const { experiments, notices } = readExperiments(results);
  const records = tellDataApart(runsOfAll(experiments));
  const drawn = {
    records,
    columns: columnsOf(records),
    study,
    traces: new Map(experiments.flatMap(({ traces }) => [...traces])),
    scores: new Map(experiments.flatMap(({ scores }) => [...scores])),
  };
  const plots = KINDS[kind].plots(drawn);
  if (plots.length === 0) throw noneOf(kind, results, drawn);
  const pictures = await draw(plots, width);
  const names = fileNames(plots.map(({ title }) => title));
  const contents = format === 'svg' ? pictures.map(svgFile) : await pdfFiles(pictures, results);
  return {
    figures: contents.map((content, index) => ({ title: plots[index].title, name: names[index], content })),
    notices: [...notices, ...remarksOf(records, drawn.columns)],
  };
}

/** Characters that a message names at most. */
const SHOWN = 12;

/** @throws UserError where the figures have characters that the font of PDFs has not */
async function pdfFiles(pictures: readonly Picture[], results: readonly string[]): Promise<Buffer[]> {
  const { boxes, pdfFile } = await import('./pdf.js');
  const missing = boxes(pictures);
  if (missing.length > 0) {
    const shown = `${missing.slice(0, SHOWN).join(' ')}${missing.length > SHOWN ? ' …' : ''}`;
    throw new UserError(
      `${results.join(', ')}: a PDF cannot show ${shown}, which its font, Arimo, has not; take ${optionName('format')} svg`,
    );
  }
  return Promise.all(pictures.map(pdfFile));
}

function noneOf(kind: FigureKind, results: readonly string[], drawn: Drawn): UserError {
  const others = FIGURE_KINDS.filter((other) => other !== kind && KINDS[other].plots(drawn).length > 0);
  const there = others.length > 0 ? `; there are figures of ${others.join(', ')}` : '';
  const { needs } = KINDS[kind];
  const how = needs === SAVED ? ` (${optionName('saveModels')})` : '';
  return new UserError(`${results.join(', ')}: a figure of kind ${kind} needs ${needs}${how}${there}`);
}
