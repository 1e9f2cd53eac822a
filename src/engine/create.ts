import type { Engine } from './engine.js';

/** What a user may ask to compute on; `auto` is the fastest that the machine has. */
export type Device = 'auto' | 'cpu';

/**
 * The engine for a device, loaded only now.
 *
 * @throws UserError where the device is missing, saying what to install
 */
export async function createEngine(_device: Device): Promise<Engine> {
  const { createNativeEngine } = await import('./native/native-engine.js');
  return createNativeEngine();
}
