import { expect, test } from '@jest/globals';
import { DEVICES, ENGINES, engineOf, GPUS } from './registry.js';

test('each device is of one engine', () => {
  expect(new Set(DEVICES).size).toBe(DEVICES.length);
  for (const device of DEVICES) {
    const [name, definition] = engineOf(device);
    expect(ENGINES[name]).toBe(definition);
    expect(definition.devices).toContain(device);
  }
});

test('the CPU comes first, and auto chooses among devices that there are', () => {
  expect(DEVICES[0]).toBe('cpu');
  for (const gpu of GPUS) expect(DEVICES).toContain(gpu);
});
