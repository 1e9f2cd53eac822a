import { memoize } from 'es-toolkit/function/memoize';
import type { Device, DeviceName, TfjsDevice } from './device.js';
import type { Engine } from './engine.js';
import { findDevice } from './find-device.js';

/**
 * The engine for a device, loaded only now.
 *
 * @throws UserError where the device is missing, saying what to install
 */
export async function createEngine(device: Device): Promise<Engine> {
  return openEngine((await findDevice(device)).name);
}

/**
 * The engine for a device that `findDevice` found. Those of TensorFlow.js share one backend a process.
 *
 * @throws UserError or Error where the device cannot be opened
 */
export async function openEngine(device: DeviceName): Promise<Engine> {
  if (device === 'cpu') {
    const { createNativeEngine } = await import('./native/native-engine.js');
    return createNativeEngine();
  }
  const { createTfjsEngine } = await import('./tfjs/tfjs-engine.js');
  return createTfjsEngine(await openOnce(device));
}

const openOnce = memoize(async (device: TfjsDevice) => {
  const { openBackend } = await import('./tfjs/backends.js');
  return openBackend(device);
});
