import { sampleSize } from '../data/dataset.js';
import type { Network } from '../networks/network.js';
import type { TrainingTask } from './engine.js';

/**
 * How many samples of a network these floats are.
 *
 * @throws RangeError where the last would be cut off
 */
export function sampleCount(network: Network, samples: Float32Array): number {
  const size = sampleSize(network.input);
  if (samples.length % size === 0) return samples.length / size;
  throw new RangeError(`${samples.length} floats are no whole number of samples of ${size}`);
}

/**
 * Checks what a network is to be trained on.
 *
 * @throws RangeError where there is not one semi-target a sample
 */
export function checkTask(network: Network, { samples, semiTargets }: TrainingTask): void {
  const count = sampleCount(network, samples);
  if (count === semiTargets.length) return;
  throw new RangeError(`${semiTargets.length} semi-targets for ${count} samples`);
}

/**
 * Checks which samples an epoch is to train on.
 *
 * @throws RangeError where there are none, or more than there are samples, or one does not exist
 */
export function checkOrder({ semiTargets: { length: count } }: TrainingTask, order: Uint32Array): void {
  if (order.length === 0) throw new RangeError('an epoch of no samples');
  if (order.length > count) throw new RangeError(`an epoch of ${order.length} of ${count} samples`);
  const strange = order.find((sample) => sample >= count);
  if (strange !== undefined) throw new RangeError(`sample ${strange} does not exist, of ${count}`);
}
