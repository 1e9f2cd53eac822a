import { maxBy } from 'es-toolkit/array/maxBy';
import { partition } from 'es-toolkit/array/partition';
import { memoize } from 'es-toolkit/function/memoize';
import { omit } from 'es-toolkit/object/omit';
import { pick } from 'es-toolkit/object/pick';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import {
  type DatasetDefaults,
  IMAGE_NETWORK_NAMES,
  IMAGE_NETWORKS,
  type SampleShape,
} from '../data/dataset.js';
import { datasetNames, readDescriptor } from '../data/descriptor.js';
import { imageDefaults } from '../data/images/own-images.js';
import { SERIES_DEFAULTS } from '../data/series/own-series.js';
import { TABLE_DEFAULTS } from '../data/table/own-defaults.js';
import { type DetectorChoice, type Options, withUsual } from '../detectors/options.js';
import { knownDetector } from '../detectors/registry.js';
import { UserError } from '../errors.js';
import { remembered } from '../remembered.js';
import { only, PROTOCOL_NAMES, type ProtocolName, protocolOptions, protocolPreparation } from './protocol.js';
import type { Run } from './run.js';

/** Options that decide which others there are, and by which the paper's own runs differ. */
const LEADING = ['pretrain', 'model', 'network', 'kernel'];

/** Options on which no outcome depends. */
const RESOURCES = ['memoryLimit'];

/** Options, or keys that say how data become samples. */
type Values = Readonly<Record<string, unknown>>;

/** What is known of data before they are read. */
interface KnownData {
  readonly defaults: DatasetDefaults;
  readonly shape: SampleShape;
}

/**
 * What each protocol makes of a detector with these leading options, and of those where they are not given: all options with their values
 * on data of this name. On a user's own data it is one of several, by what they are; there is none for a detector that is not known, or a
 * network that does not take the data.
 */
export function protocolSettings(dataset: string, detector: DetectorChoice): readonly (readonly Options[])[] {
  const leading = only(detector.options, isLeading);
  return settingsOf(JSON.stringify([dataset, detector.name, leading]));
}

const settingsOf = memoize((key: string): readonly (readonly Options[])[] => {
  const [dataset, detector, leading] = JSON.parse(key) as [string, string, Options];
  return PROTOCOL_NAMES.map((protocol) =>
    knownData(dataset).flatMap((data) => optionsUnder(protocol, detector, leading, data)),
  );
});

function optionsUnder(
  protocol: ProtocolName,
  name: string,
  leading: Options,
  { defaults, shape }: KnownData,
): Options[] {
  const definition = knownDetector(name);
  if (!definition) return [];
  const known = definition.options.shape;
  const given = only(leading, (option) => known[option]?.safeParse(leading[option]).success ?? false);
  const resolve = (chosen: Options) => {
    const network = (chosen.network ?? defaults.network) as DatasetDefaults['network'];
    const set = protocolOptions(protocol, definition, network);
    return withUsual(definition.resolve({ ...set, ...chosen }, defaults, shape), known);
  };
  try {
    return [{ ...resolve(given), ...only(resolve({}), isLeading) }];
  } catch (error) {
    // A network that does not take such samples.
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** What data of a name may be: those of its descriptor, or where it has none, whatever a user's own are. */
const knownData = memoize((dataset: string): KnownData[] =>
  datasetNames().includes(dataset) ? [readDescriptor(dataset)] : ownData(),
);

const ownData = (): KnownData[] => [
  ...[TABLE_DEFAULTS, SERIES_DEFAULTS].map((defaults): KnownData => ({ defaults, shape: [1] })),
  ...IMAGE_NETWORK_NAMES.map((network) => ({
    defaults: imageDefaults(network),
    shape: IMAGE_NETWORKS[network].shape,
  })),
];

/** The options of a detector on which its outcome depends, with those that are left out since they are usual. */
export function tellingOptions({ name, options }: DetectorChoice): Options {
  const known = knownDetector(name)?.options.shape ?? {};
  return omit(withUsual(options, known), RESOURCES);
}

/**
 * What of a run is as in no protocol: the names of its options, and of keys that say how data become samples. Its start (`pretrain`), model,
 * network and kernel, of which the paper has runs of several, are not among them.
 */
export function besideProtocols({ dataset, detector, preparation = {} }: Run): string[] {
  return [
    ...optionsBeside(detector)(dataset),
    ...strange({ ...preparation }, PROTOCOL_NAMES.map(preparationOf)),
  ];
}

/** Its part of the options, by the name of the data: of each detector once, which many runs share. */
const optionsBeside = remembered((detector: DetectorChoice) =>
  memoize((dataset: string) =>
    strange(
      omit(pick(tellingOptions(detector), Object.keys(detector.options)), LEADING),
      protocolSettings(dataset, detector).flat(),
    ),
  ),
);

/** A protocol, and which options of a detector are as it sets them. */
interface NearestProtocol {
  readonly protocol: ProtocolName;
  readonly alike: readonly string[];
  readonly beside: readonly string[];
}

/**
 * The protocol that has the most options of a detector on data of this name as they are, of equals the first. Undefined where a protocol sets none,
 * or several by what a user's own data are.
 */
export function nearestProtocol(dataset: string, detector: DetectorChoice): NearestProtocol | undefined {
  return nearestOf(detector)(dataset);
}

/** Of each detector worked out once, which many runs share. */
const nearestOf = remembered((detector: DetectorChoice) =>
  memoize((dataset: string): NearestProtocol | undefined => {
    const settings = protocolSettings(dataset, detector);
    if (settings.some(({ length }) => length !== 1)) return undefined;
    const options = tellingOptions(detector);
    const protocols = PROTOCOL_NAMES.map((protocol, index): NearestProtocol => {
      const [setting] = settings[index];
      const [alike, beside] = partition(Object.keys(options), (name) =>
        isEqual(options[name], setting[name]),
      );
      return { protocol, alike, beside };
    });
    return maxBy(protocols, ({ alike }) => alike.length);
  }),
);

function strange(held: Values, among: readonly Values[]): string[] {
  return Object.keys(held).filter((name) => !among.some((each) => isEqual(each[name], held[name])));
}

function preparationOf(protocol: ProtocolName): Values {
  return { ...protocolPreparation(protocol) };
}

/** Whether an option is one on which no outcome depends. */
export function isResource(option: string): boolean {
  return RESOURCES.includes(option);
}

function isLeading(option: string): boolean {
  return LEADING.includes(option);
}
