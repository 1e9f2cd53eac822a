import get from 'es-toolkit/compat/get';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { UserError } from '../errors.js';
import { type KeyPath, type Problem, someOf } from './problems.js';

/** A config as it was written: its value, and where each part of it stands. */
export interface Source {
  readonly value: unknown;
  /** What is wrong with the overrides themselves. */
  readonly problems: readonly Problem[];
  /** A problem with where its key path, or the nearest existing part of it, was written: `file:line:column`, or the override. */
  describe(problem: Problem): string;
}

/** Repeated keys are looked for here: the parser compares each key with every other. What it would warn of is refused or harmless. */
const PARSING = { prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;

/** `--set` with its key path and its value parsed. */
interface Override {
  readonly text: string;
  readonly keys: readonly string[];
  readonly value: unknown;
}

/**
 * Parses a config and applies overrides to it.
 *
 * @param text YAML, or JSON, which is YAML too
 * @param file what messages call the text
 * @param assignments overrides of the form `key.path=value`, with list positions among the keys and the value in YAML
 * @throws UserError where the text or an override is malformed
 */
export function parseSource(text: string, file: string, assignments: readonly string[]): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...PARSING, lineCounter: lines });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const describe = ({ pos, message }: YAMLError) => `${at(pos[0])}: ${inWords(message)}`;
    throw new UserError(someOf(document.errors, describe).join('\n'));
  }
  refuseOddities(document, at);
  const overrides = assignments.map(parseAssignment);
  const value = contentOf(document, file);
  const problems = overrides.flatMap((override) => apply(override, value));
  const place = (path: KeyPath) => {
    const override = overrides.findLast(
      ({ keys }) => covers(keys, path) || (!document.hasIn(path) && covers(path, keys)),
    );
    return override ? `--set ${override.text}` : at(offsetOf(document, path));
  };
  return {
    value,
    problems,
    describe({ path, message }) {
      const written = asWritten(path, value);
      return [place(written), ...(written.length > 0 ? [written.join('.')] : []), message].join(': ');
    },
  };
}

/** The path without its last list position where a single value stands for a list of one. */
function asWritten(path: KeyPath, value: unknown): KeyPath {
  const parent = path.slice(0, -1);
  const isPosition = typeof path.at(-1) === 'number';
  return isPosition && parent.length > 0 && !Array.isArray(get(value, parent)) ? parent : path;
}

/** Whether one key path leads to what holds the other. */
function covers(outer: KeyPath, inner: KeyPath): boolean {
  return outer.length > 0 && outer.every((key, depth) => String(key) === String(inner[depth]));
}

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new UserError(`${file}: ${inWords((error as Error).message)}`);
  }
}

/** What the parser says, where that is about itself. */
function inWords(message: string): string {
  if (message.startsWith('Maximum call stack')) return 'lists or maps are nested too deeply';
  if (message.startsWith('Excessive alias count'))
    return 'aliases of aliases stand for too many values; write them out';
  return message;
}

/** @throws UserError where a map has a key twice or one that is no text, or an alias stands within what it stands for */
function refuseOddities(document: Document, at: (offset: number) => string): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const place = at(isNode(key) ? (key.range?.[0] ?? 0) : 0);
        if (isCollection(key) || isAlias(key)) {
          throw new UserError(`${place}: expected a key, found a list, a map or an alias in its place`);
        }
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) {
          throw new UserError(`${place}: the key ${String(name)} is given twice; delete one of them`);
        }
        seen.add(name);
      }
    },
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (target === undefined || !path.includes(target)) return;
      throw new UserError(
        `${at(alias.range?.[0] ?? 0)}: the alias *${alias.source} stands within what it stands for; write it out`,
      );
    },
  });
}

function parseAssignment(text: string): Override {
  const [, path, yaml] = /^([A-Za-z]\w*(?:\.\w+)*)=(.*)$/s.exec(text) ?? [];
  if (path === undefined) {
    throw new UserError(`--set ${text}: expected key.path=value, such as seeds=[1,2] or detectors.0.eta=10`);
  }
  try {
    const document = parseDocument(yaml, PARSING);
    if (document.errors.length > 0) throw document.errors[0];
    refuseOddities(document, () => 'the value');
    return { text, keys: path.split('.'), value: document.toJS() };
  } catch (error) {
    throw new UserError(`--set ${text}: the value is not YAML: ${inWords((error as Error).message)}`);
  }
}

/** Sets the value in place. A detector given by its name alone becomes a map, so that its options can be set. */
function apply({ keys, value }: Override, root: unknown): Problem[] {
  let parent = root;
  for (const [depth, key] of keys.entries()) {
    if (
      typeof parent !== 'object' ||
      parent === null ||
      (Array.isArray(parent) && !Object.hasOwn(parent, key))
    ) {
      const place = depth === 0 ? 'the config' : keys.slice(0, depth).join('.');
      return [{ path: keys, message: `${place} is ${extent(parent)} and has no ${key}` }];
    }
    const member = depth === keys.length - 1 ? value : memberToSet(parent, key, keys[0] === 'detectors');
    // Assigned, a key __proto__ would be none.
    Object.defineProperty(parent, key, {
      value: member,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    parent = member;
  }
  return [];
}

function memberToSet(parent: object, key: string, isDetector: boolean): unknown {
  const member: unknown = Object.getOwnPropertyDescriptor(parent, key)?.value ?? {};
  if (isDetector && typeof member === 'string') return { name: member };
  // Aliases of a YAML anchor share one value; only this one is overridden.
  return structuredClone(member);
}

function extent(value: unknown): string {
  if (Array.isArray(value)) return `a list with positions 0 to ${value.length - 1}`;
  return `the single value ${JSON.stringify(value)}`;
}

/** The offset of the key or list item at the end of a path, or of the last one before it that exists. */
function offsetOf(document: Document, path: KeyPath): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      : undefined;
    const next = isSeq(node) ? node.items[Number(key)] : pair?.key;
    const start = (next as { range?: readonly number[] } | undefined)?.range?.[0];
    if (start === undefined) break;
    offset = start;
    node = pair ? pair.value : next;
  }
  return offset;
}
