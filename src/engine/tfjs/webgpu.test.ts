import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** The Vulkan driver that computes on the CPU, as Debian's chromium brings it together with a loader. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const PROGRAM = join(PACKAGE_ROOT, 'src', 'engine', 'testing', 'agreement-program.ts');
const PATIENCE = 900_000;

const lacking = [
  ...(existsSync(SWIFTSHADER) ? [] : ["Debian's chromium, which has SwiftShader"]),
  ...['webgpu', '@tensorflow/tfjs-backend-webgpu'].filter((name) => installedVersion(name) === undefined),
];

interface Agreement {
  readonly adapter: string;
  readonly differences: Readonly<Record<string, LayerDifference & TrainingDifference>>;
  readonly tensors: number;
}

(lacking.length > 0 ? describe.skip : describe)(
  `WebGPU on SwiftShader${lacking.length > 0 ? `, which needs ${lacking.join(' and ')}` : ''}`,
  () => {
    let agreement: Agreement;
    beforeAll(async () => {
      // The libraries look for a driver once, when they are loaded.
      const env = { ...process.env, VK_ICD_FILENAMES: SWIFTSHADER, LD_LIBRARY_PATH: dirname(SWIFTSHADER) };
      const command = ['--import', 'tsx', PROGRAM, 'webgpu'];
      const { stdout } = await promisify(execFile)(process.execPath, command, { env, cwd: PACKAGE_ROOT });
      agreement = JSON.parse(stdout);
    }, PATIENCE);

    test('computes on it', () => {
      expect(agreement.adapter).toMatch('swiftshader');
    });

    test.each(LAYER_CASES.map(([name]) => name))('%s agrees with plain loops, forward and back', (name) => {
      const { output, inputGradient, kernelGradient } = agreement.differences[name];
      expect(output).toBeLessThan(LAYER_TOLERANCE.output);
      expect(inputGradient).toBeLessThan(LAYER_TOLERANCE.inputGradient);
      expect(kernelGradient).toBeLessThan(LAYER_TOLERANCE.kernelGradient);
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
  },
);
