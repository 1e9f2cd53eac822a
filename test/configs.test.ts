import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config/load.js';
import { PROTOCOL_NAMES } from '../src/config/protocol.js';
import { PACKAGE_ROOT } from '../src/package.js';
import { forecastPlans } from '../src/sweep/experiment.js';
import { forecastSweep } from '../src/sweep/forecast.js';
import { planSweep } from '../src/sweep/sweep.js';

const FOLDER = join(PACKAGE_ROOT, 'configs');
const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const TIME = /(\d+) (seconds|minutes|hours|days)\b/;
const STATED = new RegExp(
  String.raw`(?:# |\. )([\d,]+) runs; about ${TIME.source} on one core(?:; (\d+) for paper\b)?`,
);

/** What the comment of a config says of the runs that it makes. */
interface Stated {
  readonly file: string;
  /** Settings beside the config. */
  readonly settings: readonly string[];
  readonly runs: string;
  readonly seconds: number;
}

/** What the comment of a config says; where it is to be run once for every protocol, of each of them. */
function statedIn(file: string): Stated[] {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const [, runs, number, unit, forPaper = number] = STATED.exec(text) ?? [];
  if (unit === undefined) return [];
  const seconds = (count: string) => Number(count) * SECONDS[unit as keyof typeof SECONDS];
  if (!text.includes('--set protocol=')) return [{ file, settings: [], runs, seconds: seconds(number) }];
  return PROTOCOL_NAMES.map((protocol) => ({
    file,
    settings: [`protocol=${protocol}`],
    runs,
    seconds: seconds(protocol === 'paper' ? forPaper : number),
  }));
}

const empty = mkdtempSync(join(tmpdir(), 'deepsad-configs-'));
afterAll(() => rmSync(empty, { recursive: true }));

const configs = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);

test.each(configs.flatMap(statedIn))(
  'the comment of configs/$file says what a dry run without its data does $settings',
  async ({ file, settings, runs, seconds }) => {
    const { plans } = await forecastPlans([loadConfig(join(FOLDER, file), settings)], 'cpu', empty, empty);
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
  expect(files.filter((file) => statedIn(file).length === 0)).toEqual([]);
});

test('no config states a time that is not held to', () => {
  const timed = configs.filter((file) =>
    readFileSync(join(FOLDER, file), 'utf8')
      .split('\n')
      .some((line) => line.startsWith('#') && TIME.test(line)),
  );
  expect(timed).toEqual(expect.arrayContaining(['entropy-mnist.yaml', 'protocol-classic.yaml']));
  expect(timed.filter((file) => statedIn(file).length === 0)).toEqual([]);
});
