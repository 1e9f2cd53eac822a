import { uniq } from 'es-toolkit/array/uniq';
import get from 'es-toolkit/compat/get';
import { memoize } from 'es-toolkit/function/memoize';
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
} from 'yaml';
import { UserError } from '../errors.js';
import { InvalidText, type KeyPath, type Problem, type Wording } from '../messages/problems.js';
import { validNames } from '../messages/suggest.js';
import { optionName } from '../messages/vocabulary.js';
import { excerpt } from './excerpt.js';

/** A config as it was written: its value, and where each part of it stands. */
export interface Source {
  readonly value: unknown;
  /** What is wrong with the overrides themselves. */
  readonly problems: readonly Problem[];
  /** Words a problem with where its key path, or the nearest existing part of it, was written: `file:line:column`, or the override. */
  readonly wording: Wording<Problem>;
}

/** Repeated keys are looked for here: the parser compares each key with every other. What it would warn of is refused or harmless. */
const PARSING = { prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;

/** An override with its key path and its value parsed. */
interface Override {
  readonly text: string;
  /** With `*` in the place of every position of a list. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** The keys that a member of a list may have; undefined where that is not known. */
export type KeysOf = (member: unknown) => readonly string[] | undefined;

/**
 * Parses a config and applies overrides to it.
 *
 * @param text YAML, or JSON, which is YAML too
 * @param file what messages call the text
 * @param assignments overrides of the form `key.path=value`, with list positions among the keys, or `*` for every member that may have
 *   the next key, and the value in YAML
 * @throws UserError where the text or an override is malformed, two overrides are of one key path, or one counts for nothing since
 *   another after it sets the same
 */
export function parseSource(
  text: string,
  file: string,
  assignments: readonly string[],
  keysOf: KeysOf = () => undefined,
): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...PARSING, lineCounter: lines });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const mark = (offset: number, length: number, columns: number) => {
    const { line, col } = lines.linePos(offset);
    return excerpt(text, line, col, length, columns);
  };
  const refuse = (problems: readonly Misplaced[]) => {
    throw new InvalidText(problems, {
      describe: ({ range: [start], message }) => `${at(start)}: ${inWords(message)}`,
      excerpt: ({ range: [start, end] }, columns) => mark(start, end - start, columns),
    });
  };
  if (document.errors.length > 0) {
    refuse(
      document.errors.map(({ pos, message }) => {
        if (!isTooDeep(message)) return { range: pos, message };
        // How far the parser comes differs between versions of Node.
        const start = lines.lineStarts[lines.linePos(pos[0]).line - 1];
        return { range: [start, start], message };
      }),
    );
  }
  refuseOddities(document, (problem) => refuse([problem]));
  const overrides = assignments.map(parseAssignment);
  refuseRepeated(overrides);
  const value = contentOf(document, file);
  const problems: Problem[] = [];
  /** The key paths that each override has set. */
  const applied = overrides.map((override) => {
    const { paths, problem } = resolveStars(override.keys, value, keysOf);
    if (problem !== undefined) problems.push(problem);
    for (const keys of paths) problems.push(...apply({ ...override, keys }, value));
    return { override, paths };
  });
  refuseUndone(applied);
  const targets = new Map(applied.map(({ override, paths }) => [override, [override.keys, ...paths]]));
  const overrideOf = (path: KeyPath) =>
    overrides.findLast((candidate) =>
      targets
        .get(candidate)
        ?.some((keys) => covers(keys, path) || (covers(path, keys) && !document.hasIn(path))),
    );
  const rangeOf = rangesOf(document);
  return {
    value,
    problems,
    wording: {
      position({ path }) {
        const written = asWritten(path, value);
        return overrideOf(written) ? Infinity : rangeOf(written)[0];
      },
      describe({ path, message }) {
        const written = asWritten(path, value);
        const override = overrideOf(written);
        const place = override ? `${optionName('set')} ${override.text}` : at(rangeOf(written)[0]);
        return [place, ...(written.length > 0 ? [written.join('.')] : []), message].join(': ');
      },
      excerpt({ path }, columns) {
        const written = asWritten(path, value);
        const [start, end] = rangeOf(written);
        return overrideOf(written) || end === start ? undefined : mark(start, end - start, columns);
      },
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

function isTooDeep(message: string): boolean {
  return message.startsWith('Maximum call stack');
}

/** What the parser says, where that is about itself. */
function inWords(message: string): string {
  if (isTooDeep(message)) return 'lists or maps are nested too deeply';
  if (message.startsWith('Excessive alias count')) return 'aliases stand for too many values; write them out';
  if (message.startsWith('Source contains multiple documents')) {
    return 'a second document begins here, and a config is one; write each into a file of its own';
  }
  return message;
}

/** Something wrong at a place of a text, from one offset to another. */
interface Misplaced {
  readonly range: readonly [start: number, end: number];
  readonly message: string;
}

/** Refuses a map that has a key twice or one that is no text, and an alias that stands within what it stands for. */
function refuseOddities(document: Document, refuse: (problem: Misplaced) => void): void {
  /** What each anchor names so far. Asked for the target of an alias, the parser would look through the document each time. */
  const anchored = new Map<string, unknown>();
  visit(document, (_, node, path) => {
    if (isNode(node) && !isAlias(node) && node.anchor) anchored.set(node.anchor, node);
    if (isAlias(node) && path.some((outer) => outer === anchored.get(node.source))) {
      refuse({
        range: rangeOfNode(node),
        message: `the alias *${node.source} stands within what it stands for; write it out`,
      });
    }
    if (!isMap(node)) return;
    const seen = new Set<unknown>();
    for (const { key } of node.items) {
      const range = rangeOfNode(key);
      if (isCollection(key) || isAlias(key)) {
        refuse({ range, message: 'expected a key, found a list, a map or an alias in its place' });
      }
      const name = isScalar(key) ? key.value : key;
      if (seen.has(name)) {
        refuse({ range, message: `the key ${String(name)} is given twice; delete one of them` });
      }
      seen.add(name);
    }
  });
}

function parseAssignment(text: string): Override {
  const [, path, yaml] = /^([A-Za-z]\w*(?:\.(?:\w+|\*))*)=(.*)$/s.exec(text) ?? [];
  if (path === undefined) {
    throw new UserError(
      `${optionName('set')} ${text}: expected key.path=value, such as seeds=1..5 or detectors.*.epochs=3`,
    );
  }
  try {
    const document = parseDocument(yaml, PARSING);
    if (document.errors.length > 0) throw document.errors[0];
    refuseOddities(document, ({ message }) => {
      throw new UserError(message);
    });
    return { text, keys: path.split('.'), value: document.toJS() };
  } catch (error) {
    throw new UserError(
      `${optionName('set')} ${text}: the value is not YAML: ${inWords((error as Error).message)}`,
    );
  }
}

/** Refuses two overrides of one key path, of which the first would count for nothing. */
function refuseRepeated(overrides: readonly Override[]): void {
  const texts = new Map<string, string>();
  for (const { keys, text } of overrides) {
    const path = keys.join('.');
    const other = texts.get(path);
    if (other !== undefined) {
      throw new UserError(
        `${optionName('set')} ${text}: ${path} is given twice, before as ${other}; give it once`,
      );
    }
    texts.set(path, text);
  }
}

/** Refuses an override that counts for nothing, since those after it set all that it set, or what holds that. */
function refuseUndone(applied: readonly { override: Override; paths: readonly KeyPath[] }[]): void {
  for (const [place, { override, paths }] of applied.entries()) {
    const later = applied.slice(place + 1);
    const undoing = paths.map((path) =>
      later.find((each) => each.paths.some((outer) => covers(outer, path))),
    );
    if (paths.length === 0 || undoing.includes(undefined)) continue;
    const texts = uniq(undoing).map((each) => each?.override.text);
    const those = texts.length === 1 ? 'it sets' : 'it set';
    throw new UserError(
      `${optionName('set')} ${override.text}: counts for nothing, since ${texts.join(' and ')} after ${those} the same; give it after that, or leave it out`,
    );
  }
}

/**
 * The key paths that one with `*` stands for: those to every member of the list that may have the next key, or to the value alone that
 * stands for a list of one.
 */
function resolveStars(
  keys: readonly string[],
  root: unknown,
  keysOf: KeysOf,
): { paths: readonly (readonly string[])[]; problem?: Problem | undefined } {
  const star = keys.indexOf('*');
  if (star < 0) return { paths: [keys] };
  const [list, rest] = [keys.slice(0, star), keys.slice(star + 1)];
  const found: unknown = get(root, list);
  const members: [path: readonly string[], member: unknown][] = Array.isArray(found)
    ? found.map((member, position) => [[...list, String(position)], member])
    : [[list, found]];
  const known = members.map(([, member]) => keysOf(member));
  const [next] = rest;
  const able = members.filter((_, index) => next === undefined || (known[index]?.includes(next) ?? true));
  if (found === undefined || able.length === 0) {
    const valid = validNames(next ?? '', uniq(known.flatMap((names) => names ?? [])));
    const message =
      found === undefined ? `there is no ${list.join('.')}` : `none of ${list.join('.')} has it; ${valid}`;
    return { paths: [], problem: { path: keys, message } };
  }
  const resolved = able.map(([path]) => resolveStars([...path, ...rest], root, keysOf));
  return {
    paths: resolved.flatMap(({ paths }) => paths),
    problem: resolved.find(({ problem }) => problem)?.problem,
  };
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

/**
 * The place of the key or list item at the end of a path, or of the last one before it that exists; empty where none does. Each map is
 * gone through once, and each alias resolved once, however many paths lead through it.
 */
function rangesOf(document: Document): (path: KeyPath) => readonly [start: number, end: number] {
  const members = memoize((node: unknown) => {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(target)) return new Map(target.items.map((item, index) => [String(index), [item, item]]));
    const pairs = isMap(target) ? target.items.filter(({ key }) => isScalar(key)) : [];
    return new Map(pairs.map(({ key, value }) => [String(isScalar(key) && key.value), [key, value]]));
  });
  const top = document.contents?.range?.[0] ?? 0;
  return (path) => {
    let node: unknown = document.contents;
    let range: readonly [number, number] = [top, top];
    for (const key of path) {
      const [place, content] = members(node).get(String(key)) ?? [];
      if (!isNode(place) || !place.range) break;
      range = rangeOfNode(place);
      node = content;
    }
    return range;
  };
}

function rangeOfNode(node: unknown): readonly [start: number, end: number] {
  const [start, end] = (isNode(node) ? node.range : undefined) ?? [0, 0];
  return [start, end];
}
