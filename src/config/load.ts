import get from 'es-toolkit/compat/get';
import { once } from 'es-toolkit/function/once';
import { TABLE_PATH } from '../data/table/kinds.js';
import { DETECTORS, knownDetector } from '../detectors/registry.js';
import { type Expected, readText } from '../files/read-file.js';
import { explain } from '../messages/explain.js';
import { InvalidConfig, type Problem, type Wording } from '../messages/problems.js';
import { optionName } from '../messages/vocabulary.js';
import { conflicts, doubts } from './conflicts.js';
import { type Experiment, experimentSchema } from './schema.js';
import { parseSource } from './source.js';

/** A validated config, and how to speak of its parts. */
export interface Config {
  readonly experiment: Experiment;
  readonly wording: Wording<Problem>;
  /** What its author may have meant otherwise. */
  readonly notices: readonly string[];
}

/** Of all data sets and detectors that there are; to make it takes longer than to read a config. */
const shippedSchema = once(() => experimentSchema());

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
  assignments: readonly string[] = [],
  schema = shippedSchema(),
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
  assignments: readonly string[] = [],
  schema = shippedSchema(),
): Config {
  const source = parseSource(text, file, assignments, detectorKeys);
  const parsed = schema.safeParse(source.value, { reportInput: true });
  const problems = [
    ...source.problems,
    ...explain(parsed.error?.issues ?? [])
      .map((problem) => withPlace(problem, source.value))
      .map((problem) => asTable(problem, source.value)),
    ...conflicts(source.value),
  ];
  if (!parsed.success || problems.length > 0) throw new InvalidConfig(problems, source.wording);
  return {
    experiment: parsed.data,
    wording: source.wording,
    notices: doubts(source.value).map(source.wording.describe),
  };
}

/** The keys that the detector may have that stands in a list of them; undefined where it is none. */
function detectorKeys(member: unknown): readonly string[] | undefined {
  const name: unknown = typeof member === 'string' ? member : get(member, ['name']);
  const definition = typeof name === 'string' ? knownDetector(name) : undefined;
  return definition && ['name', ...Object.keys(definition.options.shape)];
}

/** Where an option of detectors is given among the keys of the experiment, the place that it belongs in. */
function withPlace(problem: Problem, config: unknown): Problem {
  const [key, ...more] = problem.path.map(String);
  if (more.length > 0 || !problem.message.startsWith('unknown key')) return problem;
  const owners = DETECTORS.filter(({ options }) => Object.hasOwn(options.shape, key));
  const given = [get(config, ['detectors'])].flat().map((member) => get(member, ['name']) ?? member);
  const owner = owners.find(({ name }) => given.includes(name)) ?? owners.at(-1);
  if (owner === undefined) return problem;
  return {
    ...problem,
    message: `an option of detectors; write it beside a name, as { name: ${owner.name}, ${key}: … }, or give it to all that have it by ${optionName('set')} detectors.*.${key}=…`,
  };
}

/** Where a table is given by its path alone, how to give it. */
function asTable(problem: Problem, config: unknown): Problem {
  const [key, position, ...more] = problem.path;
  const dataset: unknown = get(config, problem.path);
  const isDataset = key === 'dataset' && typeof position !== 'string' && more.length === 0;
  if (!isDataset || typeof dataset !== 'string' || !TABLE_PATH.test(dataset)) return problem;
  return { ...problem, message: `found the path of a table; write it as a map, { file: ${dataset}, … }` };
}
