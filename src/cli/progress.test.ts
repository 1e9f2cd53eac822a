import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import type { Progress } from '../detectors/detector.js';
import { labelsOf } from '../results/labels.js';
import { exampleRecord } from '../results/testing/records.js';
import type { Slot } from '../runner/schedule.js';
import type { SweepEvent } from '../sweep/execute.js';
import { type ProgressOptions, showProgress } from './progress.js';
import { shownOn, writtenTo } from './testing/written.js';

const SEEDS = [1, 2, 3].map((seed) => exampleRecord({ seed }, { auroc: 0.914 }));
const [, second, third] = SEEDS;

process.env.TERM = 'xterm';

/** Two runs at work on two workers, one of which fails, after a first run that was done before. */
const EVENTS: readonly SweepEvent[] = [
  { type: 'resumed', done: 1, failed: 0, notices: [] },
  { type: 'started', run: second, worker: 0, device: 'cpu' },
  { type: 'started', run: third, worker: 1, device: 'cpu' },
  ...[1, 2].map((done): SweepEvent => {
    const progress = { phase: 'pretraining', done, total: 150, loss: 0.123456 } as const;
    return { type: 'progress', run: second, worker: 0, device: 'cpu', progress };
  }),
  {
    type: 'finished',
    run: third,
    worker: 1,
    device: 'cpu',
    record: { ...third, status: 'failed', reason: 'collapsed' },
  },
  { type: 'notice', text: 'the GPU failed' },
  {
    type: 'progress',
    run: second,
    worker: 0,
    device: 'cpu',
    progress: { phase: 'training', done: 3, total: 50, loss: 0.5 },
  },
];

/** Everything that the display writes, without what moves the cursor. */
function shown(
  events: readonly SweepEvent[],
  options: { isTTY: boolean; columns?: number } & Omit<ProgressOptions, 'runs'>,
): string {
  const stream = Object.assign(new PassThrough(), { isTTY: options.isTTY, columns: options.columns ?? 120 });
  const progress = showProgress(stream, { ...options, runs: SEEDS });
  for (const event of events) progress.on(event);
  progress.stop();
  return shownOn(stream);
}

test('lines where the stream is no terminal, with few on epochs', () => {
  expect(shown(EVENTS, { isTTY: false, quiet: false }).split('\n')).toEqual([
    '1 of 3 runs done before',
    'Deep SAD, seed 2: started',
    'Deep SAD, seed 3: started',
    'Deep SAD, seed 2: pretraining 1/150, loss 0.1235',
    '[2/3] Deep SAD, seed 3: failed: collapsed',
    'the GPU failed',
    '',
  ]);
});

describe('bars on a terminal', () => {
  const output = shown(EVENTS, { isTTY: true, quiet: false });

  test('one for all runs, and one a worker, of the phase it is in', () => {
    expect(output).toMatch(/2\/3 runs \| (\S+ left \| )?overall/);
    expect(output).toMatch(/3\/50 epochs \| (\S+ left \| )?Deep SAD, seed 2, training, loss 0.5000/);
    expect(output).toMatch(/░ \| idle/);
    expect(output).not.toMatch(/ETA|0\/1 epochs|\b0ms/);
  });

  test('what is over stands above them', () => {
    expect(output).toContain('1 of 3 runs done before\n');
    expect(output).toContain('Deep SAD, seed 3: failed: collapsed\n');
    expect(output).toContain('the GPU failed\n');
  });
});

test.each([
  [68, /3\/50 epochs \| (\S+ left \| )?Deep SAD, seed 2, training\n/],
  [50, /3\/50 epochs \| .*…\n/],
])('a bar in %i columns says less, and cuts no number', (columns, line) => {
  const output = shown(EVENTS, { isTTY: true, quiet: false, columns });
  expect(output).toMatch(line);
  for (const bar of output.split(/[\n\r]/).filter((text) => /[░█]/.test(text))) {
    expect(bar.length).toBeLessThanOrEqual(columns);
    expect(bar).toMatch(/(loss \d\.\d{4}|[a-z]|seed \d|…)$/);
  }
});

test('a bar stays with the next run of its worker when the record of the one before has been kept', () => {
  const [before, next] = [second, third];
  const output = shown(
    [
      { type: 'started', run: before, worker: 0, device: 'cpu' },
      { type: 'started', run: next, worker: 0, device: 'cpu' },
      { type: 'finished', run: before, worker: 0, device: 'cpu', record: before },
    ],
    { isTTY: true, quiet: false },
  );
  expect(output).toContain('Deep SAD, seed 2: AUROC 91.4 %\n');
  expect(output).toMatch(/░ \| Deep SAD, seed 3/);
  expect(output).not.toContain('idle');
});

describe('runs that go on together', () => {
  const lane: Slot = { worker: 5, device: 'webgpu' };
  const core: Slot = { worker: 7, device: 'cpu' };
  const progress = (run: Run, slot: Slot, phase: Progress['phase'], done: number) =>
    ({ type: 'progress', run, ...slot, progress: { phase, done, total: 10, loss: 0.5 } }) as const;
  /** One trains in a lane, and another's autoencoder, the rest of which is computed on a core. */
  const events: readonly SweepEvent[] = [
    { type: 'started', run: second, ...lane },
    { type: 'started', run: third, ...lane, worker: 6 },
    progress(second, lane, 'pretraining', 1),
    progress(third, { ...lane, worker: 6 }, 'pretraining', 4),
    { type: 'started', run: third, ...core },
    progress(third, core, 'training', 2),
  ];

  test('share a bar for each phase, until one goes on on a core, which has its own', () => {
    const output = shown(events, { isTTY: true, quiet: false });
    expect(output).toMatch(/1\/10 epochs \| (\S+ left \| )?cardio, pretraining: 1 run\b/);
    expect(output).toMatch(/2\/10 epochs \| (\S+ left \| )?Deep SAD, seed 3, training, loss 0.5000/);
  });

  test('say in lines where one goes on', () => {
    const lines = shown(events, { isTTY: false, quiet: false }).split('\n');
    expect(lines.filter((line) => line.includes('seed 3'))).toEqual([
      'Deep SAD, seed 3: started',
      'Deep SAD, seed 3: continues on cpu',
    ]);
  });
});

test('a fit without epochs shows the share that is done', () => {
  const run = exampleRecord({ detector: { name: 'oc-svm', options: {} } });
  const progress = { phase: 'training', done: 3000, total: 5923 } as const;
  const events: readonly SweepEvent[] = [{ type: 'progress', run, worker: 0, device: 'cpu', progress }];
  expect(shown(events, { isTTY: false, quiet: false })).toBe('OC-SVM, seed 1: training 50 %\n');
  expect(shown(events, { isTTY: true, quiet: false })).toMatch(
    / 50 % \| (\S+ left \| )?OC-SVM, seed 1, training/,
  );
});

test('what is said above bars is whole, and leaves nothing of what it is written over', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
  const progress = showProgress(stream, { quiet: false, runs: SEEDS });
  const path = 'a/path/'.repeat(10);
  progress.say(`${'word '.repeat(16)}${path} end`);
  progress.stop();
  const rows = 'word '.repeat(8).trimEnd();
  const [before, after] = writtenTo(stream).split(
    `\u001b[J\u001b[?7h${rows}\n${rows}\n${path}\nend\n\u001b[?7l`,
  );
  expect(before).not.toContain('word');
  expect(after).toContain('overall');
});

test.each([true, false])('nothing when quiet (terminal: %j)', (isTTY) => {
  expect(shown(EVENTS, { isTTY, quiet: true })).toBe('');
});

describe('labels', () => {
  const labels = (...runs: Run[]) => runs.map(labelsOf(runs));
  const deepSad = (eta: number) => ({ name: 'deep-sad', options: { eta } });

  test('name the detector, and what tells the runs apart', () => {
    expect(labels(exampleRecord())).toEqual(['Deep SAD']);
    expect(
      labels(
        exampleRecord({ detector: deepSad(1), pollutionRatio: 0.1 }),
        exampleRecord({ detector: deepSad(10), knownAnomalyClasses: [], labeledAnomalyRatio: 0 }),
      ),
    ).toEqual([
      'Deep SAD (eta=1), known anomaly, γ_l 0.01, γ_p 0.1',
      'Deep SAD (eta=10), known none, γ_l 0, γ_p 0',
    ]);
  });
});
