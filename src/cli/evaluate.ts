import { join } from 'node:path';
import type { Argv, Options } from 'yargs';
import type { Evaluation } from '../models/evaluate.js';
import { examples } from './examples.js';
import { columnsOf, print } from './output.js';
import {
  atEnd,
  commonOptions,
  dataPath,
  labelOptions,
  modelPosition,
  perStepOption,
  teller,
} from './own-options.js';
import { wrapBeside } from './wrap.js';

export const usage = 'evaluate <model> <data>';

export const options = {
  ...labelOptions,
  'per-step': perStepOption,
  out: {
    type: 'string',
    default: 'evaluation',
    requiresArg: true,
    describe: 'Folder for roc.svg and precision-recall.svg',
  },
  ...commonOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad evaluate`: AUROC and average precision on standard output, their curves as files. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Judge a fitted model by labeled data',
    (command) =>
      command
        .positional('model', modelPosition)
        .positional('data', {
          type: 'string',
          demandOption: true,
          describe: 'Labeled data like those of the fit; - reads a table from standard input',
          coerce: dataPath,
        })
        .options(options)
        .example(
          examples(
            ['$0 evaluate model labeled.csv', 'labels as in the data of the fit'],
            [
              '$0 evaluate model test.csv --labels y --normal 0 --anomaly 1',
              'labels of another column and spelling',
            ],
          ),
        )
        .epilogue('Samples without a label count for nothing. Exit code: 0 done, 2 refused.'),
    async ({ model, data, labels, perStep, out, device, quiet, ...given }) => {
      const [
        { createEngine },
        { loadScorer, relabel, scoreData },
        { scoreSteps },
        { evaluate },
        { describeCounts, outnumbering },
        { draw, svgFile },
        { precisionRecallCurves, rocCurves, scoredModel },
        { detectorNamed },
        { makeFolder, tryFolder },
        { removeUnfinished, writeFileAtomic },
        { nameOf },
      ] = await Promise.all([
        import('../engine/device.js'),
        import('../models/score.js'),
        import('../models/score-steps.js'),
        import('../models/evaluate.js'),
        import('../data/label-meanings.js'),
        import('../report/draw.js'),
        import('../report/score-curves.js'),
        import('../detectors/registry.js'),
        import('../files/folders.js'),
        import('../files/write-file.js'),
        import('../data/formats/csv.js'),
      ]);
      tryFolder(out);
      await removeUnfinished(out);
      const scorer = await loadScorer(model, await createEngine(device));
      const relabeled = relabel(scorer, labels, given);
      const say = teller({ quiet, verbose: given.verbose });
      const evaluation = await evaluate(relabeled, data, say, perStep ? scoreSteps : scoreData);
      scorer.model.detector.dispose?.();
      const { counts, normal, anomalies, unlabeled } = evaluation;
      const name = nameOf(data);
      say(`${name}, ${relabeled.input.labelPlace(data)}: ${describeCounts(counts)}.`);
      if (evaluation.ofTheFit > 0) {
        say(
          `${name}: the model was fitted on ${shareText(evaluation.ofTheFit)}; how well it does on others they do not say.`,
        );
      }
      // Whoever says what the labels mean, or names folders by it, knows which are more.
      if (relabeled.input.kind === 'table' && !given.normal && !given.anomaly) {
        outnumbering(name, anomalies, normal + unlabeled).forEach(say);
      }

      const scored = { scores: evaluation.scores, anomalies: evaluation.labels };
      const { title } = detectorNamed(scorer.model.choice.name);
      const lines = [scoredModel(title, scored)];
      const [roc, precisionRecall] = await draw([
        rocCurves(name, lines, scorer.threshold.value),
        precisionRecallCurves(name, lines, scorer.threshold.value),
      ]);
      makeFolder(out);
      await writeFileAtomic(join(out, 'roc.svg'), svgFile(roc));
      await writeFileAtomic(join(out, 'precision-recall.svg'), svgFile(precisionRecall));
      print(describe(evaluation, columnsOf(process.stdout)));
      say(`The curves are in ${atEnd(out)}.`);
    },
  );
}

function shareText(share: number): string {
  return share === 1 ? 'these samples' : `about ${Math.round(100 * share)} % of the labeled samples`;
}

function describe(
  { auroc, averagePrecision, normal, anomalies, unlabeled, flagged }: Evaluation,
  columns: number,
): string {
  const facts = {
    AUROC: auroc.toFixed(4),
    'average precision': averagePrecision.toFixed(4),
    anomalies: `${anomalies}, of which the threshold flags ${flagged.anomalies}`,
    'normal samples': `${normal}, of which the threshold flags ${flagged.normal}`,
    unlabeled: String(unlabeled),
  };
  const lines = Object.entries(facts).map(([name, fact]) => wrapBeside(name.padEnd(19), fact, columns));
  return `${lines.join('\n')}\n`;
}
