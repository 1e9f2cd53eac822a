import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { protocolSettings, tellingOptions } from '../config/protocol-settings.js';
import { grouped } from '../grouped.js';
import { optionText } from './option-text.js';
import { dataNamesOf, type NamedRun } from './tell-data-apart.js';

/** Data sets of one value that are named; of more their number is. */
const MOST_NAMED = 3;

/**
 * Which options the runs of one column have other values of on other data sets, in words: a sentence a column. What differs as one protocol
 * has it on these data, such as the sizes of networks, is not said.
 */
export function optionsApart<T extends NamedRun>(runs: readonly T[], columnOf: (run: T) => string): string[] {
  // Within a data set, the options of a column differ in nothing that it does not name.
  const first = uniqBy(runs, (run) => JSON.stringify([columnOf(run), run.dataset]));
  return [...grouped(first, columnOf)].flatMap(([column, own]) => {
    const held = own.map((run) => ({
      dataset: run.dataset,
      options: tellingOptions(run.detector),
      settings: protocolSettings(dataNamesOf(run)[0], run.detector),
    }));
    const names = uniq(held.flatMap(({ options }) => Object.keys(options)));
    const apart = names.filter((name) => {
      const has = (value: unknown) => held.every(({ options }) => isEqual(options[name], value));
      if (has(held[0].options[name])) return false;
      const protocols = held[0].settings.keys();
      return ![...protocols].some((protocol) =>
        held.every(({ options, settings }) =>
          settings[protocol].some((setting) => isEqual(setting[name], options[name])),
        ),
      );
    });
    if (apart.length === 0) return [];
    // Options that part the data sets alike stand together: a protocol has ten of them, and names of data sets may be long.
    const splits = grouped(
      apart.map((name) => ({
        name,
        byValue: [...grouped(held, ({ options }) => optionText(options[name])).values()],
      })),
      ({ byValue }) => JSON.stringify(byValue.map((parts) => parts.map(({ dataset }) => dataset))),
    );
    const values = [...splits.values()].flatMap((alike) =>
      alike[0].byValue.map((part) => {
        const texts = alike.map(({ name }) => `${name} ${optionText(part[0].options[name])}`);
        return `${texts.join(', ')} on ${datasetsOf(part.map(({ dataset }) => dataset))}`;
      }),
    );
    return [`${column} has not the same options on all data sets: ${values.join('; ')}.`];
  });
}

function datasetsOf(names: readonly string[]): string {
  return names.length > MOST_NAMED ? `${names.length} data sets` : names.join(' and ');
}
