import { pick } from 'es-toolkit/object/pick';
import type { DetectorDefinition } from '../detectors/detector.js';
import { detectorNamed } from '../detectors/registry.js';
import { explain, strictObject } from '../messages/explain.js';
import { InvalidConfig } from '../messages/problems.js';
import { optionName } from '../messages/vocabulary.js';
import { parseSource } from './source.js';

/**
 * Reads which detector is asked for, and with which of its options.
 *
 * @param assignments `option=value`, with the value in YAML
 * @param option in which it is named, by its key in the library
 * @returns its definition and the options that are given, without defaults, to be resolved once the data are known
 * @throws UserError where there is no such detector, or with all that is wrong with the options
 */
export function parseDetector(
  name: string,
  assignments: readonly string[],
  option = 'detector',
): { definition: DetectorDefinition; given: Readonly<Record<string, unknown>> } {
  const definition = detectorNamed(name, optionName(option));
  const source = parseSource('{}', name, assignments);
  const parsed = strictObject(definition.options.shape).safeParse(source.value, { reportInput: true });
  const problems = [...source.problems, ...explain(parsed.error?.issues ?? [])];
  if (!parsed.success || problems.length > 0) throw new InvalidConfig(problems, source.wording);
  return { definition, given: pick(parsed.data, Object.keys(source.value as object)) };
}
