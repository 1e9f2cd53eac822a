import { expect, test } from '@jest/globals';
import { openEngine } from '../engine/device.js';
import type { Engine } from '../engine/engine.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { nativeEngineOf } from './native.js';

test('beside another engine there is one native engine a process, that of the device cpu', async () => {
  const other: Engine = { ...createNativeEngine(), name: 'webgpu' };
  expect(nativeEngineOf(other)).toBe(await openEngine('cpu'));
  expect(nativeEngineOf(other)).toBe(await openEngine('cpu'));
});

test('a native engine that is at hand is taken', () => {
  const engine = createNativeEngine();
  expect(nativeEngineOf(engine)).toBe(engine);
});
