import { extname } from 'node:path';
import type { Argv, Options } from 'yargs';
import { UserError } from '../errors.js';
import { FIGURE_FORMATS, FIGURE_KINDS, type FigureWidth, WIDTHS } from '../report/figure-options.js';
import { examples } from './examples.js';
import { printData, say } from './output.js';
import { VERBOSE } from './verbose.js';

export const usage = 'figure <results..>';

const DEFAULT_WIDTH: FigureWidth = 'column';

export const options = {
  kind: { choices: FIGURE_KINDS, demandOption: true, requiresArg: true, describe: 'What to draw' },
  width: {
    choices: Object.keys(WIDTHS) as FigureWidth[],
    default: DEFAULT_WIDTH,
    requiresArg: true,
    describe: 'Of a paper: 234 or 486 points (3.25 or 6.75 inches)',
  },
  format: { choices: FIGURE_FORMATS, requiresArg: true, describe: 'svg unless --out ends in .pdf' },
  study: {
    type: 'string',
    default: 'deep-sad',
    requiresArg: true,
    describe: 'The detector under study, which comes first and lies on top',
  },
  out: {
    type: 'string',
    requiresArg: true,
    describe: 'File; several figures have their titles added  [default: named by their titles]',
  },
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad figure`: figures for a paper as files, whose names go to standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Draw figures of results for a paper',
    (command) =>
      command
        .positional('results', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'Results folders, or files of run records; they count together',
        })
        .options(options)
        .example(
          examples([
            '$0 figure results/mnist --kind ratio --format pdf',
            'AUROC against the ratio that varies',
          ]),
        )
        .epilogue(
          [
            'ratio    AUROC against γ_l, γ_p, k, η or d, whichever varies',
            'dots     the AUROC of every run by detector, with means',
            'roc, pr  ROC and precision–recall curves of runs with saved scores',
            'ranks    critical differences over five data sets or more (Demšar 2006)',
            'scatter  the detector under study against each other',
            'entropy  of runs with diagnostics: entropy',
          ].join('\n'),
        ),
    async ({ results, kind, width, out, study, ...given }) => {
      const format = given.format ?? (out !== undefined && extname(out) === '.pdf' ? 'pdf' : 'svg');
      if (out !== undefined && extname(out) !== `.${format}`) {
        const endings = given.format === undefined ? '.svg or .pdf' : `.${format}`;
        throw new UserError(`--out ${out}: expected a name that ends in ${endings}`);
      }
      const [{ figures }, { writeFileAtomic }, { parseDetector }] = await Promise.all([
        import('../report/figures.js'),
        import('../files/write-file.js'),
        import('../config/detector-choice.js'),
      ]);
      const drawn = await figures(results, {
        ...{ kind, width, format },
        study: parseDetector(study, [], 'study').definition.name,
      });
      drawn.notices.forEach(say);
      for (const { name, content } of drawn.figures) {
        const file =
          out === undefined
            ? `${name}.${format}`
            : drawn.figures.length === 1
              ? out
              : `${out.slice(0, -extname(out).length)}-${name}.${format}`;
        await writeFileAtomic(file, content);
        await printData(`${file}\n`);
      }
    },
  );
}
