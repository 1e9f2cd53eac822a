import { UserError } from '../errors.js';
import type { Weights } from '../networks/network.js';

/** What a fitted detector learned: with its options and the shape of its samples, all that its scores depend on. */
export interface DetectorState {
  /** The weights of the network that it scores with, where it has one. */
  readonly weights?: Weights | undefined;
  /** A few numbers by name, such as the hypersphere center. */
  readonly facts: Readonly<Record<string, readonly number[]>>;
  /** Many numbers by name, such as support vectors. */
  readonly arrays: Readonly<Record<string, Float32Array | Float64Array>>;
}

/**
 * An entry of a state that was read from files.
 *
 * @param length how many numbers it must have, where that is known
 * @throws UserError where it is missing or of another length
 */
export function stateEntry<T extends { readonly length: number }>(
  entries: Readonly<Record<string, T>>,
  name: string,
  length?: number,
): T {
  if (!Object.hasOwn(entries, name)) throw new UserError(`the saved detector lacks ${name}`);
  const entry = entries[name];
  if (length !== undefined && entry.length !== length) {
    throw new UserError(`the saved detector's ${name} should have ${length} numbers and has ${entry.length}`);
  }
  return entry;
}

/** The weights of a state that was read from files. @throws UserError where there are none */
export function stateWeights({ weights }: DetectorState): Weights {
  if (!weights) throw new UserError('the saved detector lacks the weights of its network');
  return weights;
}
