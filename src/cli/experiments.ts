import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { Allocation, PlanSettings } from '../cluster/plan.js';
import { type Config, loadConfig } from '../config/load.js';
import { quickLook } from '../config/quick-look.js';
import { shippedConfigs } from '../config/shipped.js';
import { CSV_PATH } from '../data/table/kinds.js';
import type { Device } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { count, counted } from '../messages/counted.js';
import { optionName } from '../messages/vocabulary.js';
import type { RunRecord } from '../results/record.js';
import type { Shard } from '../runner/shard.js';
import { forecastPlans, planExperiments } from '../sweep/experiment.js';
import { forecastSweep } from '../sweep/forecast.js';
import { finishedResults, recordsOf } from '../sweep/reported.js';
import { noticesOf, planSweep } from '../sweep/sweep.js';
import { type Execution, execute } from './execute.js';
import { EXIT_FAILED } from './exit-codes.js';
import { exitCodeOf, interruption } from './interruption.js';
import { print, say, told } from './output.js';
import { resumption } from './resumption.js';

/** What `run` and `sweep` take beside the configs. */
export interface ExperimentArguments extends Omit<Execution, 'place'> {
  readonly dataDir?: string | undefined;
  readonly device: Device;
  /** Overrides of the configs. */
  readonly set: readonly string[];
  /** Train every network for so many epochs alone. */
  readonly epochs?: number | undefined;
  readonly open: boolean;
}

/**
 * Reads configs as the command line asks for them.
 *
 * @throws UserError as loadConfig does, where a table is given in the place of a config, or where `epochs` are given and nothing is trained, or
 *   an override sets them too
 */
function loadConfigs(
  files: readonly string[],
  { set, epochs }: Pick<ExperimentArguments, 'set' | 'epochs'>,
): Config[] {
  const table = files.find((file) => CSV_PATH.test(file));
  if (table !== undefined) {
    throw new UserError(
      `${table}: expected a config, found a table; deepsad init ${table} writes a config of it`,
    );
  }
  for (const file of files) expectCopied(file);
  const configs = files.map((file) => loadConfig(file, set));
  if (epochs === undefined) return configs;
  // `detectors.0.epochs=5`, or `detectors=[{name: deep-sad, epochs: 5}]`.
  const undone = set.find((text) => /^detectors\b.*\b(?:epochs|pretrainEpochs)\b["']?\s*[=:]/s.test(text));
  if (undone !== undefined) {
    throw new UserError(
      `${optionName('epochs')} ${epochs} sets the epochs of all networks, so that ${optionName('set')} ${undone} counts for nothing; give one of the two`,
    );
  }
  return configs.map((config) => ({ ...config, experiment: quickLook(config.experiment, epochs) }));
}

/** Refuses a path in configs/ that is not there, where the config comes with this package and can be copied. */
function expectCopied(file: string): void {
  const [, name = ''] = /^configs\/(.+)\.yaml$/.exec(normalize(file)) ?? [];
  if (existsSync(file) || !shippedConfigs().includes(name)) return;
  throw new UserError(
    `${file}: no such file; deepsad init --experiment ${name} writes the config that comes with deepsad`,
  );
}

/**
 * Executes the runs of experiments that have no record yet, and prints the results of those that are complete then. Where all are done
 * and nothing has changed, they are printed at once, without their data.
 *
 * @throws UserError where a config, its data or the results are refused
 */
export async function executeExperiments(
  files: readonly string[],
  { dataDir, device, set, epochs, open, ...execution }: ExperimentArguments,
  shard?: Shard,
): Promise<void> {
  const { out, quiet, retryFailed, saveModels, verify, isFollowed } = execution;
  const configs = loadConfigs(files, { set, epochs });
  await collectFor(out);
  const place = configs.length === 1 ? join(out, configs[0].experiment.name) : out;

  const settings = { directory: out, retryFailed, saveModels };
  const finished = verify === undefined ? await finishedResults(configs, device, settings, shard) : undefined;
  if (finished) {
    const { results, notices, failed } = finished;
    notices.forEach(say);
    if (!quiet) say(resumption(finished, finished.done + failed, isFollowed));
    if (failed > 0) process.exitCode = EXIT_FAILED;
    return show(configs.map(({ experiment }, index) => ({ name: experiment.name, records: results[index] })));
  }

  const sweep = planSweep(await planExperiments(configs, device, dataDir), shard);
  const records = await execute(sweep, { ...execution, place });
  if (!records) return;
  await show(
    sweep.plans.flatMap((plan) => {
      const { name } = plan.config.experiment;
      const own = recordsOf({ name, runs: plan.runs }, out, records);
      if (own.length === plan.runs.length) return [{ name, records: own }];
      if (!quiet) say(`${name} has records of ${count(own.length)} of ${counted(plan.runs.length, 'run')}.`);
      return [];
    }),
  );

  async function show(
    complete: readonly { readonly name: string; readonly records: readonly RunRecord[] }[],
  ) {
    const { printResults, showPage } = await import('./print-results.js');
    // On a terminal results stand apart from what is said of runs.
    const space = () => !quiet && process.stdout.isTTY && print('\n');
    if (complete.length > 0) space();
    for (const { name, records } of complete) printResults(records, configs.length > 1 ? name : undefined);
    if (configs.length === 1) space();
    if (configs.length === 1 && complete.length === 1 && (open || !quiet)) await showPage(place, open);
    else if (!quiet) say(`Results are in ${place}; deepsad report ${place} makes one page of them.`);
  }
}

/**
 * Submits the runs of experiments that have no record yet, and says what was submitted.
 *
 * @throws UserError where a config, its data, the results or the submission are refused
 */
export async function submitExperiments(
  files: readonly string[],
  { dataDir, device, set, epochs, out, quiet, ...execution }: ExperimentArguments,
  allocation: Allocation,
): Promise<void> {
  const [{ submitSweep }, { describeSubmission, TASK_PROGRAM }] = await Promise.all([
    import('../cluster/submit.js'),
    import('./submission.js'),
  ]);
  const sweep = planSweep(await planExperiments(loadConfigs(files, { set, epochs }), device, dataDir));
  if (!quiet) for (const notice of noticesOf(sweep)) say(told(notice, execution.verbose));
  const { verify } = execution;
  // Whoever reads that it is submitted may leave at once.
  const { signal } = interruption();
  const submitted = await submitSweep(sweep, {
    directory: out,
    dataDir,
    settings: settingsOf(execution),
    retryFailed: execution.retryFailed,
    allocation,
    program: TASK_PROGRAM,
    notice: say,
  });
  if (!submitted) {
    const before = await forecastSweep(sweep, { directory: out, ...execution });
    const rest = verify === undefined ? 'shows their results' : 'verifies them';
    print(`${resumption(before, before.runs)}; without --on, the same command ${rest}.\n`);
    if (before.failed > 0 || verify !== undefined) process.exitCode = EXIT_FAILED;
    return;
  }
  print(describeSubmission(submitted));
  if (await stayWith(submitted.folder, out, quiet, signal)) {
    // What was to be tried again has been.
    const shown = { ...execution, retryFailed: false, isFollowed: true };
    await executeExperiments(files, { dataDir, device, set, epochs, out, quiet, ...shown });
  }
}

/** What of the options goes into a plan. */
function settingsOf({
  jobs,
  gpuMemory,
  cache,
  cacheSize,
  saveModels,
  failFast = false,
  verify,
}: Pick<Execution, keyof PlanSettings>): PlanSettings {
  return { jobs, gpuMemory, cache, cacheSize, saveModels, failFast, verify };
}

/**
 * Stays with a sweep whose results come back here, with its progress on standard error, until it has ended or is left by Ctrl-C: it goes on
 * then. Sets the exit code where it was left, or has left runs.
 *
 * @param folder of its plan
 * @param signal leaves it
 * @returns whether all of its runs have a record now
 */
async function stayWith(folder: string, out: string, quiet: boolean, signal: AbortSignal): Promise<boolean> {
  const [{ bringResults, leftOf }, { haltOf, readPlan, runsIn }, { showProgress }] = await Promise.all([
    import('../cluster/collect.js'),
    import('../cluster/plan.js'),
    import('./progress.js'),
  ]);
  const plan = readPlan(folder);
  const progress = showProgress(process.stderr, { quiet, runs: runsIn(folder, plan) });
  const ending = await bringResults(folder, plan, { on: progress.on, signal }).finally(progress.stop);
  if (signal.aborted && !ending) {
    say(
      `Left: the sweep goes on. deepsad status ${out} --watch comes back to it, deepsad cancel ${out} ends it.`,
    );
    process.exitCode = exitCodeOf(signal);
  }
  if (!ending) return false;
  ending.failures.forEach(say);
  const left = leftOf(folder, plan);
  if (left === 0) return true;
  const halted = haltOf(folder);
  const why = halted === undefined ? '' : `, since ${halted}`;
  say(`${counted(left, 'run')} left${why}; the same command submits what is left again.`);
  process.exitCode = EXIT_FAILED;
  return false;
}

/** Brings what was computed elsewhere for a results folder, and says where that cannot be. */
async function collectFor(out: string): Promise<void> {
  const { collectResults } = await import('../cluster/collect.js');
  for (const trouble of (await collectResults(out)).values()) say(trouble);
}

/** A thousand years. */
const MOST_SECONDS = 3e10;

/**
 * Says how many runs experiments have, how many are done and how long the rest may take. Data sets of the registry that are not there are
 * counted by what is known of them.
 *
 * @throws UserError where a config, its data or the results are refused
 */
export async function forecastExperiments(
  files: readonly string[],
  { dataDir, device, set, epochs, ...execution }: ExperimentArguments,
  { shard, allocation }: { readonly shard?: Shard | undefined; readonly allocation?: Allocation | undefined },
): Promise<void> {
  const { out, jobs, retryFailed, saveModels, quiet, verbose } = execution;
  const configs = loadConfigs(files, { set, epochs });
  const { plans, missing } = await forecastPlans(configs, device, out, dataDir);
  const sweep = planSweep(plans, shard);
  if (!quiet) {
    for (const notice of noticesOf(sweep)) say(told(notice, verbose));
    if (missing.length > 0) say(`Counted without their data, which are not here: ${missing.join(', ')}.`);
  }
  if (allocation) {
    const [{ forecastSubmission }, { describeLoad }] = await Promise.all([
      import('../cluster/submit.js'),
      import('./submission.js'),
    ]);
    const settings = settingsOf(execution);
    const load = await forecastSubmission(sweep, {
      directory: out,
      settings,
      retryFailed,
      allocation,
      notice: say,
    });
    if (load) return print(describeLoad(load));
  }
  const forecast = await forecastSweep(sweep, { directory: out, jobs, retryFailed, saveModels });
  if (!allocation) forecast.notices.forEach(say);
  const again = forecast.repeated > 0 ? `, ${count(forecast.repeated)} of them again` : '';
  print(
    `${counted(forecast.runs, 'run')}: ${count(forecast.done)} done, ${count(forecast.failed)} failed, ${count(forecast.pending)} to do${again}\n`,
  );
  if (forecast.pending === 0) return;
  const { default: prettyMs } = await import('pretty-ms');
  const time =
    forecast.seconds < MOST_SECONDS
      ? prettyMs(1000 * Math.ceil(forecast.seconds), { unitCount: 2 })
      : 'longer than can be told';
  const atATime =
    forecast.capacities.size > 1
      ? `, at a time ${[...forecast.capacities].map(([device, { slots }]) => `${slots} on ${device}`).join(' and ')}`
      : [...forecast.capacities.values()].map(({ slots }) => `, ${slots} at a time`).join('');
  const basis =
    forecast.earlier > 0
      ? `from ${counted(forecast.earlier, 'earlier record')}`
      : 'a guess, without earlier records';
  print(`Expected time${atATime}: ${time} (${basis})\n`);
}
