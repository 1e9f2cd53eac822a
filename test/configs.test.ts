import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config/load.js';
import { PACKAGE_ROOT } from '../src/package.js';
import { forecastPlans } from '../src/sweep/experiment.js';
import { forecastSweep } from '../src/sweep/forecast.js';
import { planSweep } from '../src/sweep/sweep.js';

const FOLDER = join(PACKAGE_ROOT, 'configs');
const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const STATED = /(?:# |\. )([\d,]+) runs; about (\d+) (seconds|minutes|hours|days) on one core/;

/** How many runs the comment of a config says that it makes, and in how many seconds, where it says so. */
function statedIn(file: string): { file: string; runs: string; seconds: number } | [] {
  const [, runs, number, unit] = STATED.exec(readFileSync(join(FOLDER, file), 'utf8')) ?? [];
  return unit === undefined
    ? []
    : { file, runs, seconds: Number(number) * SECONDS[unit as keyof typeof SECONDS] };
}

const empty = mkdtempSync(join(tmpdir(), 'deepsad-configs-'));
afterAll(() => rmSync(empty, { recursive: true }));

const configs = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

test.each(configs.flatMap(statedIn))(
  'the comment of configs/$file says what a dry run without its data does',
  async ({ file, runs, seconds }) => {
    const { plans } = await forecastPlans([loadConfig(join(FOLDER, file), [])], 'cpu', empty, empty);
    const options = { directory: empty, jobs: 1, retryFailed: false, saveModels: false };
    const forecast = await forecastSweep(planSweep(plans), options);
    expect(runs).toBe(forecast.runs.toLocaleString('en'));
    // As far as "about" goes.
    expect(seconds / forecast.seconds).toBeGreaterThan(0.8);
    expect(seconds / forecast.seconds).toBeLessThan(1.25);
  },
);

test('every config of the paper says how many runs it makes and how long they take', () => {
  const files = configs.filter((name) => /^(paper|ten-pairs)\b/.test(name));
  expect(files.filter((file) => [statedIn(file)].flat().length === 0)).toEqual([]);
});
