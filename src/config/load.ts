import { readFileSync } from 'node:fs';
import { UserError } from '../errors.js';
import { conflicts } from './conflicts.js';
import { explain } from './explain.js';
import { InvalidConfig, type Problem } from './problems.js';
import { type Experiment, experimentSchema } from './schema.js';
import { parseSource } from './source.js';

/** A validated config, and how to speak of its parts. */
export interface Config {
  readonly experiment: Experiment;
  /** Words a problem with where in the config it was written. */
  describe(problem: Problem): string;
}

/**
 * Reads a config file, applies overrides and validates the result.
 *
 * @param file a YAML or JSON file
 * @param assignments overrides of the form `key.path=value`
 * @throws UserError where the file cannot be read or parsed; InvalidConfig with all that is wrong with its content
 */
export function loadConfig(
  file: string,
  assignments: readonly string[],
  schema = experimentSchema(),
): Config {
  return parseConfig(readConfigFile(file), file, assignments, schema);
}

/**
 * Validates the text of a config, as `loadConfig` does.
 *
 * @param file what messages call the text
 */
export function parseConfig(
  text: string,
  file: string,
  assignments: readonly string[],
  schema = experimentSchema(),
): Config {
  const source = parseSource(text, file, assignments);
  const parsed = schema.safeParse(source.value, { reportInput: true });
  const problems = [...source.problems, ...explain(parsed.error?.issues ?? []), ...conflicts(source.value)];
  if (!parsed.success || problems.length > 0) throw new InvalidConfig(problems, source.describe);
  return { experiment: parsed.data, describe: source.describe };
}

function readConfigFile(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Partial<Record<string, string>> = {
      ENOENT: 'no such file',
      EISDIR: 'it is a folder; expected a YAML or JSON file',
      ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
    };
    throw new UserError(`cannot read the config ${file}: ${reasons[code ?? ''] ?? message}`);
  }
}
