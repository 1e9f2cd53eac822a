import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import type { Argv, Options } from 'yargs';
import { isAddress, withoutPassword } from '../cluster/queue/address.js';
import type { WorkDone, WorkOptions } from '../cluster/workplace.js';
import { count, counted } from '../messages/counted.js';
import { expectWhole } from '../whole-number.js';
import { EXIT_FAILED, EXIT_LEFT } from './exit-codes.js';
import { refuseIdle } from './idle-options.js';
import { interruption } from './interruption.js';
import { parseDuration } from './numbers.js';
import { say } from './output.js';
import type { ProgressDisplay } from './progress.js';
import { MOST_JOBS } from './run.js';
import { VERBOSE } from './verbose.js';

export const usage = 'work <plan>';

export const options = {
  bundle: { type: 'number', requiresArg: true, describe: 'Begin with this one of the bundles, from 0' },
  until: {
    type: 'string',
    requiresArg: true,
    describe: 'Leave after this time, such as 4h: start no run that is expected to take longer',
  },
  name: {
    type: 'string',
    requiresArg: true,
    describe: 'Name in claims of bundles: the same for a worker that takes the place of one that was ended',
  },
  close: {
    type: 'boolean',
    default: false,
    describe: 'Execute nothing: write the tables of what is complete, and submit what is left',
  },
  jobs: {
    type: 'number',
    requiresArg: true,
    describe: 'Runs at a time here  [default: what the plan says, else as many as this machine has cores]',
  },
  'data-dir': {
    type: 'string',
    requiresArg: true,
    describe: 'Folder of data files here, where it is another one',
  },
  wait: { type: 'boolean', default: false, describe: 'From a queue: wait for more where none is left' },
  quiet: { type: 'boolean', default: false, describe: 'Say nothing but errors' },
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad work`: what each task of a submitted sweep calls, and anybody may on another machine that sees the same folders. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Execute bundles of runs of a sweep that was submitted',
    (command) =>
      command
        .positional('plan', {
          type: 'string',
          demandOption: true,
          describe: 'A queue, as redis://host:6379, or the folder of a plan: results/.sweeps/<id>',
        })
        .options(options)
        .epilogue(
          'Takes bundles that nobody else has until none is left. SIGTERM, SIGUSR1 or Ctrl-C finishes what runs, for 20 s after SIGTERM. Exit code: ' +
            `0 all done, 1 some runs failed, 2 refused, ${EXIT_LEFT} runs are left for others.`,
        ),
    async ({ plan, bundle, until, name, close, quiet, jobs, dataDir, wait }) => {
      expectWhole('bundle', bundle, 0);
      expectWhole('jobs', jobs, 1, MOST_JOBS);
      const seconds = until === undefined ? undefined : parseDuration('until', until);
      const isQueue = isAddress(plan);
      if (isQueue) refuseIdle({ bundle, name, close }, 'with the folder of a plan');
      else refuseIdle({ wait }, 'with a queue');
      const dataFolder = dataDir === undefined ? undefined : resolve(dataDir);
      const folder = isQueue ? '' : await enter(plan);
      if (close) return closePlan(folder, seconds, quiet);
      await execute({ seconds, quiet }, async (given) => {
        const options = { ...given, jobs, dataDir: dataFolder };
        if (isQueue) {
          const { workOnQueue } = await import('../cluster/queue/work.js');
          return workOnQueue(withoutPassword(plan), { ...options, waits: wait, say });
        }
        const { work } = await import('../cluster/work.js');
        return work(folder, { ...options, first: bundle, name: name ?? given.name });
      });
    },
  );
}

/**
 * Goes to the folder from which paths in the configs of a plan count.
 *
 * @returns the folder of the plan
 * @throws UserError where the plan cannot be read
 */
async function enter(plan: string): Promise<string> {
  const { planToExecute } = await import('../cluster/plan.js');
  const [folder, { workingDirectory }] = [resolve(plan), planToExecute(plan)];
  // On a machine that does not see it, the paths that are missed are named; those that do not count from it are none the worse.
  if (existsSync(workingDirectory)) process.chdir(workingDirectory);
  return folder;
}

/** Seconds that a timer of Node waits at most, some 25 days: one that is to wait longer goes off at once. */
const LONGEST_TIMER = 2 ** 31 / 1000 - 1;

/** Seconds after SIGTERM in which runs may end: what sends it often kills after 30. */
const GRACE = 20;

/** Executes bundles with their progress on standard error, until none is left or this process is to end, and sets the exit code. */
async function execute(
  { seconds, quiet }: { readonly seconds: number | undefined; readonly quiet: boolean },
  work: (options: WorkOptions) => Promise<WorkDone>,
): Promise<void> {
  const [{ openCache }, { showProgress }, { processName }, { runsOf }] = await Promise.all([
    import('./execute.js'),
    import('./progress.js'),
    import('../process-name.js'),
    import('../runner/groups.js'),
  ]);
  const ends = endsOf(seconds);
  const displays: ProgressDisplay[] = [];
  const stopDisplays = () => {
    for (const display of displays.splice(0)) display.stop();
  };
  try {
    const { records, left } = await work({
      ...ends.options,
      name: processName(),
      cacheFor: openCache,
      begin({ index, groups }, log) {
        stopDisplays();
        const line = `Bundle ${index}`;
        if (!quiet) say(line);
        log?.(`${line}\n`);
        const runs = runsOf(groups);
        displays.push(showProgress(process.stderr, { quiet, runs }));
        if (log) displays.push(showProgress(linesTo(log), { quiet: false, runs }));
        return (event) => {
          for (const display of displays) display.on(event);
        };
      },
    });
    stopDisplays();
    const rest = left === undefined ? 'and nobody answers how many are' : count(left);
    if (!quiet) say(`${counted(records.length, 'run')} executed, ${rest} left for others.`);
    if (left !== 0) process.exitCode = EXIT_LEFT;
    else if (records.some(({ status }) => status === 'failed')) process.exitCode = EXIT_FAILED;
  } finally {
    stopDisplays();
    ends.forget();
  }
}

/** A stream whose text goes to a log. */
function linesTo(log: (text: string) => void): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      log(String(chunk));
      done();
    },
  });
}

/** What ends a worker: signals, and the time that it has. */
function endsOf(seconds: number | undefined) {
  const stop = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const stopAfter = (seconds: number) => {
    // Starting may have taken all of the time.
    if (seconds <= 0) return stop.abort();
    const wait = Math.min(seconds, LONGEST_TIMER);
    const next = () => (wait < seconds ? stopAfter(seconds - wait) : stop.abort());
    timers.push(setTimeout(next, 1000 * wait));
  };
  const { draining, signal } = interruption(
    (given) => {
      say(`Told to end by ${given}: finishing what runs.`);
      if (given === 'SIGTERM') stopAfter(GRACE);
    },
    ['SIGUSR1'],
  );
  // As much of the time as starting this program took is gone.
  const secondsLeft = seconds === undefined ? undefined : () => seconds - process.uptime();
  if (secondsLeft) stopAfter(secondsLeft());
  return {
    options: {
      draining,
      signal: AbortSignal.any([signal, stop.signal]),
      ...(secondsLeft && { secondsLeft }),
    },
    forget() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

async function closePlan(folder: string, seconds: number | undefined, quiet: boolean): Promise<void> {
  const [{ closeSweep }, { describeSubmission, TASK_PROGRAM }, { sayVerification }] = await Promise.all([
    import('../cluster/work.js'),
    import('./submission.js'),
    import('./execute.js'),
  ]);
  const ends = endsOf(seconds);
  const notice = (text: string) => {
    if (!quiet) say(text);
  };
  const closing = await closeSweep(folder, { ...ends.options, notice, program: TASK_PROGRAM }).finally(
    ends.forget,
  );
  const { runs, done, failed, submitted, given, verification } = closing;
  if (!quiet) say(`${count(done)} of ${counted(runs, 'run')} done, ${count(failed)} failed.`);
  if (submitted && !quiet) say(`The rest is submitted again: ${describeSubmission(submitted)}`);
  if (given !== undefined) say(`The rest is not submitted again, since ${given}.`);
  if (given !== undefined) process.exitCode = EXIT_LEFT;
  else if (failed > 0) process.exitCode = EXIT_FAILED;
  if (verification) sayVerification(verification);
}
