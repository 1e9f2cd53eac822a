import type { Engine } from '../engine/engine.js';
import { type Kernels, loadKernels } from '../engine/native/kernels.js';
import { nativeEngine } from '../engine/native/native-engine.js';

let kernels: Kernels | undefined;

/**
 * The native kernels, loaded when a method first computes with them itself.
 *
 * @throws UserError where they are not built
 */
export function native(): Kernels {
  kernels ??= loadKernels().kernels;
  return kernels;
}

/**
 * The native engine, for what is computed on the CPU whatever the device: the one at hand where it is native.
 *
 * @throws UserError where the kernels are not built
 */
export function nativeEngineOf(engine: Engine): Engine {
  return engine.name === 'native' ? engine : nativeEngine();
}
