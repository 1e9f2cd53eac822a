import { UserError } from '../errors.js';
import { validNames } from '../messages/suggest.js';
import { autoencoder } from './autoencoder.js';
import { deepSad } from './deep-sad.js';
import { deepSvdd } from './deep-svdd.js';
import type { DetectorDefinition } from './detector.js';
import type { DetectorChoice } from './options.js';
import { hybrid } from './shallow/hybrid.js';
import { isolationForest } from './shallow/isolation-forest.js';
import { kde } from './shallow/kde.js';
import { ocSvm } from './shallow/oc-svm.js';
import { ssad } from './shallow/ssad.js';
import { ssDgm } from './ss-dgm.js';
import { supervised } from './supervised.js';
import { vae } from './vae.js';

/**
 * Every method that a config can name, in the order of the tables' columns and of the styles in figures: a new one comes last, so that each
 * of the others looks as before.
 */
export const DETECTORS: readonly DetectorDefinition[] = [
  ocSvm,
  hybrid(ocSvm),
  isolationForest,
  hybrid(isolationForest),
  kde,
  hybrid(kde),
  autoencoder,
  vae,
  deepSvdd,
  ssad,
  hybrid(ssad),
  ssDgm,
  deepSad,
  supervised,
];

/**
 * The definition of a detector by its name.
 *
 * @param place where it is named, for the message
 * @throws UserError where there is none of that name, with the one that was probably meant
 */
export function detectorNamed(name: string, place?: string): DetectorDefinition {
  const definition = knownDetector(name);
  if (definition) return definition;
  const names = DETECTORS.map((candidate) => candidate.name);
  const problem = `no detector is named ${name}; ${validNames(name, names)}`;
  throw new UserError(place === undefined ? problem : `${place}: ${problem}`);
}

/** The definition of a detector that a record or a user names; undefined where there is none of that name. */
export function knownDetector(name: string): DetectorDefinition | undefined {
  return DETECTORS.find((candidate) => candidate.name === name);
}

/** Whether a fit trains one encoder, which can be probed; of several candidates with one each, the test set chooses. */
export function hasOneEncoder({ name, options }: DetectorChoice): boolean {
  const { encodes, bestOf } = detectorNamed(name);
  return encodes === true && bestOf?.(options) === undefined;
}

/** What tables call a detector; its name where it is not known. */
export function detectorTitle(name: string): string {
  return knownDetector(name)?.title ?? name;
}
