import { memoize } from 'es-toolkit/function/memoize';
import { once } from 'es-toolkit/function/once';
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
 * The engine for a device that `findDevice` found. In a process the CPU has one, and those of TensorFlow.js share one backend.
 *
 * @throws UserError or Error where the device cannot be opened
 */
export async function openEngine(device: DeviceName): Promise<Engine> {
  if (device === 'cpu') return openNative();
  const { createTfjsEngine } = await import('./tfjs/tfjs-engine.js');
  return createTfjsEngine(await openOnce(device));
}

// It holds nothing, and its calls stay optimised where its functions stay the same.
const openNative = once(async () => {
  const { createNativeEngine } = await import('./native/native-engine.js');
  return createNativeEngine();
});

const openOnce = memoize(async (device: TfjsDevice) => {
  const { openBackend } = await import('./tfjs/backends.js');
  return openBackend(device);
});
