import { afterEach, expect, test } from '@jest/globals';
import { webgpu } from './definition.js';
import { memoryOf } from './memory.js';

afterEach(() => {
  delete process.env.DEEPSAD_GPU_MEMORY;
});

test('lanes may take what the environment says, in gigabytes', async () => {
  process.env.DEEPSAD_GPU_MEMORY = '2.5';
  expect(await memoryOf({ software: false })).toEqual({ total: undefined, budget: 2.5e9 });
});

test.each(['much', '0', '-1'])('%j is no memory', async (given) => {
  process.env.DEEPSAD_GPU_MEMORY = given;
  await expect(memoryOf({ software: false })).rejects.toThrow('DEEPSAD_GPU_MEMORY');
  // It is no reason to take another device.
  await expect(webgpu.probe('webgpu')).rejects.toThrow('DEEPSAD_GPU_MEMORY');
});

test.each([
  [undefined, true],
  [undefined, false],
  ['', false],
])('without it (%j) there is some, whatever the system tells', async (given, software) => {
  if (given !== undefined) process.env.DEEPSAD_GPU_MEMORY = given;
  const { budget } = await memoryOf({ software });
  expect(budget).toBeGreaterThan(1e8);
});
