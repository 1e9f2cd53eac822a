import { mapValues } from 'es-toolkit/object/mapValues';
import { stringify } from 'yaml';
import { hasSemiTargets, SIMULATION_KEYS } from './conflicts.js';
import type { Experiment } from './schema.js';

/** An experiment as a config in YAML, with the defaults that may stand beside the rest, which reads back as the same experiment. */
export function toYaml(experiment: Experiment): string {
  const { name, protocol, normalClass, detectors, ...lists } = experiment;
  const refused = hasSemiTargets(lists.dataset) ? SIMULATION_KEYS : [];
  return stringify({
    name,
    protocol,
    // A list of one list is of classes that are normal at once.
    normalClass: Array.isArray(normalClass?.[0]) ? normalClass : single(normalClass),
    ...mapValues(lists, (values, key) => (refused.includes(key) ? undefined : single(values))),
    detectors: detectors.map((detector) => ({ name: detector.name, ...mapValues(detector.options, single) })),
  });
}

/** A list of one as the value alone. */
function single(values: readonly unknown[] | undefined): unknown {
  return values?.length === 1 ? values[0] : values;
}
