import { dirname } from 'node:path';
import stringWidth from 'string-width';
import type { Argv, Options } from 'yargs';
import type { RerunOptions } from '../check/check.js';
import type { Run } from '../config/run.js';
import type { Device } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { counted } from '../messages/counted.js';
import { expectWhole } from '../whole-number.js';
import { examples } from './examples.js';
import { EXIT_FAILED, INTERRUPTED } from './exit-codes.js';
import { refuseIdle } from './idle-options.js';
import { exitCodeOf, interruption } from './interruption.js';
import { listed } from './listed.js';
import { columnsOf, print, say } from './output.js';
import { withRemedy } from './remedy.js';
import { MOST_JOBS, options as runOptions } from './run.js';

export const usage = 'check <reference>';

export const options = {
  sample: {
    type: 'number',
    requiresArg: true,
    describe: 'Repeat only so many of the runs, drawn at random  [default: all]',
  },
  seed: { type: 'number', defaultDescription: '1', requiresArg: true, describe: 'Seed of that draw' },
  tolerance: {
    type: 'number',
    requiresArg: true,
    describe:
      'Compare AUROC to within this fraction, and counts, but not average precision  [default: all of them, bit for bit]',
  },
  junit: { type: 'string', requiresArg: true, describe: 'Write the findings to this file as JUnit XML' },
  update: {
    type: 'boolean',
    default: false,
    describe: 'Renew the reference instead of comparing with it',
  },
  jobs: runOptions.jobs,
  device: runOptions.device,
  'data-dir': runOptions['data-dir'],
  quiet: runOptions.quiet,
  verbose: runOptions.verbose,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad check`: repeats the runs of a reference and says on standard output what is not as it was. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Repeat the runs of earlier results and compare',
    (command) =>
      command
        .positional('reference', {
          type: 'string',
          demandOption: true,
          describe: 'Folder that deepsad run made of an experiment',
        })
        .options(options)
        .check(({ jobs, sample, seed, tolerance, junit, update }) => {
          expectWhole('jobs', jobs, 1, MOST_JOBS);
          expectWhole('sample', sample, 1);
          expectWhole('seed', seed, 0);
          if (sample === undefined) refuseIdle({ seed }, 'with --sample');
          if (tolerance !== undefined && !(tolerance >= 0 && tolerance <= 1)) {
            throw new UserError(`--tolerance: expected a fraction from 0 to 1, found ${tolerance}`);
          }
          if (update && (sample ?? tolerance ?? junit) !== undefined) {
            throw new UserError(
              '--update renews the whole reference: leave out --sample, --tolerance and --junit',
            );
          }
          return true;
        })
        .example(
          examples(
            ['$0 check results/mnist', 'every run, bit for bit'],
            ['$0 check results/cardio --sample 5 --seed 7 --tolerance 0.001', 'five of the runs, roughly'],
            ['$0 check results/mnist --update', 'renew the reference after a change that is meant'],
          ),
        )
        .epilogue(`Exit code: 0 all runs agree, 1 some drifted or failed, 2 refused, ${INTERRUPTED}.`),
    async ({ update, ...args }) => (update ? renew(args) : compare(args)),
  );
}

interface Arguments {
  readonly device: Device;
  readonly jobs?: number | undefined;
  readonly reference: string;
  readonly dataDir?: string | undefined;
  readonly sample?: number | undefined;
  readonly seed?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly junit?: string | undefined;
  readonly quiet: boolean;
}

async function compare({ reference, junit, tolerance, seed = 1, ...args }: Arguments): Promise<void> {
  const [
    { executeCheck, planCheck },
    { agrees, markdownOf, renderFindings },
    { toJunit },
    { makeFolder, tryFolder },
    { labelsOf },
    { writeFileAtomic },
  ] = await Promise.all([
    import('../check/check.js'),
    import('../check/differences.js'),
    import('../check/junit.js'),
    import('../files/folders.js'),
    import('../results/labels.js'),
    import('../files/write-file.js'),
  ]);
  const check = await planCheck(reference, { ...args, seed });
  const { runs } = check.plan;
  if (junit !== undefined) {
    await withRemedy('give another --junit', () => {
      makeFolder(dirname(junit));
      tryFolder(dirname(junit));
    });
  }
  const findings = await observed(runs, args, (options) => executeCheck(check, { ...options, tolerance }));
  if (findings === undefined) return;
  // Named among all runs of the reference, so that a sample has their names.
  const label = labelsOf([...check.reference.records.values()]);
  const columns = columnsOf(process.stdout);
  print(
    renderFindings(findings, label, (header, rows) => {
      const table = markdownOf(header, rows);
      if (stringWidth(table.split('\n')[0]) <= columns) return table;
      return rows.map((row) => listed(header, row, columns).join('\n')).join('\n\n');
    }),
  );
  if (junit !== undefined) {
    await withRemedy('give another --junit', () => writeFileAtomic(junit, toJunit(findings, label)));
  }
  if (!findings.runs.every(agrees)) process.exitCode = EXIT_FAILED;
}

async function renew({ reference, dataDir, ...args }: Arguments): Promise<void> {
  const [{ executeRenewal, planRenewal }, { printResults }] = await Promise.all([
    import('../check/check.js'),
    import('./print-results.js'),
  ]);
  const plan = await planRenewal(reference, args.device, dataDir);
  const renewal = await observed(plan.runs, args, (options) => executeRenewal(reference, plan, options));
  if (renewal === undefined) return;
  const { records, others } = renewal;
  printResults(records);
  if (records.some(({ status }) => status === 'failed')) {
    say(`Some runs failed: ${reference} stays as it is.`);
    process.exitCode = EXIT_FAILED;
  } else if (!args.quiet) {
    say(`Renewed ${reference}.`);
    if (others > 0) {
      say(
        `It keeps ${counted(others, 'record')} of runs that its config does not give; to be without, remove its runs.jsonl and renew it again.`,
      );
    }
  }
}

/** Shows the progress of work on runs. Undefined, with the exit code set, where it was interrupted before all of them were executed. */
async function observed<T>(
  runs: readonly Run[],
  { jobs, quiet }: Pick<Arguments, 'jobs' | 'quiet'>,
  work: (options: RerunOptions) => Promise<T | undefined>,
): Promise<T | undefined> {
  const { showProgress } = await import('./progress.js');
  const { signal } = interruption();
  const progress = showProgress(process.stderr, { quiet, runs });
  const { on } = progress;
  const result = await work({ jobs, signal, on }).finally(progress.stop);
  if (result !== undefined) return result;
  say('Interrupted: nothing was compared or written.');
  process.exitCode = exitCodeOf(signal);
  return undefined;
}
