import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { randomStream } from '../src/random.js';
import { deepsad, PATIENCE } from './testing/program.js';

jest.setTimeout(PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-series-'));
afterAll(() => rmSync(folder, { recursive: true }));

const STEPS = 120;
const isAnomalous = (step: number) => step >= 40 && step < 60;

function write(file: string, line: (step: number) => string): void {
  const target = join(folder, 'fleet', file);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${Array.from({ length: STEPS }, (_, step) => line(step)).join('\n')}\n`);
}

/** Two machines of noise around waves, whose level rises in the anomaly; the second has none. */
beforeAll(() => {
  for (const machine of ['pump', 'fan']) {
    const random = randomStream(1, machine);
    const value = (step: number, level: number) =>
      `${Math.sin(step / 5) + level + random.uniform(-0.1, 0.1)}`;
    const level = (step: number) => (machine === 'pump' && isAnomalous(step) ? 4 : 0);
    write(`train/${machine}.txt`, (step) => `${value(step, 0)},${value(step, 1)}`);
    write(`test/${machine}.txt`, (step) => `${value(step, level(step))},${value(step, 1)}`);
    write(`test_label/${machine}.txt`, (step) => (level(step) > 0 ? '1' : '0'));
  }
});

test('an experiment on time series gives the AUROC of each machine, per window and per time step', async () => {
  const config = join(folder, 'fleet.yaml');
  const content = {
    name: 'fleet',
    dataset: { series: join(folder, 'fleet'), windowLength: 10, stride: 4 },
    detectors: ['isolation-forest', { name: 'deep-sad', pretrainEpochs: 2, epochs: 2 }],
  };
  writeFileSync(config, JSON.stringify(content));
  const { code, stdout, stderr } = await deepsad(['run', config, '--out', folder, '--quiet']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  const lines = readFileSync(join(folder, 'fleet', 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const records = lines.map((line) => JSON.parse(line));
  expect(records).toHaveLength(2);
  for (const { series, counts } of records) {
    // 29 windows a machine, of which those that start from step 31 to 59 have an anomalous step.
    expect(counts).toMatchObject({ unlabeledNormal: 58, testNormal: 51, testAnomalies: 7 });
    expect(Object.keys(series.machines)).toEqual(['fan', 'pump']);
    expect(series.machines.fan).toEqual({ windows: null, steps: null });
  }
  const forest = records.find(({ detector }) => detector.name === 'isolation-forest');
  // Windows at the edges of the anomaly have one such step among nine normal ones.
  expect(forest.auroc).toBeGreaterThan(0.85);
  expect(forest.series.machines.pump.steps).toBeGreaterThan(0.95);

  const table = readFileSync(join(folder, 'fleet', 'table.md'), 'utf8');
  for (const part of ['all machines, time steps', 'pump, windows', 'pump, time steps']) {
    expect(table).toContain(`| ${join(folder, 'fleet')}: ${part}`);
    expect(stdout).toMatch(new RegExp(`^${part} +. \\d`, 'm'));
  }
  expect(stdout).not.toContain('fan, windows');
});

test('a model of time series is fitted, scores windows and is judged by their labels', async () => {
  const [model, fleet] = [join(folder, 'model'), join(folder, 'fleet')];
  const fit = ['fit', join(fleet, 'train'), '--detector', 'isolation-forest', '--out', model];
  const unsaid = await deepsad(fit);
  expect(unsaid).toMatchObject({ code: 2, stdout: '' });
  expect(unsaid.stderr).toContain('say how to cut them into windows (--window-length and --stride)');

  const fitted = await deepsad([...fit, '--window-length', '10', '--stride', '4']);
  expect(fitted).toMatchObject({ code: 0, stdout: '' });
  expect(fitted.stderr).toContain(
    '58 samples of 20 values: 0 labeled normal, 0 labeled anomalies, 58 unlabeled',
  );

  const scored = await deepsad(['score', model, join(fleet, 'test'), '--quiet']);
  expect(scored).toMatchObject({ code: 0, stderr: '' });
  const rows = scored.stdout.trim().split('\n');
  expect(rows).toHaveLength(59);
  expect(rows.slice(0, 3).map((row) => row.split(',')[0])).toEqual(['window', 'fan:1-10', 'fan:5-14']);

  const steps = await deepsad(['score', model, join(fleet, 'test'), '--per-step', '--quiet']);
  expect(steps).toMatchObject({ code: 0, stderr: '' });
  const stepRows = steps.stdout.trim().split('\n');
  expect(stepRows).toHaveLength(241);
  expect([stepRows[0], ...stepRows[120].split(',').slice(0, 1)]).toEqual(['step,score,flag', 'fan:120']);
  // Time step 5 is in the first two windows of the fan.
  const [first, second] = rows.slice(1, 3).map((row) => Number(row.split(',')[1]));
  expect(stepRows[5].split(',')[1]).toBe(String((first + second) / 2));

  const out = join(folder, 'evaluation');
  const perStep = await deepsad([
    'evaluate',
    model,
    join(fleet, 'test'),
    '--per-step',
    '--out',
    out,
    '--quiet',
  ]);
  expect(perStep).toMatchObject({ code: 0, stderr: '' });
  expect(perStep.stdout).toMatch(/anomalies {10}20, [\s\S]*normal samples {5}220,/);
  const judged = await deepsad(['evaluate', model, join(fleet, 'test'), '--out', out, '--quiet']);
  expect(judged).toMatchObject({ code: 0, stderr: '' });
  expect(judged.stdout).toMatch(/^AUROC {14}0\.\d+\n[\s\S]*anomalies {10}7, [\s\S]*normal samples {5}51,/);

  // A part of the training series, none of whose windows starts where one of those does.
  const part = join(folder, 'part');
  for (const machine of ['pump', 'fan']) {
    const [lines, labels] = ['train', 'test_label'].map((of) =>
      readFileSync(join(fleet, of, `${machine}.txt`), 'utf8').split('\n'),
    );
    mkdirSync(join(part, 'test'), { recursive: true });
    mkdirSync(join(part, 'test_label'), { recursive: true });
    writeFileSync(join(part, 'test', `${machine}.txt`), lines.slice(1, 104).join('\n'));
    writeFileSync(join(part, 'test_label', `${machine}.txt`), labels.slice(1, 104).join('\n'));
  }
  const told = await deepsad(['evaluate', model, join(part, 'test'), '--out', out]);
  expect(told.stderr).toContain('the model was fitted on these samples');
});

test('labels that do not fit the series are refused, naming both', async () => {
  const config = join(folder, 'short.yaml');
  const dataset = { series: join(folder, 'short'), windowLength: 2, stride: 1 };
  writeFileSync(config, JSON.stringify({ name: 'short', dataset, detectors: 'kde' }));
  for (const [name, lines] of [
    ['train', '1\n2\n3\n'],
    ['test', '1\n2\n3\n'],
    ['test_label', '0\n1\n'],
  ]) {
    mkdirSync(join(folder, 'short', name), { recursive: true });
    writeFileSync(join(folder, 'short', name, 'm.txt'), lines);
  }
  const labels = join(folder, 'short', 'test_label', 'm.txt');
  expect(await deepsad(['run', config, '--out', folder])).toEqual({
    code: 2,
    stdout: '',
    stderr: `${labels}: expected 3 labels, one for each time step of ${join(folder, 'short', 'test', 'm.txt')}, found 2\n`,
  });
});
