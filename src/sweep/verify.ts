import { hash } from 'node:crypto';
import { join } from 'node:path';
import { sortBy } from 'es-toolkit/array/sortBy';
import { isEmptyObject } from 'es-toolkit/predicate/isEmptyObject';
import type { Run } from '../config/run.js';
import type { FoundDevice } from '../engine/device.js';
import { grouped } from '../grouped.js';
import { counted } from '../messages/counted.js';
import { HOST } from '../process-name.js';
import { type Drift, driftsOf } from '../results/drifts.js';
import { labelsOf } from '../results/labels.js';
import type { RunRecord } from '../results/record.js';
import type { ExperimentRuns, ResultsFolder } from '../results/results-folder.js';
import { latestTraces, type RunTrace, TRACED_PHASES, tracesIn } from '../results/trace.js';
import {
  addVerification,
  latestRepetitions,
  type Repetition,
  readVerification,
} from '../results/verification.js';
import { estimateFrom, withinTime } from '../runner/estimate.js';
import { groupRuns } from '../runner/groups.js';
import { type RunOptions, runAll } from '../runner/runner.js';
import { withWorkers } from '../runner/workers.js';

/** Runs that have been executed. */
export interface Executed {
  /** The results folder. */
  readonly directory: string;
  readonly experiments: readonly ExperimentRuns[];
  readonly results: Pick<ResultsFolder, 'records' | 'fileOf'>;
}

export interface VerifyOptions
  extends Pick<RunOptions, 'datasets' | 'devices' | 'jobs' | 'draining' | 'signal'> {
  /** How many runs are repeated, where there are as many. */
  readonly count: number;
  /** The wall seconds until everything must have ended. */
  secondsLeft?(): number;
  /** Is told how it goes on, in words. */
  notice(text: string): void;
}

/** What came of a verification. */
export interface Verification {
  readonly repetitions: readonly Repetition[];
  /** Why some of what was asked for was not repeated, in words. */
  readonly left?: string;
}

/**
 * Executes some runs a second time, from scratch, and compares them bit for bit with what they came to, and the
 * losses of all epochs. First come runs that another machine executed; the others are computed with another instruction set than the
 * first time; of those that the native engine computed, since another GPU may round otherwise. Which ones follows from their ids.
 * The repetitions are kept in the folders of the experiments.
 *
 * @throws UserError where traces are damaged, or nothing can be written
 */
export async function verifyRuns(
  runs: readonly Run[],
  { directory, experiments, results }: Executed,
  { count, datasets, devices, jobs, draining, signal, secondsLeft, notice }: VerifyOptions,
): Promise<Verification> {
  const { instructionSets } = await import('../engine/native/kernels.js');
  const sets = instructionSets();
  const cpu = devices.get('cpu') as FoundDevice;
  const { records } = results;
  const folders = experiments.map(({ name }) => join(directory, name));
  const rounds = new Map(
    latestRepetitions(folders.flatMap(readVerification)).map(({ run, round }) => [run, round]),
  );
  const traces = latestTraces(tracesIn(folders));
  const isElsewhere = ({ id }: Run) => (traces.get(id)?.machine ?? HOST) !== HOST;
  const setFor = (run: Run) =>
    isElsewhere(run) ? cpu.adapter : sets.find((set) => set !== records.get(run.id)?.device);

  const native = runs.filter(({ id }) => {
    const record = records.get(id);
    return record?.status === 'done' && record.engine === 'native';
  });
  if (native.length === 0) return { repetitions: [], left: 'no run is done that the native engine computed' };
  const possible = native.filter((run) => setFor(run) !== undefined);
  if (possible.length === 0) {
    return {
      repetitions: [],
      left: `${HOST} executed all runs itself and has no other instruction set than ${cpu.adapter}; give the same command on another machine`,
    };
  }
  const drawn = sortBy(possible, [(run) => !isElsewhere(run), ({ id }) => orderOf(id)]).slice(0, count);

  const estimate = estimateFrom(records.values(), datasets);
  const label = labelsOf(runs);
  const repetitions: Repetition[] = [];
  for (const [set, own] of grouped(drawn, setFor)) {
    const device = set ?? cpu.adapter;
    const slow = device === 'baseline' ? ', which is some eighty times as slow' : '';
    notice(`Executing ${own.length} of ${counted(runs.length, 'run')} a second time, with ${device}${slow}`);
    const options: Omit<RunOptions, 'workers'> = {
      datasets,
      jobs,
      devices: new Map([['cpu', { ...cpu, adapter: device }]]),
      variables: { DEEPSAD_INSTRUCTION_SET: device },
      ...(draining && { draining }),
      signal,
      async keep(record, trace) {
        const expected = records.get(record.id) as RunRecord;
        const [before, after] = [traces.get(record.id), trace && { run: record.id, ...trace }];
        const { machine } = before ?? {};
        repetitions.push({
          run: record.id,
          label: label(record),
          first: { ...(machine !== undefined && { machine }), device: expected.device },
          second: { machine: HOST, device },
          drifts: [...driftsOf(expected, record), ...lossDrifts(before, after)],
          ...(!before && after && !isEmptyObject(after.losses) && { withoutLosses: true as const }),
          round: 1 + (rounds.get(record.id) ?? 0),
        });
      },
      on: (event) => {
        if (event.type === 'notice') notice(event.text);
        else if (event.type === 'finished') notice(`[${repetitions.length}/${drawn.length}] executed twice`);
      },
      ...withinTime(estimate, secondsLeft),
    };
    await withWorkers((workers) => runAll(groupRuns(own, datasets, 'cpu'), { ...options, workers }));
  }
  for (const { name, runs } of experiments) {
    const ids = new Set(runs.map(({ id }) => id));
    await addVerification(
      results.fileOf(name),
      repetitions.filter(({ run }) => ids.has(run)),
    );
  }
  const missing = drawn.length - repetitions.length;
  if (missing > 0) {
    const left = isInterrupted({ draining, signal })
      ? 'it was interrupted'
      : `there was no time for ${missing} of ${counted(drawn.length, 'run')}`;
    return { repetitions, left };
  }
  const wanted = Math.min(count, runs.length);
  if (drawn.length === wanted) return { repetitions };
  return {
    repetitions,
    left: `no more than ${drawn.length} of ${counted(wanted, 'run')} can be repeated; the others failed, were not computed by the native engine, or were executed by ${HOST}, which has no other instruction set`,
  };
}

/** Whether no further run is to be started. */
export function isInterrupted({
  draining,
  signal,
}: {
  readonly draining?: AbortSignal | undefined;
  readonly signal: AbortSignal;
}): boolean {
  return signal.aborted || draining?.aborted === true;
}

/** A number of a run, by which the draw is the same everywhere and has nothing to do with what runs come to. */
function orderOf(id: string): string {
  return hash('sha256', `verification ${id}`);
}

/** The first loss of each training that is not the same in two traces. */
function lossDrifts(before: RunTrace | undefined, after: RunTrace | undefined): Drift[] {
  if (!before || !after) return [];
  return TRACED_PHASES.flatMap((phase): Drift[] => {
    const [expected = [], found = []] = [before.losses[phase], after.losses[phase]];
    const length = Math.max(expected.length, found.length);
    const index = Array.from({ length }, (_, epoch) => epoch).find(
      (epoch) => !Object.is(expected[epoch], found[epoch]),
    );
    if (index === undefined) return [];
    const inWords = (loss: number | undefined) => `${loss ?? 'none'} in epoch ${index} of ${phase}`;
    return [{ quantity: 'loss', expected: inWords(expected[index]), found: inWords(found[index]) }];
  });
}
