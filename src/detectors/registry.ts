import { autoencoder } from './autoencoder.js';
import { deepSad } from './deep-sad.js';
import { deepSvdd } from './deep-svdd.js';
import type { DetectorDefinition } from './detector.js';

/** Every method that a config can name, in the order of the tables' columns. */
export const DETECTORS: readonly DetectorDefinition[] = [autoencoder, deepSvdd, deepSad];

/**
 * The definition of a detector that a validated config names.
 *
 * @throws Error where there is none of that name
 */
export function detectorNamed(name: string): DetectorDefinition {
  const definition = DETECTORS.find((candidate) => candidate.name === name);
  if (!definition) throw new Error(`no detector is named ${name}`);
  return definition;
}
