import { readDescriptor } from '../data/descriptor.js';
import type { DetectorDefinition } from '../detectors/detector.js';
import { detectorNamed } from '../detectors/registry.js';
import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import { protocolOptions } from './protocol.js';
import type { DetectorGrid, Experiment } from './schema.js';

/** The options that say for how long a network is trained. */
const LENGTHS = ['epochs', 'pretrainEpochs'];

/**
 * An experiment in which every network is trained for so many epochs alone. Its name says so, so that its results lie beside those of
 * the experiment and not among them.
 *
 * @throws UserError where no detector trains a network
 */
export function quickLook(experiment: Experiment, epochs: number): Experiment {
  const shorten = (grid: DetectorGrid): DetectorGrid => {
    const { name, options } = grid;
    const definition = detectorNamed(name);
    const lengths = LENGTHS.filter(
      (option) =>
        Object.hasOwn(definition.options.shape, option) &&
        (option === 'epochs' || mayPretrain(grid, definition, experiment)),
    );
    return {
      name,
      options: { ...options, ...Object.fromEntries(lengths.map((option) => [option, [epochs]])) },
    };
  };
  const detectors = experiment.detectors.map(shorten);
  if (detectors.every(({ options }) => LENGTHS.every((option) => options[option] === undefined))) {
    throw new UserError(`${optionName('epochs')}: no detector of ${experiment.name} trains a network`);
  }
  return { ...experiment, name: `${experiment.name}-${epochs}-epochs`, detectors };
}

/** Whether a detector that has the lengths of a pretraining may have one, on one of the data sets. */
function mayPretrain(
  { options }: DetectorGrid,
  definition: DetectorDefinition,
  { protocol, dataset }: Experiment,
): boolean {
  if (!Object.hasOwn(definition.options.shape, 'pretrain')) return true;
  if (options.warmStart !== undefined) return false;
  const set = protocolOptions(protocol, definition, 'mlp').pretrain;
  const usual = dataset.map(
    (reference) => typeof reference !== 'string' || readDescriptor(reference).defaults.pretrain,
  );
  return (options.pretrain ?? (set === undefined ? usual : [set])).some((pretrain) => pretrain !== false);
}
