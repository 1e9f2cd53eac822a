import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { randomStream } from '../src/random.js';
import { deepsad, PATIENCE } from './testing/program.js';

jest.setTimeout(PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-own-labels-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes 200 parts, of which every tenth is broken; the first 60 were inspected. Of some, the width is missing. */
function writeInspected(file: string): void {
  const random = randomStream(1, 'parts');
  const rows = Array.from({ length: 200 }, (_, i) => {
    const broken = i % 10 === 0;
    const length = random.uniform(0, 1) + (broken ? 2 : 0);
    const width = i % 7 === 0 ? '' : random.uniform(0, 1);
    const inspected = i < 60 ? (broken ? '-1' : '+1') : '';
    return [
      i,
      length,
      width,
      broken ? 'steel' : ['oak', 'pine'][i % 2],
      inspected,
      broken ? 'broken' : 'fine',
    ];
  });
  writeFileSync(
    file,
    ['id,length,width,wood,inspected,state', ...rows.map((row) => row.join(','))].join('\n'),
  );
}

const table = join(folder, 'parts.csv');
writeInspected(table);

test('a table with semi-targets is trained on with these, in an experiment', async () => {
  const columns = { drop: ['id'], categorical: 'wood', missing: 'fill' };
  const config = {
    name: 'inspected',
    dataset: [{ file: table, semiTarget: 'inspected', label: 'state', normal: 'fine', ...columns }],
    detectors: [{ name: 'deep-sad', epochs: 30, pretrainEpochs: 30 }, 'isolation-forest'],
    seeds: [1, 2],
  };
  const file = join(folder, 'inspected.yaml');
  writeFileSync(file, JSON.stringify(config));
  const command = ['run', file, '--out', join(folder, 'results')];
  const first = await deepsad(command);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stderr).toContain(`${table}, column width: filled 29 missing values\n`);
  expect(first.stdout).toMatch(/ {2}γ_l 0\.0\d+ {2}labeled normal 0\.\d+ {2}γ_p 0\.\d+\n/);

  const lines = readFileSync(join(folder, 'results', 'inspected', 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const records = lines.map((line) => JSON.parse(line));
  expect(records).toHaveLength(4);
  for (const record of records) {
    expect(record).toMatchObject({
      status: 'done',
      normalClass: 'normal',
      knownAnomalyClasses: ['anomaly'],
      counts: {
        labeledNormal: 32,
        labeledAnomalies: 3,
        unlabeledNormal: 75,
        unlabeledAnomalies: 8,
        testNormal: 73,
        testAnomalies: 9,
      },
    });
    expect(record.auroc).toBeGreaterThan(0.9);
  }

  const again = await deepsad(command);
  expect(again).toMatchObject({ code: 0 });
  expect(
    readFileSync(join(folder, 'results', 'inspected', 'runs.jsonl'), 'utf8')
      .trim()
      .split('\n'),
  ).toEqual(lines);
  expect(await deepsad(['check', join(folder, 'results', 'inspected'), '--quiet'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('4 runs repeated: all agree'),
  });
});

test('what would simulate labels is refused beside semi-targets', async () => {
  const file = join(folder, 'both.yaml');
  const dataset = { file: table, semiTarget: 'inspected', drop: ['id', 'wood', 'state'] };
  writeFileSync(
    file,
    JSON.stringify({ name: 'both', dataset, pollutionRatio: 0.1, detectors: 'isolation-forest' }),
  );
  const { code, stderr } = await deepsad(['run', file, '--out', join(folder, 'none')]);
  expect(code).toBe(2);
  expect(stderr).toContain('both.yaml:1:');
  expect(stderr).toContain('pollutionRatio: given beside a column of semi-targets');
});
