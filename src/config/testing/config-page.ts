import { uniq } from 'es-toolkit/array/uniq';
import { IMAGE_NETWORK_NAMES } from '../../data/dataset.js';
import type { DetectorDefinition } from '../../detectors/detector.js';
import { detectorNamed } from '../../detectors/registry.js';
import { grouped } from '../../grouped.js';
import { jsonSchema } from '../json-schema.js';
import { protocolOptions } from '../protocol.js';

/** A part of a JSON Schema, as far as a page of keys needs it. */
interface Node {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

interface Document extends Node {
  readonly $defs: Readonly<Record<string, Node>>;
}

/** More values than these are not listed. */
const MOST_VALUES = 12;

/** docs/config.md: every key of a config and every option of a detector, as the schema and the protocols have them. */
export function configPage(): string {
  const document: Document = JSON.parse(jsonSchema());
  const { dataset, detector } = document.$defs;
  const data = (dataset.anyOf ?? []).filter(({ properties }) => properties);
  const detectors = (detector.anyOf ?? []).flatMap(({ oneOf = [] }) => oneOf);
  return `${[
    '# Keys of a config',
    'Made from the schema of configs, which `deepsad schema` prints for editors and `deepsad run` checks by. A list in the place of a value makes a grid of all combinations, of at most 250,000 runs, where the type says so. [protocol.md](protocol.md) says what each comes to.',
    '## An experiment',
    keyTable(document),
    ...data.flatMap((own) => [`## Data of your own: ${Object.keys(own.properties ?? {})[0]}`, keyTable(own)]),
    '## Options of detectors',
    'Beside `name`, in a map in the place of a detector. The default is that of `protocol: deepsad`; where the text of the paper or the code of its authors has another, it is named.',
    optionTable(detectors),
  ].join('\n\n')}\n`;
}

function keyTable({ properties = {}, required = [] }: Node): string {
  const rows = Object.entries(properties).map(([key, node]) => [
    `\`${key}\``,
    typeOf(node),
    required.includes(key) ? 'required' : shown(node.default),
    effectOf(node),
  ]);
  return table(['Key', 'Type', 'Default', 'Effect'], rows);
}

/** A row for each option, of all detectors that have it alike. */
function optionTable(detectors: readonly Node[]): string {
  const all = detectors.flatMap(({ properties: { name, ...options } = {} }) =>
    Object.entries(options).map(([option, node]) => ({ detector: String(name?.const), option, node })),
  );
  const alike = grouped(all, ({ option, node }) => JSON.stringify([option, node]));
  const rows = [...alike.values()].map((own) => {
    const [{ option, node }] = own;
    const definitions = own.map(({ detector }) => detectorNamed(detector));
    return [
      `\`${option}\``,
      definitions.map(({ name }) => name).join(', '),
      typeOf(node),
      shown(node.default),
      effectOf(node),
      sourceOf(option, definitions),
    ];
  });
  return table(
    ['Option', 'Detectors', 'Type', 'Default', 'Effect', 'Elsewhere'],
    rows.sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** What the paper and the code of its authors have in the place of an option of these detectors, where that is not deepsad's own. */
export function sourceOf(
  option: string,
  definitions: readonly Pick<DetectorDefinition, 'name' | 'options'>[],
): string {
  const networks = ['mlp', ...IMAGE_NETWORK_NAMES] as const;
  const valueIn = (protocol: 'paper' | 'authors-code') => {
    const found = definitions.flatMap((definition) => {
      const values = networks.flatMap((network) => {
        const value = protocolOptions(protocol, definition, network)[option];
        return value === undefined ? [] : [{ network, value: shown(value) }];
      });
      return [...grouped(values, ({ value }) => value)].map(([value, own]) => ({
        detector: definition.name,
        value,
        on: own.map(({ network }) => network),
      }));
    });
    return [...grouped(found, ({ value, on }) => JSON.stringify([value, on])).values()]
      .map((own) => {
        const [{ value, on }] = own;
        const limits = [
          ...(own.length === definitions.length ? [] : [own.map(({ detector }) => detector).join(', ')]),
          ...(on.length === networks.length ? [] : [on.join(', ')]),
        ];
        return limits.length === 0 ? value : `${value} (${limits.join(' on ')})`;
      })
      .join(' or ');
  };
  return [
    ['paper', valueIn('paper')],
    ["authors' code", valueIn('authors-code')],
  ]
    .filter(([, value]) => value !== '')
    .map(([where, value]) => `${where}: ${value}`)
    .join('; ');
}

/** The type of a value in words, with its bounds. */
function typeOf(node: Node): string {
  if (node.$ref !== undefined) return node.$ref.split('/').at(-1) ?? '';
  if (node.const !== undefined) return shown(node.const);
  if (node.enum) {
    const values = node.enum.slice(0, MOST_VALUES).map(shown).join(', ');
    return node.enum.length > MOST_VALUES ? `${values}, …` : values;
  }
  const members = node.anyOf ?? node.oneOf;
  if (members) {
    const one = members.find(({ type, items }) => type !== 'array' || !items);
    const many = members.find(({ items }) => items && one && typeOf(items) === typeOf(one));
    const types = uniq(members.filter((member) => member !== many).map(typeOf));
    return `${types.join(' or ')}${many ? '; or a list of these' : ''}`;
  }
  if (node.type === 'array') return node.items ? `list of: ${typeOf(node.items)}` : 'list';
  const words: Readonly<Record<string, string>> = { string: 'text', object: 'map', boolean: 'true or false' };
  const name = node.type === 'integer' ? 'whole number' : (words[node.type ?? ''] ?? node.type ?? 'anything');
  const { minimum, exclusiveMinimum, maximum = Number.MAX_SAFE_INTEGER, exclusiveMaximum } = node;
  const bounds = [
    ...(minimum === undefined ? [] : [`≥ ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`]),
    ...(maximum === Number.MAX_SAFE_INTEGER ? [] : [`≤ ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`< ${exclusiveMaximum}`]),
  ];
  return [name, ...bounds].join(' ');
}

function shown(value: unknown): string {
  return value === undefined ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What a key does; its default has a column of its own. */
function effectOf({ description = '', default: fallback }: Node): string {
  return fallback === undefined ? description : description.replace(/ \(default [^()]*\)/, '');
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headings), line(headings.map(() => ':--')), ...rows.map(line)].join('\n');
}
