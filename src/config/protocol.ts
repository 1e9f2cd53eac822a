import { uniq } from 'es-toolkit/array/uniq';
import { mapKeys } from 'es-toolkit/object/mapKeys';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { lowerFirst } from 'es-toolkit/string/lowerFirst';
import type { DatasetDefaults } from '../data/dataset.js';
import type { IMAGE_SCALINGS, TABLE_SCALINGS, TEST_PARTS } from '../data/split.js';
import { BEST_BY_TEST } from '../detectors/best-by-test.js';
import type { DetectorDefinition } from '../detectors/detector.js';
import type { Options } from '../detectors/options.js';
import { grouped } from '../grouped.js';

type NetworkName = DatasetDefaults['network'];

/** Keys of an experiment that say how data become samples. */
export interface PreparationKeys {
  readonly tableScaling: (typeof TABLE_SCALINGS)[number];
  readonly imageScaling: (typeof IMAGE_SCALINGS)[number];
  readonly testPart: (typeof TEST_PARTS)[number];
}

/** What is usual of these keys. */
export const USUAL_PREPARATION: PreparationKeys = {
  tableScaling: 'min-max',
  imageScaling: 'unit',
  testPart: 'held-out',
};

/** The keys of experiments that say how data become samples. */
export const PREPARATION_KEYS = Object.keys(USUAL_PREPARATION) as (keyof PreparationKeys)[];

/** What a protocol sets where an experiment does not: all else keeps its default. */
interface Protocol {
  readonly preparation: Partial<PreparationKeys>;
  /** Of every network. */
  readonly network: Options;
  /** Of one family of networks. */
  readonly networks: Partial<Readonly<Record<NetworkName, Options>>>;
  /** Of the own training of every network but the autoencoder's. */
  readonly training: Options;
  /** Of every autoencoder. */
  readonly pretraining: Options;
  /** Of every method that takes no labels (`unlabeledOptions`). */
  readonly unlabeled: Options;
  /** Of one detector and its hybrid. */
  readonly detectors: Readonly<Record<string, Options>>;
}

const DEEPSAD: Protocol = {
  preparation: {},
  network: {},
  networks: {},
  training: {},
  pretraining: {},
  unlabeled: {},
  detectors: {},
};

/** The paper's text, and where that is silent the authors' code (docs/protocol.md). */
const PAPER: Protocol = {
  preparation: { tableScaling: 'standardize' },
  network: { batchSize: 200, leakyReluSlope: 0.1, initialWeights: 'glorot' },
  networks: { 'fashion-mnist': { hiddenSizes: [64], representationSize: 32 } },
  training: { pretrain: true, weightDecay: 1e-6, centerOf: 'without-anomalies' },
  pretraining: {
    pretrainEpochs: 150,
    pretrainLearningRateMilestones: [50],
    // The paper's autoencoder and the hybrids of methods without labels have the same AUROC with labeled anomalies and without.
    pretrainOn: 'without-anomalies',
  },
  unlabeled: { trainOn: 'without-anomalies' },
  detectors: {
    'oc-svm': { nu: BEST_BY_TEST },
    'deep-svdd': { objective: BEST_BY_TEST },
  },
};

/** What the authors' PyTorch code does, as `npm run bench -- agreement` has it. */
const AUTHORS_CODE: Protocol = {
  preparation: { tableScaling: 'min-max', testPart: 'redrawn' },
  network: { batchSize: 128, leakyReluSlope: 0.01, initialWeights: 'pytorch' },
  networks: {
    'fashion-mnist': { hiddenSizes: [128], representationSize: 64 },
    // PyTorch 1.1 counts an epoch before it is trained.
    cifar10: { pretrainEpochs: 350, pretrainLearningRateMilestones: [249] },
  },
  training: { pretrain: false, learningRateMilestones: [49], weightDecay: 0.5e-6, centerOf: 'all' },
  pretraining: { pretrainOn: 'all' },
  unlabeled: { trainOn: 'all' },
  detectors: {
    'oc-svm': { nu: 0.1 },
    'deep-svdd': { objective: 'one-class' },
  },
};

/** By the names that `protocol` takes. */
const PROTOCOLS = { deepsad: DEEPSAD, paper: PAPER, 'authors-code': AUTHORS_CODE } as const;

export type ProtocolName = keyof typeof PROTOCOLS;

export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

/** How a protocol makes samples of data, of all that it may say. */
export function protocolPreparation(name: ProtocolName): PreparationKeys {
  return { ...USUAL_PREPARATION, ...PROTOCOLS[name].preparation };
}

/** The options of a detector, of those that it has, which a protocol sets on a network. */
export function protocolOptions(
  name: ProtocolName,
  definition: Pick<DetectorDefinition, 'name' | 'options'>,
  network: NetworkName,
): Options {
  const protocol = PROTOCOLS[name];
  const shared = { ...protocol.network, ...protocol.networks[network] };
  const pretraining: Options = { ...protocol.pretraining, ...only(shared, isPretraining) };
  const own: Options =
    definition.name === 'autoencoder'
      ? mapKeys(pretraining, (_, key) => nameInAutoencoder(key))
      : { ...protocol.training, ...pretraining };
  const all: Options = {
    ...shared,
    ...protocol.unlabeled,
    ...own,
    ...protocol.detectors[definition.name.replace(/-hybrid$/, '')],
  };
  return only(all, (option) => Object.hasOwn(definition.options.shape, option));
}

/** What begins the name of each option of the autoencoder that others start from; the detector `autoencoder` has it without. */
const PRETRAINING = 'pretrain';

function nameInAutoencoder(option: string): string {
  return option === 'pretrainOn' ? 'trainOn' : lowerFirst(option.slice(PRETRAINING.length));
}

/** Those of some options whose names are to be kept. */
export function only(options: Options, keeps: (option: string) => boolean): Options {
  return Object.fromEntries(Object.entries(options).filter(([option]) => keeps(option)));
}

function isPretraining(option: string): boolean {
  return option.startsWith(PRETRAINING) && option !== PRETRAINING;
}

/**
 * What a protocol sets and holds otherwise, since something else was given beside it.
 *
 * @param where the detector that the options are of, undefined of an experiment
 * @param choices what the protocol sets in each case, and what holds there; what has no meaning in one is left out of that
 * @returns a phrase for each option and value that it was to have
 */
export function departures(
  where: string | undefined,
  choices: readonly { readonly set: object; readonly held: Readonly<Record<string, unknown>> }[],
): string[] {
  const departing = choices.flatMap(({ set, held }) =>
    Object.entries(set).flatMap(([name, value]) => {
      const own = held[name];
      if (own === undefined || isEqual(own, value)) return [];
      return [
        { option: where === undefined ? name : `${name} of ${where}`, value: shown(value), own: shown(own) },
      ];
    }),
  );
  return [...grouped(departing, ({ option, value }) => JSON.stringify([option, value])).values()].map(
    (alike) => `${alike[0].option} is ${uniq(alike.map(({ own }) => own)).join(', ')}, not ${alike[0].value}`,
  );
}

function shown(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
