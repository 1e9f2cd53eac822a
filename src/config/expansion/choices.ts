import { cartesianProduct } from 'es-toolkit/array/cartesianProduct';
import type { Dataset, DatasetOutline } from '../../data/dataset.js';
import type { ResolvedOptions } from '../../detectors/idle-options.js';
import type { DetectorChoice, Options, OptionValue } from '../../detectors/options.js';
import { detectorNamed } from '../../detectors/registry.js';
import { UserError } from '../../errors.js';
import { InvalidConfig, type Problem } from '../../messages/problems.js';
import { type ProtocolName, protocolOptions } from '../protocol.js';
import type { DetectorGrid, Experiment } from '../schema.js';

/** A detector's options as they were given, as the protocol sets them where they are not, and as they resolve. */
export interface ResolvedChoice extends DetectorChoice, ResolvedOptions {
  readonly set: Options;
}

/**
 * The choices of each detector of an experiment.
 *
 * @throws InvalidConfig with all detectors whose options do not fit the data
 */
export function resolveDetectors(
  { detectors, protocol }: Experiment,
  dataset: DatasetOutline,
): readonly (readonly ResolvedChoice[])[] {
  const unfit: Problem[] = [];
  const choices = detectors.map((grid, i) => {
    try {
      return detectorChoices(grid, protocol, dataset);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unfit.push({ path: ['detectors', i], message: `on ${dataset.name}, ${error.message}` });
      return [];
    }
  });
  if (unfit.length > 0) throw new InvalidConfig(unfit);
  return choices;
}

/** Every combination of a detector's option values, completed by the protocol and the defaults of the data set. */
function detectorChoices(
  { name, options }: DetectorGrid,
  protocol: ProtocolName,
  { defaults, shape }: DatasetOutline,
): ResolvedChoice[] {
  const names = Object.keys(options);
  const definition = detectorNamed(name);
  return cartesianProduct<OptionValue>(...Object.values(options)).map((values) => {
    const given = Object.fromEntries(names.map((option, i) => [option, values[i]]));
    const network = (given.network ?? defaults.network) as NetworkName;
    const set = protocolOptions(protocol, definition, network);
    return { name, given, set, options: definition.resolve({ ...set, ...given }, defaults, shape) };
  });
}

type NetworkName = Dataset['defaults']['network'];
