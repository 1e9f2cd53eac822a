import { type Expected, readText } from '../read-file.js';
import { conflicts, doubts } from './conflicts.js';
import { explain } from './explain.js';
import { InvalidConfig, type Problem } from './problems.js';
import { type Experiment, experimentSchema } from './schema.js';
import { parseSource } from './source.js';

/** A validated config, and how to speak of its parts. */
export interface Config {
  readonly experiment: Experiment;
  /** Words a problem with where in the config it was written. */
  describe(problem: Problem): string;
  /** What its author may have meant otherwise. */
  readonly notices: readonly string[];
}

/** A config of more is none: parsing takes memory and time by its length. */
const CONFIG: Expected = {
  what: 'a config in YAML or JSON',
  ifMissing: 'a path counts from the working directory',
  most: 2 ** 18,
};

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
  return parseConfig(readText(file, CONFIG), file, assignments, schema);
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
  return {
    experiment: parsed.data,
    describe: source.describe,
    notices: doubts(source.value).map(source.describe),
  };
}
