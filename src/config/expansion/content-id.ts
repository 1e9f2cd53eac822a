import { hash } from 'node:crypto';
import { mapValues } from 'es-toolkit/object/mapValues';
import { omit } from 'es-toolkit/object/omit';
import stringify from 'safe-stable-stringify';
import type { DetectorChoice, Options } from '../../detectors/options.js';
import { detectorNamed } from '../../detectors/registry.js';
import type { EngineName } from '../../engine/registry.js';
import { isResource } from '../protocol-settings.js';
import type { RunContent } from '../run.js';

/**
 * The content id of a run, which does not depend on the order of keys, nor on options that no outcome depends on. Engines agree only to
 * rounding, so that what one trained does not pass for what another would have; the native one, which every machine has, is not named.
 */
export function contentId({ detector, ...content }: RunContent, engine: EngineName): string {
  const { name } = detector;
  const isNamed = engine !== 'native' && detectorNamed(name).trains;
  const told = {
    ...content,
    detector: { name, options: outcomeOptions(detector) },
    ...(isNamed && { engine }),
  };
  return hash('sha256', stringify(told) ?? '').slice(0, 16);
}

/**
 * The resolved options of a detector as far as its outcome depends on them: equal for two that come to the same. A saved model is told by its
 * checksum, in whatever folder it is; resources, which runs have always had in their ids, are those by default.
 */
export function outcomeOptions({ name, options }: DetectorChoice): Options {
  const known = detectorNamed(name).options.shape;
  return mapValues(omit(options, ['warmStart']), (value, option) =>
    isResource(option) ? known[option].parse(undefined) : value,
  );
}
