import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../src/package.js';

test('the package can be imported by its name', () => {
  const program = `
    import { DETECTORS, datasetNames, parseConfig } from 'deepsad';
    const text = 'name: a\\ndataset: mnist\\ndetectors: deep-sad';
    const { experiment } = parseConfig(text, 'a.yaml');
    console.log(experiment.name, datasetNames().includes('mnist'), DETECTORS.map(({ name }) => name).includes('deep-sad'));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE_ROOT,
  });
  expect(String(output)).toBe('a true true\n');
});

test('the package can be required, and shows no line of its bundle that fills a terminal', () => {
  const required = spawnSync(
    process.execPath,
    ['--input-type=commonjs', '--eval', "require('deepsad').detectorNamed('deep-sat')"],
    { cwd: PACKAGE_ROOT, encoding: 'utf8' },
  );
  expect(required.stderr).toContain('deep-sat');
  expect(Math.max(...required.stderr.split('\n').map(({ length }) => length))).toBeLessThan(1000);
});

test('its types need none of Node, which a user may not have installed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'library-'));
  try {
    const file = join(directory, 'user.ts');
    const index = JSON.stringify(join(PACKAGE_ROOT, 'dist', 'index.js'));
    writeFileSync(
      file,
      `import { loadConfig } from ${index};\nexport const config = loadConfig('a.yaml');\n`,
    );
    const compiler = join(PACKAGE_ROOT, 'node_modules', '.bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '', '--ignoreConfig'];
    expect(spawnSync(compiler, [...options, file], { encoding: 'utf8' })).toMatchObject({
      stdout: '',
      status: 0,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a sweep with no number of runs at a time is refused before anything is written', () => {
  const directory = mkdtempSync(join(tmpdir(), 'library-'));
  try {
    const program = `
      import { executeSweep, parseConfig, planExperiments, planSweep } from 'deepsad';
      const dataset = { file: ${JSON.stringify(join(directory, 'parts.csv'))}, label: 'state', normal: 'good' };
      const config = parseConfig(JSON.stringify({ name: 'parts', dataset, detectors: ['kde'] }), 'parts.json');
      const sweep = planSweep(await planExperiments([config], 'cpu'));
      const options = { directory: ${JSON.stringify(join(directory, 'results'))}, failFast: false, saveModels: false, retryFailed: false };
      for (const jobs of [0, NaN, 1.5])
        await executeSweep(sweep, { ...options, jobs, signal: new AbortController().signal, on() {} }).catch(({ message }) => console.log(message));`;
    writeFileSync(join(directory, 'parts.csv'), `a,state\n${'1,good\n2,good\n3,bad\n'.repeat(20)}`);
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: PACKAGE_ROOT,
      encoding: 'utf8',
    });
    expect(output).toBe(
      [0, 'NaN', 1.5].map((jobs) => `jobs: expected a whole number of at least 1, found ${jobs}\n`).join(''),
    );
    expect(existsSync(join(directory, 'results'))).toBe(false);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a run can be planned and executed in the process of its user', () => {
  const directory = mkdtempSync(join(tmpdir(), 'library-'));
  try {
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${i % 7},${(i * i) % 11},${i % 6 === 0 ? 'bad' : 'good'}`,
    );
    writeFileSync(join(directory, 'parts.csv'), `a,b,state\n${rows.join('\n')}\n`);
    const program = `
      import { createEngine, executeRun, parseConfig, planExperiments } from 'deepsad';
      const dataset = { file: ${JSON.stringify(join(directory, 'parts.csv'))}, label: 'state', normal: 'good' };
      const detectors = [{ name: 'deep-sad', hiddenSizes: [4], representationSize: 2, batchSize: 16, epochs: 2, pretrainEpochs: 2 }];
      const config = parseConfig(JSON.stringify({ name: 'parts', dataset, detectors }), 'parts.json');
      const [{ runs: [run], datasets }] = await planExperiments([config], 'cpu');
      const outcome = await executeRun(run, datasets.get(run.dataChecksum), await createEngine('cpu'));
      console.log(outcome.status, outcome.auroc >= 0 && outcome.auroc <= 1);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: PACKAGE_ROOT,
    });
    expect(String(output)).toBe('done true\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a detector is fitted on arrays of its user, from the autoencoder that its options state', () => {
  const program = `
    import { createEngine, detectorNamed, fitDetector } from 'deepsad';
    const samples = Float32Array.from({ length: 120 }, (_, i) => (i * i) % 7 / 7);
    const training = { shape: [3], count: 40, samples, semiTargets: new Int8Array(40) };
    const given = { batchSize: 8, epochs: 2, pretrainEpochs: 2 };
    const options = detectorNamed('deep-sad').resolve(given, { network: 'mlp', representationSize: 2 }, [3]);
    const phases = new Set();
    const context = { seed: 1, engine: await createEngine('cpu'), report: ({ phase }) => phases.add(phase) };
    const detector = await fitDetector({ name: 'deep-sad', options }, training, context);
    const scores = await detector.score(samples);
    console.log([...phases].join(), scores.length, scores.every(Number.isFinite));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE_ROOT,
  });
  expect(String(output)).toBe('pretraining,training 40 true\n');
});
