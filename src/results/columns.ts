import { partition } from 'es-toolkit/array/partition';
import { sortBy } from 'es-toolkit/array/sortBy';
import { union } from 'es-toolkit/array/union';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { uniqWith } from 'es-toolkit/array/uniqWith';
import { memoize } from 'es-toolkit/function/memoize';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { PROTOCOL_NAMES, type ProtocolName } from '../config/protocol.js';
import { nearestProtocol } from '../config/protocol-settings.js';
import type { Run } from '../config/run.js';
import { BEST_BY_TEST, bestByTestOf } from '../detectors/best-by-test.js';
import { type DetectorChoice, withUsual } from '../detectors/options.js';
import { DETECTORS, detectorTitle, knownDetector } from '../detectors/registry.js';
import { grouped } from '../grouped.js';
import { remembered } from '../remembered.js';
import { rankBy } from './dimensions.js';
import { optionText } from './option-text.js';
import type { RunRecord } from './record.js';
import { dataNamesOf, type NamedRun } from './tell-data-apart.js';

/** The columns of a table of some records. */
export interface Columns {
  /** The detectors' titles, with the options and the engine by which variants of one differ, in the order of the columns. */
  readonly names: readonly string[];
  /** The name of the column of one of the records. */
  of(record: NamedRun): string;
}

/**
 * The columns of a table of these records.
 *
 * @param passedOver an option that tells no variants apart
 */
export function columnsOf(records: readonly NamedRun[], passedOver?: string): Columns {
  const telling = new Map(
    [...grouped(records, nameOf)].map(([name, own]) => [name, tellingOf(own, passedOver)]),
  );
  const of = columnNames(telling);
  return { names: columnOrder(uniqBy(records, of), telling).map(of), of };
}

/** Puts one run of each column in the order of the columns. */
function columnOrder(runs: readonly NamedRun[], telling: ReadonlyMap<string, Telling>): NamedRun[] {
  const detectors = rankBy(DETECTORS.map(({ name }) => name));
  const protocols = rankBy(PROTOCOL_NAMES);
  return [...grouped(sortBy(runs, [({ detector }) => detectors(detector.name)]), nameOf)].flatMap(
    ([name, variants]) => {
      const varied = telling.get(name)?.options.map((option) => {
        const chosen = ({ detector }: Run) => detector.options[option];
        const rank = rankBy(variants.map(chosen));
        return (run: Run) => rank(chosen(run));
      });
      return sortBy(variants, [(run) => protocols(protocolNamed(run, telling)), ...(varied ?? [])]);
    },
  );
}

function nameOf({ detector: { name } }: Run): string {
  return name;
}

/** Names the column of a run: the detector's title, with the protocol, options and engine by which it differs from its variants. */
function columnNames(telling: ReadonlyMap<string, Telling>): (record: NamedRun) => string {
  // Of few detectors there are many runs.
  const nameOfChoices = remembered((choices: Choices) =>
    memoize((protocol: ProtocolName | undefined) => {
      const { detector, values } = choices;
      const options = telling.get(detector.name)?.options ?? [];
      const shown = options.filter((option) => values.has(option) && values.get(option) !== BEST_BY_TEST);
      const texts = shown.map((option) => `${option}=${optionText(values.get(option))}`);
      const all = protocol === undefined ? texts : [`protocol=${protocol}`, ...texts];
      return all.length === 0 ? titleOf(detector) : `${titleOf(detector)} (${all.join(', ')})`;
    }),
  );
  return (record) => nameOfChoices(choicesOf(record))(protocolNamed(record, telling));
}

/** The protocol that the column of a run names. */
function protocolNamed(run: NamedRun, telling: ReadonlyMap<string, Telling>): ProtocolName | undefined {
  return telling.get(run.detector.name)?.byProtocol ? nearestOf(run)?.protocol : undefined;
}

function nearestOf(run: NamedRun) {
  return nearestProtocol(dataNamesOf(run)[0], run.detector);
}

/** The title of a detector; of one that its result on the test set has chosen, with those words, in every table alike. */
export function titleOf({ name, options }: DetectorChoice): string {
  const choices = knownDetector(name)?.bestOf?.(options);
  const title = detectorTitle(name);
  return choices === undefined ? title : `${title}, ${bestByTestOf(choices)}`;
}

/** By what the variants of one detector are told apart. */
interface Telling {
  readonly options: readonly string[];
  /** Their protocols, each of which stands for all options that runs have as theirs sets them. */
  readonly byProtocol: boolean;
}

/**
 * The options of one detector that have several values on one data set. Between data sets they may differ without making
 * another variant, as the defaults do. So where runs are of several protocols, what each has as its own sets it on the data is left
 * to the name of that, if it says the same in less; what any has beside its own is then told of all.
 */
function tellingOf(records: readonly NamedRun[], passedOver: string | undefined): Telling {
  // One run of each choice on each data set, of which there are few.
  const kinds = [...grouped(records, ({ dataset }) => dataset).values()].map((own) => uniqBy(own, choicesOf));
  const isTold = (name: string) => name !== passedOver;
  const varying = uniq(kinds.flatMap(varyingOptions)).filter(isTold);
  const all = kinds.flat();
  const [set, others] = partition(varying, (name) =>
    all.every((run) => !choicesOf(run).values.has(name) || nearestOf(run)?.alike.includes(name)),
  );
  const protocols = uniq(all.map((run) => nearestOf(run)?.protocol)).length;
  const byProtocol = protocols > 1 && set.flatMap((name) => valuesAmong(all, name)).length > protocols;
  if (!byProtocol) return { options: varying, byProtocol };
  const beside = all.flatMap((run) => nearestOf(run)?.beside ?? []);
  return { options: union(others, beside).filter(isTold), byProtocol };
}

/** The options that have several values among runs on one data set. One that only some runs have follows from another one that varies. */
function varyingOptions(runs: readonly NamedRun[]): string[] {
  const names = uniq(runs.flatMap((run) => [...choicesOf(run).values.keys()]));
  return names.filter((name) => valuesAmong(runs, name).length > 1);
}

/** The different values of an option among the runs that have it. */
function valuesAmong(runs: readonly NamedRun[], option: string): unknown[] {
  const held = runs.map((run) => choicesOf(run).values).filter((values) => values.has(option));
  return uniqWith(
    held.map((values) => values.get(option)),
    isEqual,
  );
}

/** What of a run may make its detector a variant of its own. */
interface Choices {
  readonly detector: DetectorChoice;
  /** Of the options, and of the engine where the outcome depends on that. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** The choices of a run, as one object for all that share their detector and engine. */
function choicesOf({ detector, engine }: NamedRun): Choices {
  return choicesByEngine(detector)(engine);
}

const choicesByEngine = remembered((detector: DetectorChoice) =>
  memoize((engine: string | undefined): Choices => ({ detector, values: choiceValues(detector, engine) })),
);

/** A saved model that a run starts from is one option: its folder, and the beginning of its checksum, since a folder may have held several. */
function choiceValues({ name, options }: DetectorChoice, engine: string | undefined): Map<string, unknown> {
  const definition = knownDetector(name);
  const known = definition?.options.shape ?? {};
  const { warmStart, warmStartChecksum, ...others } = withUsual(options, known);
  const values = new Map<string, unknown>(Object.entries(others));
  if (Object.hasOwn(known, 'warmStart')) {
    const start = warmStart === undefined ? 'none' : `${warmStart} ${String(warmStartChecksum).slice(0, 8)}`;
    values.set('warmStart', start);
  }
  if (engine !== undefined && (!definition || definition.trains)) values.set('engine', engine);
  return values;
}

/** Whether a run chose its bandwidth by labels of the test set. */
export function usesHoldOut({ detector: { name, options } }: RunRecord): boolean {
  return knownDetector(name)?.usesHoldOut?.(options) ?? false;
}
