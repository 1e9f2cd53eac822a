import { mapValues } from 'es-toolkit/object/mapValues';
import { stringify } from 'yaml';
import type { Experiment } from './schema.js';

/** An experiment as a config in YAML, defaults included, which reads back as the same experiment. */
export function toYaml(experiment: Experiment): string {
  const { name, protocol, normalClass, detectors, ...lists } = experiment;
  return stringify({
    name,
    protocol,
    // A list of one list is of classes that are normal at once.
    normalClass: Array.isArray(normalClass?.[0]) ? normalClass : single(normalClass),
    ...mapValues(lists, single),
    detectors: detectors.map((detector) => ({ name: detector.name, ...mapValues(detector.options, single) })),
  });
}

/** A list of one as the value alone. */
function single(values: readonly unknown[] | undefined): unknown {
  return values?.length === 1 ? values[0] : values;
}
