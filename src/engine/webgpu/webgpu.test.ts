import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { installedVersion, PACKAGE_ROOT } from '../../package.js';
import { TRAINING_CASES, TRAINING_TOLERANCE, type TrainingDifference } from '../testing/agreement.js';
import { GRADIENT_CASES } from './testing/cases.js';

/** The Vulkan driver that computes on the CPU, as Debian's chromium brings it together with a loader. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const PROGRAM = join(PACKAGE_ROOT, 'src', 'engine', 'webgpu', 'testing', 'program.ts');
const PATIENCE = 900_000;
/** What single precision allows a gradient, over statistics of batches as small as these. */
const GRADIENT_TOLERANCE = 2e-5;

interface Answers {
  readonly adapter: string;
  readonly gradients: Readonly<Record<string, number>>;
  readonly training: Readonly<Record<string, TrainingDifference>>;
  /** What trainings said in the end whose learning rate is far too high. */
  readonly diverging: Readonly<Record<string, { readonly native: string; readonly webgpu: string }>>;
  /** Hashes of runs: each alone, all at once, and all at once with Dawn's checks of indices, these alone in memory that begins with zeros. */
  readonly alone: readonly string[];
  readonly together: readonly string[];
  readonly robust: readonly string[];
  /** By the most rounds of a submit. */
  readonly rounds: Readonly<Record<string, readonly string[]>>;
  /** Of runs that had to wait for a lane. */
  readonly waiting: readonly string[];
  /** Of runs of whose blocks the GPU refused one as many lanes as were wanted while those of another trained, and what was said of it. */
  readonly refused: readonly string[];
  readonly notices: readonly string[];
  /** What a kernel that does not compile says, and what is wrong with the GPU then. */
  readonly invalid: string;
  readonly errors: readonly string[];
  /** What runs that were under way when the device was lost said. */
  readonly lost: readonly string[];
}

const lacking = ['webgpu'].filter((name) => installedVersion(name) === undefined);
if (!existsSync(SWIFTSHADER)) lacking.push(SWIFTSHADER);
const [here, where] =
  lacking.length > 0 ? [describe.skip, `, which needs ${lacking.join(' and ')}`] : [describe, ''];

here(`the engine on a software driver${where}`, () => {
  let answers: Answers;
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PROGRAM], {
      // Dawn looks for drivers once, when it is loaded.
      env: { ...process.env, VK_ICD_FILENAMES: SWIFTSHADER, LD_LIBRARY_PATH: dirname(SWIFTSHADER) },
      cwd: PACKAGE_ROOT,
      maxBuffer: 1 << 26,
    });
    answers = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  }, PATIENCE);

  test('computes on it', () => {
    expect(answers.adapter).toMatch(/swiftshader/i);
  });

  test.each(Object.keys(GRADIENT_CASES))(
    '%s: gradients agree with plain loops in double precision',
    (name) => {
      expect(answers.gradients[name]).toBeLessThan(GRADIENT_TOLERANCE);
    },
  );

  test.each(Object.keys(TRAINING_CASES))('%s agrees with the native engine', (name) => {
    const { loss, weights, outputs } = answers.training[name];
    expect(loss).toBeLessThan(TRAINING_TOLERANCE);
    expect(weights).toBeLessThan(TRAINING_TOLERANCE);
    expect(outputs).toBeLessThan(TRAINING_TOLERANCE);
  });

  test.each(Object.keys(TRAINING_CASES))('%s that diverges fails, as on the native engine', (name) => {
    const { native, webgpu } = answers.diverging[name];
    for (const said of [native, webgpu]) expect(said).toMatch(/^the training .*; try a lower learning rate$/);
  });

  test('a run has the same bits alone and in company, with checks of indices and without, whatever the memory held', () => {
    expect(new Set(answers.alone).size).toBe(answers.alone.length);
    expect(answers.together).toEqual(answers.alone);
    expect(answers.robust).toEqual(answers.alone);
  });

  test('a run has the same bits however many rounds a submit has', () => {
    expect(answers.rounds).toEqual({ 1: answers.alone, 4: answers.alone, 16: answers.alone });
  });

  test('runs that find no lane wait for one', () => {
    expect(answers.waiting).toEqual(answers.alone);
  });

  test('where the GPU refuses memory, half the lanes do the same, those that train are as before, and it is said once', () => {
    expect(answers.refused).toEqual(answers.alone);
    expect(answers.notices).toEqual(['the GPU has no memory for 7 lanes; 3 are taken']);
  });

  test('a kernel that does not compile says why, and spoils no other', () => {
    expect(answers.invalid).toMatch(/^the kernel gather does not compile: .+/);
    expect(answers.errors).toEqual([]);
  });

  test('all that wait hear why a device is lost, and so does who comes later', () => {
    expect(answers.lost.length).toBeGreaterThan(2);
    for (const reason of answers.lost) expect(reason).toMatch(/^the GPU failed: .+/);
  });
});
