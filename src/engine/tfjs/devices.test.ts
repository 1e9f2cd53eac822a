import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { installedVersion, PACKAGE_ROOT } from '../../package.js';
import {
  LAYER_CASES,
  LAYER_TOLERANCE,
  type LayerDifference,
  TRAINING_CASES,
  TRAINING_TOLERANCE,
  type TrainingDifference,
} from '../testing/agreement.js';
import type { TfjsDevice } from './needs.js';

const PROGRAM = join(PACKAGE_ROOT, 'src', 'engine', 'testing', 'agreement-program.ts');
const PATIENCE = 900_000;

interface Tested {
  readonly device: TfjsDevice;
  readonly packages: readonly string[];
  /** What its adapter is called. */
  readonly adapter: RegExp;
}

const DEVICES: readonly Tested[] = [
  { device: 'tensorflow', packages: ['@tensorflow/tfjs-node'], adapter: /libtensorflow/ },
  { device: 'cuda', packages: ['@tensorflow/tfjs-node-gpu'], adapter: /NVIDIA/ },
];

interface Agreement {
  readonly adapter: string;
  readonly differences: Readonly<Record<string, LayerDifference & TrainingDifference>>;
  readonly tensors: number;
}

for (const { device, packages, adapter } of DEVICES) {
  const lacking = packages.filter((name) => installedVersion(name) === undefined);
  const [here, where] =
    lacking.length > 0 ? [describe.skip, `, which needs ${lacking.join(' and ')}`] : [describe, ''];

  here(`the engine on ${device}${where}`, () => {
    let agreement: Agreement;
    beforeAll(async () => {
      const command = ['--import', 'tsx', PROGRAM, device];
      const options = { cwd: PACKAGE_ROOT };
      const { stdout } = await promisify(execFile)(process.execPath, command, options);
      agreement = JSON.parse(stdout);
    }, PATIENCE);

    test('computes on it', () => {
      expect(agreement.adapter).toMatch(adapter);
    });

    test.each(LAYER_CASES.map(([name]) => name))('%s agrees with plain loops, forward and back', (name) => {
      const { output, inputGradient, kernelGradient, biasGradient } = agreement.differences[name];
      expect(output).toBeLessThan(LAYER_TOLERANCE.output);
      expect(inputGradient).toBeLessThan(LAYER_TOLERANCE.inputGradient);
      expect(kernelGradient).toBeLessThan(LAYER_TOLERANCE.kernelGradient);
      expect(biasGradient).toBeLessThan(LAYER_TOLERANCE.biasGradient);
    });

    test.each(Object.keys(TRAINING_CASES))('%s agrees with the native engine', (name) => {
      const { loss, weights, outputs } = agreement.differences[name];
      expect(loss).toBeLessThan(TRAINING_TOLERANCE);
      expect(weights).toBeLessThan(TRAINING_TOLERANCE);
      expect(outputs).toBeLessThan(TRAINING_TOLERANCE);
    });

    test('leaves no tensors behind', () => {
      expect(agreement.tensors).toBe(0);
    });
  });
}
