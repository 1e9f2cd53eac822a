import { DETECTORS } from '../detectors/registry.js';
import { UserError } from '../errors.js';
import { optionName } from '../vocabulary.js';
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
  const shorten = ({ name, options }: DetectorGrid): DetectorGrid => {
    const known = DETECTORS.find((definition) => definition.name === name)?.options.shape ?? {};
    const lengths = LENGTHS.filter((option) => Object.hasOwn(known, option));
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
