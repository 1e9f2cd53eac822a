import { Writable } from 'node:stream';
import type { Argv, Options } from 'yargs';
import { isAddress, withoutPassword } from '../cluster/queue/connection.js';
import type { WorkDone } from '../cluster/work.js';
import { EXIT_FAILED, EXIT_LEFT } from './exit-codes.js';
import { interruption } from './interruption.js';
import { expectWhole, parseDuration } from './numbers.js';
import { say } from './output.js';
import { MOST_JOBS } from './run.js';

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
    describe: 'From a queue: runs at a time  [default: as many as this machine has cores]',
  },
  'data-dir': { type: 'string', requiresArg: true, describe: 'From a queue: folder of data files here' },
  wait: { type: 'boolean', default: false, describe: 'From a queue: wait for more where none is left' },
  quiet: { type: 'boolean', default: false, describe: 'Say nothing but errors' },
  verbose: { type: 'boolean', default: false, describe: 'Show stack traces' },
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
      if (isAddress(plan)) {
        return workFrom(withoutPassword(plan), { jobs, dataDir, seconds, waits: wait, quiet });
      }
      await (close
        ? closePlan(plan, seconds, quiet)
        : workOn(plan, { first: bundle ?? 0, seconds, name, quiet }));
    },
  );
}

/** Seconds after SIGTERM in which runs may end: what sends it often kills after 30. */
const GRACE = 20;

interface WorkRequest {
  readonly first: number;
  readonly seconds: number | undefined;
  readonly name: string | undefined;
  readonly quiet: boolean;
}

async function workOn(folder: string, { first, seconds, name, quiet }: WorkRequest): Promise<void> {
  const [
    { work },
    { planToExecute, sharedAutoencoders },
    { openCache },
    { showProgress },
    { processName },
    { runsOf },
  ] = await Promise.all([
    import('../cluster/work.js'),
    import('../cluster/plan.js'),
    import('./execute.js'),
    import('./progress.js'),
    import('../process-name.js'),
    import('../runner/groups.js'),
  ]);
  const plan = planToExecute(folder);
  const ends = endsOf(seconds);
  let progress: ReturnType<typeof showProgress> | undefined;
  try {
    const { records, left } = await work(folder, {
      first,
      name: name ?? processName(),
      cache: await openCache(plan.settings, sharedAutoencoders(plan)),
      ...ends.options,
      begin({ index, groups }) {
        progress?.stop();
        if (!quiet) say(`Bundle ${index}`);
        progress = showProgress(process.stderr, { quiet, runs: runsOf(groups) });
        return progress.on;
      },
    });
    conclude({ records, left }, quiet);
  } finally {
    progress?.stop();
    ends.forget();
  }
}

/** What ends a worker: signals, and the time that it has. */
function endsOf(seconds: number | undefined) {
  const stop = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const stopAfter = (seconds: number) => timers.push(setTimeout(() => stop.abort(), 1000 * seconds));
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

/** Says what a worker has done, and sets the exit code. */
function conclude({ records, left }: WorkDone, quiet: boolean): void {
  if (!quiet) say(`${records.length} runs executed, ${left} left for others.`);
  if (left > 0) process.exitCode = EXIT_LEFT;
  else if (records.some(({ status }) => status === 'failed')) process.exitCode = EXIT_FAILED;
}

interface QueueRequest {
  readonly jobs: number | undefined;
  readonly dataDir: string | undefined;
  readonly seconds: number | undefined;
  readonly waits: boolean;
  readonly quiet: boolean;
}

async function workFrom(
  address: string,
  { jobs, dataDir, seconds, waits, quiet }: QueueRequest,
): Promise<void> {
  const [{ workOnQueue }, { openCache }, { showProgress }, { processName }, { runsOf }] = await Promise.all([
    import('../cluster/queue/work.js'),
    import('./execute.js'),
    import('./progress.js'),
    import('../process-name.js'),
    import('../runner/groups.js'),
  ]);
  const ends = endsOf(seconds);
  const displays: ReturnType<typeof showProgress>[] = [];
  const stopDisplays = () => {
    for (const display of displays.splice(0)) display.stop();
  };
  try {
    const done = await workOnQueue(address, {
      ...ends.options,
      name: processName(),
      jobs,
      dataDir,
      waits,
      cacheFor: openCache,
      say,
      begin({ index, groups }, log) {
        stopDisplays();
        const line = `Bundle ${index}`;
        if (!quiet) say(line);
        log(`${line}\n`);
        const runs = runsOf(groups);
        const lines = new Writable({
          write(chunk, _encoding, done) {
            log(String(chunk));
            done();
          },
        });
        displays.push(
          showProgress(process.stderr, { quiet, runs }),
          showProgress(lines, { quiet: false, runs }),
        );
        return (event) => {
          for (const display of displays) display.on(event);
        };
      },
    });
    stopDisplays();
    conclude(done, quiet);
  } finally {
    stopDisplays();
    ends.forget();
  }
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
  if (!quiet) say(`${done} of ${runs} runs are done, ${failed} failed.`);
  if (submitted && !quiet) say(`The rest is submitted again: ${describeSubmission(submitted)}`);
  if (given !== undefined) say(`The rest is not submitted again, since ${given}.`);
  if (given !== undefined) process.exitCode = EXIT_LEFT;
  else if (failed > 0) process.exitCode = EXIT_FAILED;
  if (verification) sayVerification(verification);
}
