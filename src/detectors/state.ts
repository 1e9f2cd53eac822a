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
 * @throws UserError where it is missing, of another length, or has a number that is not finite
 */
export function stateEntry<T extends ArrayLike<number>>(
  entries: Readonly<Record<string, T>>,
  name: string,
  length?: number,
): T {
  if (!Object.hasOwn(entries, name)) throw new UserError(`the saved detector lacks ${name}`);
  const entry = entries[name];
  if (length !== undefined && entry.length !== length) {
    throw new UserError(`the saved detector's ${name} should have ${length} numbers and has ${entry.length}`);
  }
  for (let i = 0; i < entry.length; i++) {
    if (!Number.isFinite(entry[i])) throw new UserError(`the saved detector's ${name} has ${entry[i]} in it`);
  }
  return entry;
}

/**
 * A fact that is one number, read from a file.
 *
 * @param option the number that the options give for it, if they do
 * @throws UserError where it is none, not above 0, or not that of the options
 */
export function positiveFact(facts: DetectorState['facts'], name: string, option?: number): number {
  const [value] = stateEntry(facts, name, 1);
  if (!(value > 0)) throw new UserError(`the saved detector's ${name} should be above 0 and is ${value}`);
  if (option !== undefined && value !== option) {
    throw new UserError(`the saved detector's ${name} is ${value}, and its options say ${option}`);
  }
  return value;
}

/** The weights of a state that was read from files. @throws UserError where there are none */
export function stateWeights({ weights }: DetectorState): Weights {
  if (!weights) throw new UserError('the saved detector lacks the weights of its network');
  return weights;
}
