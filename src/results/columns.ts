import { sortBy } from 'es-toolkit/array/sortBy';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { memoize } from 'es-toolkit/function/memoize';
import type { Run } from '../config/run.js';
import { BEST_BY_TEST, bestByTestOf } from '../detectors/best-by-test.js';
import { type DetectorChoice, withUsual } from '../detectors/options.js';
import { DETECTORS, detectorTitle, knownDetector } from '../detectors/registry.js';
import { grouped } from '../grouped.js';
import { remembered } from '../remembered.js';
import { rankBy } from './dimensions.js';
import { optionText } from './option-text.js';
import type { RunRecord } from './record.js';

/** The columns of a table of some records. */
export interface Columns {
  /** The detectors' titles, with the options and the engine by which variants of one differ, in the order of the columns. */
  readonly names: readonly string[];
  /** The name of the column of one of the records. */
  of(record: Computed): string;
}

/**
 * The columns of a table of these records.
 *
 * @param passedOver an option that tells no variants apart
 */
export function columnsOf(records: readonly Computed[], passedOver?: string): Columns {
  const of = columnNames(records, passedOver);
  return { names: columnOrder(uniqBy(records, of), passedOver).map(of), of };
}

/** Puts one run of each column in the order of the columns. */
function columnOrder(runs: readonly Computed[], passedOver: string | undefined): Computed[] {
  const detectors = rankBy(DETECTORS.map(({ name }) => name));
  return [...grouped(sortBy(runs, [({ detector }) => detectors(detector.name)]), nameOf).values()].flatMap(
    (variants) => {
      const varied = varyingOptions(variants, passedOver).map((option) => {
        const chosen = ({ detector }: Run) => detector.options[option];
        const rank = rankBy(variants.map(chosen));
        return (run: Run) => rank(chosen(run));
      });
      return sortBy(variants, varied);
    },
  );
}

function nameOf({ detector: { name } }: Run): string {
  return name;
}

/** A run, and once it has been computed, what with. */
type Computed = Run & Partial<Pick<RunRecord, 'engine'>>;

/** Names the column of a run: the detector's title, with the options and the engine by which it differs from its variants. */
function columnNames(
  records: readonly Computed[],
  passedOver: string | undefined,
): (record: Computed) => string {
  const varying = new Map(
    [...grouped(records, nameOf)].map(([name, own]) => [name, varyingOptions(own, passedOver)]),
  );
  // Of few detectors there are many runs.
  const nameOfChoices = remembered((choices: Choices) => {
    const { detector, values } = choices;
    const title = titleOf(detector);
    const varied = varying.get(detector.name) ?? [];
    const shown = varied.filter((option) => values.has(option) && values.get(option) !== BEST_BY_TEST);
    if (shown.length === 0) return title;
    return `${title} (${shown.map((option) => `${option}=${optionText(values.get(option))}`).join(', ')})`;
  });
  return (record) => nameOfChoices(choicesOf(record));
}

/** The title of a detector; of one that its result on the test set has chosen, with those words, in every table alike. */
export function titleOf({ name, options }: DetectorChoice): string {
  const choices = knownDetector(name)?.bestOf?.(options);
  const title = detectorTitle(name);
  return choices === undefined ? title : `${title}, ${bestByTestOf(choices)}`;
}

/**
 * The options of one detector that have several values on one data set. Between data sets they may differ without making
 * another variant, as the paper's defaults do. An option that only some runs have follows from another one that varies.
 */
function varyingOptions(records: readonly Computed[], passedOver: string | undefined): string[] {
  const varying = new Map<string, boolean>();
  const met = new Map<string, { readonly first: Map<string, unknown>; readonly choices: Set<Choices> }>();
  for (const record of records) {
    const { first, choices } = met.get(record.dataset) ?? { first: new Map(), choices: new Set() };
    met.set(record.dataset, { first, choices });
    const own = choicesOf(record);
    if (choices.has(own)) continue;
    choices.add(own);
    for (const [name, value] of own.values) {
      if (!varying.has(name)) varying.set(name, false);
      if (!first.has(name)) first.set(name, value);
      const known = first.get(name);
      // Lists of equal numbers are equal as text alone.
      if (known !== value && String(known) !== String(value)) varying.set(name, true);
    }
  }
  return [...varying.keys()].filter((name) => varying.get(name) && name !== passedOver);
}

/** What of a run may make its detector a variant of its own. */
interface Choices {
  readonly detector: DetectorChoice;
  /** Of the options, and of the engine where the outcome depends on that. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** The choices of a run, as one object for all that share their detector and engine. */
function choicesOf({ detector, engine }: Computed): Choices {
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
