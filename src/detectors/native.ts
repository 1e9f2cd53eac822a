import { type Kernels, loadKernels } from '../engine/native/kernels.js';

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
