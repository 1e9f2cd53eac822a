import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { instructionSets } from '../src/engine/native/kernels.js';
import { deepsad, type Ending, PATIENCE, start, writeParts } from './testing/program.js';

jest.setTimeout(3 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [table, file, out] = ['parts.csv', 'twice.yaml', 'results'].map((name) => join(folder, name));
writeParts(table);
writeFileSync(
  file,
  JSON.stringify({
    name: 'twice',
    dataset: { file: table, normal: 'fine' },
    detectors: [{ name: 'deep-sad', epochs: 2, pretrainEpochs: 2 }],
    seeds: [1, 2, 3],
  }),
);

const verify = (count: number): Promise<Ending> =>
  deepsad(['sweep', file, '--out', out, '--verify', String(count)]);
const pathOf = (name: string) => join(out, 'twice', name);
const change = (name: string, from: RegExp, to: string) =>
  writeFileSync(pathOf(name), readFileSync(pathOf(name), 'utf8').replaceAll(from, to));

const host = os.hostname();
const [set, other] = instructionSets();
const withTwoSets = other === undefined ? test.skip : test;

withTwoSets(
  'runs come to the same bits with another instruction set, and where they do not, it is said',
  async () => {
    const first = await verify(2);
    const verified = `Verified: 2 runs executed twice (${host} with ${set}, then ${host} with ${other}), the same bit for bit.`;
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining(verified) });
    expect(readFileSync(pathOf('report.html'), 'utf8')).toContain(verified);
    const repeated = readFileSync(pathOf('verification.json'), 'utf8');

    // The same two, as the draw follows from their ids.
    change('runs.jsonl', /"auroc":[\d.]+/g, '"auroc":0.25');
    const { code, stderr } = await verify(2);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('2 of 2 runs executed twice differ.'),
    });
    for (const [, id, seed] of repeated.matchAll(/"run": "(\w+)",\s*"label": "Deep SAD, seed (\d)"/g)) {
      expect(stderr).toMatch(
        new RegExp(
          `Deep SAD, seed ${seed} \\(${id}\\): AUROC 0.25 on ${host} with ${set}, [\\d.]+ on ${host} with ${other}`,
        ),
      );
    }
    expect(readFileSync(pathOf('report.html'), 'utf8')).toContain('2 of 2 runs executed twice differ.');
  },
);

test('those that another machine executed are repeated as this one would execute them', async () => {
  await deepsad(['sweep', file, '--out', out, '--quiet']);
  change('traces.ndjson', new RegExp(`"machine":"${host}"`, 'g'), '"machine":"elsewhere"');
  change('runs.jsonl', /"auroc":[\d.]+/g, '"auroc":0.25');
  const { code, stderr } = await verify(9);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining('3 of 3 runs executed twice differ.'),
  });
  expect(stderr).toMatch(new RegExp(`AUROC 0.25 on elsewhere with ${set}, [\\d.]+ on ${host} with ${set}`));
  // The losses are those of before.
  expect(stderr).not.toContain('loss');
  change('traces.ndjson', /"losses":\{.*?\}/g, '"losses":{"training":"AACAPwAAgD8="}');
  expect((await verify(1)).stderr).toMatch(/: loss 1 in epoch 0 of training on elsewhere with /);
});

withTwoSets(
  'where another machine executed fewer than are asked for, own ones are repeated too',
  async () => {
    const mixed = join(folder, 'mixed');
    await deepsad(['sweep', file, '--out', mixed, '--quiet']);
    const traces = join(mixed, 'twice', 'traces.ndjson');
    writeFileSync(
      traces,
      readFileSync(traces, 'utf8').replace(`"machine":"${host}"`, '"machine":"elsewhere"'),
    );
    const { code, stderr } = await deepsad(['sweep', file, '--out', mixed, '--verify', '2']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(
        `Verified: 2 runs executed twice (elsewhere with ${set}, then ${host} with ${set}; ${host} with ${set}, then ${host} with ${other})`,
      ),
    });

    const records = join(mixed, 'twice', 'runs.jsonl');
    writeFileSync(records, readFileSync(records, 'utf8').replace('"engine":"native"', '"engine":"webgpu"'));
    const fewer = await deepsad(['sweep', file, '--out', mixed, '--verify', '9']);
    expect(fewer.stderr).toContain('Verified: 2 runs executed twice');
    expect(fewer).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Not verified: no more than 2 of 3 runs can be repeated; the others'),
    });
  },
);

withTwoSets('what losses were not kept the first time is said not to be compared', async () => {
  const untraced = join(folder, 'untraced');
  await deepsad(['sweep', file, '--out', untraced, '--quiet']);
  const traces = join(untraced, 'twice', 'traces.ndjson');
  const [, ...others] = readFileSync(traces, 'utf8').split('\n');
  writeFileSync(traces, others.join('\n'));
  const { code, stderr } = await deepsad(['sweep', file, '--out', untraced, '--verify', '3']);
  expect(code).toBe(0);
  expect(stderr).toContain(
    'The losses of 1 of 3 runs were not compared: they were not kept the first time.\n',
  );
});

withTwoSets('told to end when the last is executed twice, it ends as one that was not', async () => {
  const elsewhere = join(folder, 'told to end');
  const child = start(['sweep', file, '--out', elsewhere, '--verify', '1']);
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (text) => {
    if (!said.includes('executed twice') && String(text).includes('executed twice')) child.kill('SIGTERM');
    said += text;
  });
  expect((await ended)[0]).toBe(0);
  expect(said).toContain('Verified: 1 run executed twice');
  expect(said).not.toContain('goes on from there');
});
