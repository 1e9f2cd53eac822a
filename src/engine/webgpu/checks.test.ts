import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { installedVersion, PACKAGE_ROOT } from '../../package.js';

const isHere = installedVersion('webgpu') !== undefined;
const [here, where] = isHere ? [describe, ''] : [describe.skip, ', which needs webgpu'];
const PATIENCE = 120_000;

/** What a program in testing/ prints. */
async function answersOf(program: string) {
  const file = join(PACKAGE_ROOT, 'src', 'engine', 'webgpu', 'testing', program);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], {
    cwd: PACKAGE_ROOT,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

here(`a device that checks and computes nothing${where}`, () => {
  test(
    'finds what it is given right by the limits that every GPU has',
    async () => {
      const { kernels, said } = await answersOf('checks.ts');
      expect(said).toEqual([]);
      expect(kernels).toBeGreaterThan(300);
    },
    PATIENCE,
  );

  describe('and refuses memory', () => {
    const NO_MEMORY =
      'UserError: the GPU has no memory left for this run (Out of memory.); give runs less of it (DEEPSAD_GPU_MEMORY), or execute fewer at a time';
    let answers: Awaited<ReturnType<typeof answersOf>>;
    beforeAll(async () => {
      answers = await answersOf('refusals.ts');
    }, PATIENCE);

    test('leaves runs half as many lanes, those of another network wait, and all are done', () => {
      expect(answers.together).toBe('done');
      expect(answers.notices).toEqual(['the GPU has no memory for 7 lanes; 3 are taken']);
    });

    test('fails a run that finds none while there is nobody to wait for', () => {
      expect(answers.nothing).toBe(NO_MEMORY);
    });

    test('lets go on what it has memory for: what wants more waits, or fails where that does not help', () => {
      expect(answers.full).toEqual({ waits: true, epoch: 'done', second: NO_MEMORY, weights: NO_MEMORY });
      expect(answers.waiting).toEqual([
        'the GPU has no memory for the samples of another run; it waits for others to end',
      ]);
    });

    test('lets no runs wait for each other that are evaluated as they train', () => {
      expect(answers.probed).toEqual(['done', NO_MEMORY]);
    });

    test('evaluates samples bit by bit that do not fit in at once', () => {
      expect(answers.evaluated).toBe(2000);
    });

    test('gives what comes the memory of those in which nothing goes on', () => {
      expect(answers.evicting).toBe('done');
    });

    test('is no failure of the GPU', () => {
      expect(answers.errors).toEqual([]);
    });
  });
});
