import { join } from 'node:path';
import type { Argv, Options } from 'yargs';
import { examples } from './examples.js';
import { say } from './output.js';
import { VERBOSE } from './verbose.js';

export const usage = 'report <results..>';

export const options = {
  out: {
    type: 'string',
    default: 'report',
    requiresArg: true,
    describe: 'Folder for report.html, tables and plots',
  },
  study: {
    type: 'string',
    default: 'deep-sad',
    requiresArg: true,
    describe: 'The detector under study, which comes first',
  },
  open: { type: 'boolean', default: false, describe: 'Open the page' },
  'data-dir': {
    type: 'string',
    requiresArg: true,
    describe: 'Folder of data files, for test images  [default: DEEPSAD_DATA, else a cache folder]',
  },
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad report`: tables on standard output, and tables, plots and report.html in a folder. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Make tables, plots and a page of results',
    (command) =>
      command
        .positional('results', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'Results folders, or files of run records',
        })
        .options(options)
        .example(
          examples(
            ['$0 report results', 'all experiments in one report/report.html'],
            ['$0 report machine-1/cardio machine-2/cardio', 'the parts of one experiment'],
          ),
        )
        .epilogue('The page opens from disk and needs no network.'),
    async ({ results, out, dataDir, study, open }) => {
      const [
        { tryFolder },
        { removeUnfinished },
        { readExperiments },
        { PAPER, writeReport },
        { namedData },
        { printResults, showPage },
        { parseDetector },
      ] = await Promise.all([
        import('../files/folders.js'),
        import('../files/write-file.js'),
        import('../report/experiment-results.js'),
        import('../report/report.js'),
        import('../report/test-images.js'),
        import('./print-results.js'),
        import('../config/detector-choice.js'),
      ]);
      const { definition } = parseDetector(study, [], 'study');
      tryFolder(out);
      await removeUnfinished(out);
      const { experiments, notices } = readExperiments(results);
      notices.forEach(say);
      const report = await writeReport(
        experiments,
        out,
        (name) => join(out, name),
        namedData(dataDir),
        definition.name,
      );
      const { sections, paper } = report;
      report.notices.forEach(say);
      for (const { name, records, tables, risen, verified } of sections) {
        printResults(records, name, tables.auroc);
        if (risen !== undefined) say(`${name}: ${risen}`);
        for (const line of verified) say(`${name}: ${line}`);
      }
      if (paper.length > 0) {
        const titles = paper.map(({ title }) => title.split(',')[0]).join(', ');
        say(`The paper's own tables and figures are in ${join(out, PAPER)}: ${titles}.`);
      }
      await showPage(out, open);
    },
  );
}
