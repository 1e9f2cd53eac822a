import { expect, test } from '@jest/globals';
import { UserError } from '../errors.js';
import { createEngine, findDevice } from './device.js';
import { DEVICES, type Device, ENGINES, engineOf, GPUS } from './registry.js';

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

test('a device that is none is refused by all that may be asked for', async () => {
  const message = `there is no device nope; expected one of auto, ${DEVICES.join(', ')}`;
  for (const ask of [createEngine, findDevice]) {
    await expect(ask('nope' as Device)).rejects.toThrow(new UserError(message));
  }
});
