import type { Params, SingleBar } from 'cli-progress';
import { throttle } from 'es-toolkit/function/throttle';
import { sum } from 'es-toolkit/math/sum';
import type { Run } from '../config/run.js';
import type { Progress } from '../detectors/detector.js';
import { knownDetector } from '../detectors/registry.js';
import { engineOf } from '../engine/registry.js';
import { counted } from '../messages/counted.js';
import { visible } from '../messages/visible.js';
import { labelsOf } from '../results/labels.js';
import { percent } from '../results/spread.js';
import type { SweepEvent } from '../sweep/execute.js';
import { barLine } from './bar-line.js';
import { openBars } from './bars.js';
import { paintFor } from './colour.js';
import { type Output, obeysEscapes } from './output.js';
import { resumption } from './resumption.js';

/** Shows how runs go on. */
export interface ProgressDisplay {
  on(event: SweepEvent): void;
  /** Says something beside the progress. */
  say(line: string): void;
  /** Ends the display; what is written next starts on a fresh line. */
  stop(): void;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly runs: readonly Run[];
  /** As `resumption` takes it. */
  readonly isFollowed?: boolean | undefined;
}

/** Bars where the stream is a terminal that can show them, else lines, or nothing. */
export function showProgress(stream: Output, options: ProgressOptions): ProgressDisplay {
  if (options.quiet) return { on: () => {}, say: () => {}, stop: () => {} };
  return obeysEscapes(stream) ? showBars(stream, options) : showLines(stream, options);
}

/** The least milliseconds between two lines on the epochs of runs. */
const LINE_INTERVAL = 5000;

function showLines(stream: Output, { runs, isFollowed }: ProgressOptions): ProgressDisplay {
  const label = labelsOf(runs);
  let finished = 0;
  const started = new Set<Run>();
  const print = (line: string) => stream.write(`${visible(line)}\n`);
  const printProgress = throttle(
    (run: Run, progress: Progress) =>
      print(
        `${label(run)}: ${progress.phase} ${countOf(progress.done, progress.total, unitOf(run, progress.phase) === '%')}${lossOf(progress)}`,
      ),
    LINE_INTERVAL,
    { edges: ['leading'] },
  );
  return {
    on(event) {
      switch (event.type) {
        case 'resumed':
          finished += event.done + event.failed;
          print(resumptionOf(event, runs.length, isFollowed));
          break;
        case 'started':
          print(
            `${label(event.run)}: ${started.has(event.run) ? `continues on ${event.device}` : 'started'}`,
          );
          started.add(event.run);
          break;
        case 'progress':
          printProgress(event.run, event.progress);
          break;
        case 'notice':
          print(event.text);
          break;
        case 'finished':
          finished++;
          print(`[${finished}/${runs.length}] ${label(event.run)}: ${outcomeOf(event)}`);
      }
    },
    say: print,
    // Its timer would keep the process alive.
    stop: () => printProgress.cancel(),
  };
}

/** The bar of a worker, and what it shows. */
interface WorkerBar {
  readonly bar: SingleBar;
  readonly run: Run;
  phase?: Progress['phase'];
}

function showBars(stream: Output, { runs, isFollowed }: ProgressOptions): ProgressDisplay {
  const { bars, say } = openBars(stream, 20, (options, params, { unit, ...words }) =>
    barLine(options, params, { ...words, count: shownCount(params, unit) }, stream.columns),
  );
  const nameOf = labelsOf(runs);
  const label = (run: Run) => visible(nameOf(run));
  const overall = bars.create(runs.length, 0, { unit: 'runs', title: 'overall' });
  const workers = new Map<number, WorkerBar>();
  const families = familyBars(() => bars.create(1, 0, { unit: 'epochs' }));
  const paint = paintFor(stream);
  let failures = 0;
  return {
    on(event) {
      if (event.type === 'resumed') {
        say(resumptionOf(event, runs.length, isFollowed));
        overall.increment(event.done + event.failed);
        return;
      }
      if (event.type === 'notice') {
        say(event.text);
        return;
      }
      if (event.type === 'verified' || event.type === 'interrupted') return;
      if (event.type === 'finished') {
        const failed = event.record.status === 'failed';
        say(`${label(event.run)}: ${outcomeOf(event)}`, failed ? paint.red : undefined);
        if (failed) failures++;
        overall.increment({ title: failures > 0 ? `overall, ${failures} failed` : 'overall' });
      }
      // Too many go on together for a bar each.
      const together = engineOf(event.device)[1].together;
      if (together || event.type === 'started') families.on(event);
      if (together) return;
      const { worker, run } = event;
      const shown: WorkerBar = workers.get(worker) ?? { bar: bars.create(1, 0), run };
      const { bar } = shown;
      switch (event.type) {
        case 'started':
          workers.set(worker, { bar, run });
          bar.start(1, 0, { unit: '', title: label(run), detail: '' });
          break;
        case 'progress': {
          const { phase, done, total } = event.progress;
          // A phase starts anew, so that its time left is counted from its own epochs.
          if (shown.phase !== phase) bar.start(total, 0, { unit: unitOf(run, phase) });
          shown.phase = phase;
          bar.update(done, { title: `${label(run)}, ${phase}`, detail: lossOf(event.progress) });
          break;
        }
        case 'finished':
          if (shown.run === run) bar.start(1, 0, { unit: '', title: 'idle', detail: '' });
      }
    },
    say,
    stop() {
      // Writes what is still to be logged above the bars.
      bars.update();
      bars.stop();
    },
  };
}

/** What a bar counts: nothing yet, runs, epochs, or the share of a fit that has no epochs. */
type Unit = '' | 'runs' | 'epochs' | '%';

function unitOf({ detector }: Run, phase: Progress['phase']): Unit {
  if (phase === 'pretraining') return 'epochs';
  const definition = knownDetector(detector.name);
  return phase === 'training' && definition && Object.hasOwn(definition.options.shape, 'epochs')
    ? 'epochs'
    : '%';
}

function countOf(done: number, total: number, asShare: boolean): string {
  return asShare ? `${Math.floor((100 * done) / total)} %` : `${done}/${total}`;
}

/** How much of a bar is done; nothing while there is nothing to count. */
function shownCount({ value, total }: Params, unit: Unit): string {
  if (unit === '') return '';
  return unit === '%' ? countOf(value, total, true) : `${countOf(value, total, false)} ${unit}`;
}

/** What happens to a single run. */
type RunEvent = Extract<SweepEvent, { readonly run: Run }>;

/** A bar for all runs on one data set that are in one phase: the epochs of all of them. */
function familyBars(create: () => SingleBar): { on(event: RunEvent): void } {
  interface Family {
    readonly bar: SingleBar;
    readonly title: string;
    /** By the run's id. */
    readonly going: Map<string, Progress>;
  }
  const families = new Map<string, Family>();
  const show = ({ bar, title, going }: Family, loss: string) => {
    const all = [...going.values()];
    bar.setTotal(Math.max(1, sum(all.map(({ total }) => total))));
    const words = going.size === 0 ? `${title}: idle` : `${title}: ${counted(going.size, 'run')}`;
    bar.update(sum(all.map(({ done }) => done)), { title: words, detail: loss });
  };
  return {
    on(event) {
      const { run } = event;
      const title =
        event.type === 'progress' ? `${visible(run.dataset)}, ${event.progress.phase}` : undefined;
      // A run that has come to its next phase, to another device, or to its end leaves the family it was in.
      for (const family of families.values()) {
        if (family.title !== title && family.going.delete(run.id)) show(family, '');
      }
      if (event.type !== 'progress' || title === undefined) return;
      const family = families.get(title) ?? { bar: create(), title, going: new Map() };
      families.set(title, family);
      family.going.set(run.id, event.progress);
      show(family, lossOf(event.progress));
    },
  };
}

function lossOf({ loss }: Progress): string {
  return loss === undefined ? '' : `, loss ${loss.toPrecision(4)}`;
}

function outcomeOf({ record, unsaved }: Extract<SweepEvent, { type: 'finished' }>): string {
  if (record.status === 'failed') return `failed: ${record.reason}`;
  return `AUROC ${percent(record.auroc)} %${unsaved === undefined ? '' : ', its model is not saved'}`;
}

function resumptionOf(
  event: Extract<SweepEvent, { type: 'resumed' }>,
  runs: number,
  isFollowed: boolean | undefined,
): string {
  return [resumption(event, runs, isFollowed), ...event.notices].join('; ');
}
