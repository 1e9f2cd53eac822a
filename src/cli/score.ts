import type { Argv, Options } from 'yargs';
import { examples } from './examples.js';
import { hasReader, printData } from './output.js';
import { commonOptions, dataPath, modelPosition, perStepOption, teller } from './own-options.js';

export const usage = 'score <model> <data>';

export const options = {
  'per-step': perStepOption,
  ...commonOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad score`: a line of CSV on standard output for each sample of a user's data. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Score data with a fitted model',
    (command) =>
      command
        .positional('model', modelPosition)
        .positional('data', {
          type: 'string',
          demandOption: true,
          describe: 'Data like those of the fit; - reads a table from standard input',
          coerce: dataPath,
        })
        .options(options)
        .example(
          examples(
            ['$0 score model new.csv > scores.csv', 'row, score and flag of each row'],
            ['xzcat new.csv.xz | $0 score model - > scores.csv', 'from standard input'],
          ),
        )
        .epilogue(
          'Columns are matched by name. A higher score is more anomalous; flag is 1 above the threshold of the model, else 0. ' +
            'Exit code: 0 done, 2 refused; what is written then are rows before the refused one, maybe not all of them.',
        ),
    async ({ model, data, perStep, device, ...telling }) => {
      const [{ createEngine }, { loadScorer, scoreData }, { scoreSteps }, { stringify }] = await Promise.all([
        import('../engine/device.js'),
        import('../models/score.js'),
        import('../models/score-steps.js'),
        import('csv-stringify/sync'),
      ]);
      const scorer = await loadScorer(model, await createEngine(device));
      const { input, threshold } = scorer;
      const score = perStep ? scoreSteps : scoreData;
      const batches = score(scorer.model.detector, input, data, {
        labels: 'ignored',
        warn: teller(telling),
      });
      // The header comes with the first samples, so that nothing is written of data that are refused as a whole.
      let lines = `${perStep ? 'step' : input.origin},score,flag\n`;
      for await (const { origins, scores } of batches) {
        origins.forEach((origin, i) => {
          const cell = NEEDS_QUOTES.test(origin) ? stringify([[origin]], { eof: false }) : origin;
          lines += `${cell},${scores[i]},${scores[i] > threshold.value ? 1 : 0}\n`;
        });
        await printData(lines);
        if (!hasReader()) break;
        lines = '';
      }
      scorer.model.detector.dispose?.();
    },
  );
}

/** What a path may hold that a CSV cell has to be quoted for. */
const NEEDS_QUOTES = /[",\r\n]/;
