import type { PlanSettings } from '../cluster/plan.js';
import type { Run } from '../config/run.js';
import { count, counted } from '../messages/counted.js';
import { doubtIn, doubtNotice } from '../results/doubts.js';
import type { RunRecord } from '../results/record.js';
import { risenIn, risenNotice } from '../results/risen-loss.js';
import { verificationLines } from '../results/verification.js';
import type { AutoencoderCache } from '../runner/autoencoder-cache.js';
import { runsOf } from '../runner/groups.js';
import { executeSweep, type SweepEvent } from '../sweep/execute.js';
import { noticesOf, type Sweep } from '../sweep/sweep.js';
import type { Verification } from '../sweep/verify.js';
import { EXIT_FAILED } from './exit-codes.js';
import { exitCodeOf, interruption } from './interruption.js';
import { say, told } from './output.js';
import { showProgress } from './progress.js';
import { withRemedy } from './remedy.js';

/** What the options of `run` and `sweep` say of how to execute runs. */
export interface Execution extends Omit<PlanSettings, 'failFast'> {
  readonly retryFailed: boolean;
  readonly quiet: boolean;
  /** Whether notices are told whole. */
  readonly verbose: boolean;
  /** The results folder. */
  readonly out: string;
  /** What messages call the folder of these results. */
  readonly place: string;
  readonly failFast?: boolean | undefined;
  /** As `resumption` takes it. */
  readonly isFollowed?: boolean | undefined;
}

/**
 * The trained autoencoders that are kept on this machine, where they are to be.
 *
 * @param shared a folder that other machines see too, for what is not here
 * @throws UserError where their folder cannot be made
 */
export async function openCache(
  { cache, cacheSize }: Pick<PlanSettings, 'cache' | 'cacheSize'>,
  shared?: string,
): Promise<AutoencoderCache | undefined> {
  if (!cache) return undefined;
  const { AutoencoderCache, cacheFolder } = await import('../runner/autoencoder-cache.js');
  return withRemedy(
    'set DEEPSAD_CACHE to another one, or keep no trained autoencoders with --no-cache',
    () => {
      const beyond = shared === undefined ? undefined : new AutoencoderCache(shared, cacheSize * 1e9);
      return new AutoencoderCache(cacheFolder(), cacheSize * 1e9, beyond);
    },
  );
}

/**
 * Executes a sweep with its progress on standard error. Ctrl-C, SIGTERM or SIGHUP lets running runs finish; another one stops them. Sets the exit code: 1 where a run failed or was left out, or a model
 * could not be saved, or that of the signal that interrupted it before all was done, which standard error then says.
 *
 * @returns the records by id; undefined where it was interrupted before all was done
 * @throws UserError as executeSweep does
 */
export async function execute(
  sweep: Sweep,
  execution: Execution,
): Promise<ReadonlyMap<string, RunRecord> | undefined> {
  const {
    saveModels,
    quiet,
    verbose,
    out,
    place,
    retryFailed,
    failFast = false,
    verify,
    isFollowed,
  } = execution;
  const runs = runsOf(sweep.groups);
  const progress = showProgress(process.stderr, { quiet, runs, isFollowed });
  for (const notice of noticesOf(sweep)) progress.say(told(notice, verbose));
  const drain = (name: NodeJS.Signals) =>
    progress.say(
      name === 'SIGINT'
        ? 'Interrupted: finishing what runs; Ctrl-C again stops it.'
        : `Interrupted by ${name}: finishing what runs; SIGTERM or Ctrl-C now stops it.`,
    );
  const { draining, signal } = interruption(drain);
  /** Of each run whose model was asked for and could not be saved, by id. */
  const unsaved = new Map<string, string>();
  /** The runs whose loss rose, and how. */
  const risen = new Map<Run, string>();
  /** The runs whose notes are doubtful, and why. */
  const doubtful = new Map<Run, string>();
  let verification: Verification | undefined;
  let isInterrupted = false;
  const on = (event: SweepEvent) => {
    progress.on(event);
    if (event.type === 'interrupted') isInterrupted = true;
    if (event.type === 'verified') verification = event.verification;
    if (event.type !== 'finished') return;
    const reason = event.trace && risenIn(event.run, event.trace);
    if (reason !== undefined) risen.set(event.run, reason);
    const doubt = doubtIn(event.record);
    if (doubt !== undefined) doubtful.set(event.run, doubt);
    if (!saveModels) return;
    const { id, status } = event.record;
    if (event.unsaved !== undefined) unsaved.set(id, event.unsaved);
    // A run that was done before is repeated for its model alone.
    else if (status === 'failed') unsaved.set(id, event.record.reason);
  };
  const options = {
    directory: out,
    jobs: execution.jobs,
    gpuMemory: execution.gpuMemory,
    cache: () => openCache(execution),
    saveModels,
    retryFailed,
    failFast,
    verify,
    draining,
    signal,
  };
  const records = await executeSweep(sweep, { ...options, on }).finally(progress.stop);

  const own = runs.flatMap(({ id }) => records.get(id) ?? []);
  if (isInterrupted) {
    say(
      `Interrupted: ${count(own.length)} of ${counted(runs.length, 'run')} done and kept in ${place}. ` +
        'The same command goes on from there.',
    );
    process.exitCode = exitCodeOf(signal.aborted ? signal : draining);
    return undefined;
  }
  for (const [found, notice] of [
    [risen, risenNotice],
    [doubtful, doubtNotice],
  ] as const) {
    if (found.size === 0 || quiet) continue;
    const [[{ detector, seed }, reason]] = found;
    say(notice(found.size, runs.length, `${detector.name} with seed ${seed}: ${reason}`));
  }
  const lacking = own.filter(({ id, status }) => status === 'done' && unsaved.has(id));
  if (lacking.length > 0) {
    say(
      `The models of ${count(lacking.length)} of ${counted(runs.length, 'run')} are not saved (${unsaved.get(lacking[0].id)}); their results are. ` +
        'The same command tries again.',
    );
  }
  if (verification) sayVerification(verification);
  if (lacking.length > 0 || own.some(({ status }) => status === 'failed')) process.exitCode = EXIT_FAILED;
  return records;
}

/** Says what came of a verification, and sets the exit code where runs differ, or some that were asked for were not repeated. */
export function sayVerification({ repetitions, left }: Verification): void {
  verificationLines(repetitions).forEach(say);
  if (left !== undefined) say(`Not verified: ${left}.`);
  if (left !== undefined || repetitions.some(({ drifts }) => drifts.length > 0))
    process.exitCode = EXIT_FAILED;
}
