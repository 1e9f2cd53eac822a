import { omitBy } from 'es-toolkit/object/omitBy';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { isNull } from 'es-toolkit/predicate/isNull';
import * as z from 'zod';
import { type DatasetDefaults, IMAGE_NETWORK_NAMES, type SampleShape } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { firstIssue } from '../messages/issue.js';
import type { DetectorDefinition } from './detector.js';
import { type Options, withUsual } from './options.js';

const network = z.enum(['mlp', ...IMAGE_NETWORK_NAMES]);

/** What the options of a network say that a data set would give by default; each detector has its own check of them. */
const networkDefaults = z.object({
  network: network.default('mlp'),
  representationSize: z.number().default(1),
  hiddenSizes: z.array(z.number()).default([]),
});

/**
 * Checks options that come from outside: they must be those that a detector resolves them to, each there, of its kind and within its range,
 * and no other.
 *
 * @param place where they stand, for the message
 * @throws UserError with the first that is not
 */
export function checkOptions(
  definition: DetectorDefinition,
  options: Options,
  shape: SampleShape,
  place: string,
): void {
  // What was resolved to nothing cannot be given, what was left out is usual, and the network follows from the data.
  const { network: family, ...given } = omitBy(withUsual(options, definition.options.shape), isNull);
  const schema = definition.options.extend({ network: network.optional() }).strict();
  const parsed = schema.safeParse({ ...given, ...(family !== undefined && { network: family }) });
  if (!parsed.success) throw new UserError(firstIssue(parsed.error, place));
  const { network: _, ...checked } = parsed.data;
  const defaults: DatasetDefaults = networkDefaults.parse(parsed.data);
  if (options.warmStart !== undefined && options.warmStartChecksum === undefined) {
    // What it names is not looked for: the weights are here.
    throw new UserError(`${place} lacks warmStartChecksum`);
  }
  const resolved = definition.resolve(checked, defaults, shape);
  for (const name of new Set([...Object.keys(resolved), ...Object.keys(options)])) {
    if (!Object.hasOwn(options, name)) throw new UserError(`${place} lacks ${name}`);
    if (!Object.hasOwn(resolved, name) || !isEqual(resolved[name], options[name])) {
      throw new UserError(`${place}.${name}: does not go with the other options`);
    }
  }
}
