import { uniq } from 'es-toolkit/array/uniq';
import { experimentSchema } from '../config/schema.js';
import { shippedConfigs } from '../config/shipped.js';
import { datasetNames, GROUPS } from '../data/descriptor.js';
import { DETECTORS } from '../detectors/registry.js';

const DETECTOR_OPTIONS = uniq(DETECTORS.flatMap(({ options }) => Object.keys(options.shape)));

/**
 * What the last word of a command line may be, where it is the name of a detector, a data set, a config that comes with deepsad or a config key; undefined where it is
 * something else, such as an option or a path.
 *
 * @param words those of the command line after the program, the last of which is begun or empty
 */
export function completionsFor(words: readonly string[]): readonly string[] | undefined {
  const [command, action] = words;
  const before = words.at(-2);
  if (before === '--detector' || before === '--study') return DETECTORS.map(({ name }) => name);
  if (before === '--experiment') return shippedConfigs();
  if (before === '--group') return GROUPS;
  if (before === '--set')
    return (command === 'fit' ? DETECTOR_OPTIONS : configKeys()).map((key) => `${key}=`);
  if (command !== 'datasets' || words.at(-1)?.startsWith('-')) return undefined;
  if (action === 'info' && words.length === 3) return datasetNames();
  return action === 'fetch' && words.length > 2 ? [...GROUPS, ...datasetNames()] : undefined;
}

/** Keys of configs, and options of all detectors. */
function configKeys(): string[] {
  const { properties = {} } = experimentSchema().toJSONSchema({ io: 'input' });
  const keys = Object.keys(properties).filter((key) => !['$schema', 'detectors'].includes(key));
  return [...keys, ...DETECTOR_OPTIONS.map((option) => `detectors.*.${option}`)];
}
