import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../src/package.js';

test('the package can be imported by its name', () => {
  const program = `
    import { DETECTORS, datasetNames, parseConfig } from 'deepsad';
    const text = 'name: a\\ndataset: mnist\\ndetectors: deep-sad';
    const { experiment } = parseConfig(text, 'a.yaml', []);
    console.log(experiment.name, datasetNames().includes('mnist'), DETECTORS.map(({ name }) => name).includes('deep-sad'));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: PACKAGE_ROOT,
  });
  expect(String(output)).toBe('a true true\n');
});
