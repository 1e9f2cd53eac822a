import { uniq } from 'es-toolkit/array/uniq';
import get from 'es-toolkit/compat/get';
import { parseDocument } from 'yaml';
import { UserError } from '../errors.js';
import type { KeyPath, Problem } from '../messages/problems.js';
import { validNames } from '../messages/suggest.js';
import { optionName } from '../messages/vocabulary.js';
import { inWords, keepLabels, PARSING, refuseOddities } from './parsing.js';

/** An override with its key path and its value parsed. */
export interface Override {
  readonly text: string;
  /** With `*` in the place of every position of a list. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** The keys that a member of a list may have; undefined where that is not known. */
export type KeysOf = (member: unknown) => readonly string[] | undefined;

/**
 * Parses overrides.
 *
 * @param assignments as those of `parseSource`
 * @throws UserError where one is malformed, or two are of one key path
 */
export function parseOverrides(assignments: readonly string[]): Override[] {
  const overrides = assignments.map(parseAssignment);
  refuseRepeated(overrides);
  return overrides;
}

/** An override, and the key paths that it has set. */
export interface Applied {
  readonly override: Override;
  readonly paths: readonly KeyPath[];
}

/**
 * Sets the values of overrides in a config, in place, one after the other.
 *
 * @returns what became of each, and what is wrong with them
 * @throws UserError where one counts for nothing since another after it sets the same
 */
export function applyOverrides(
  overrides: readonly Override[],
  config: unknown,
  keysOf: KeysOf,
): { readonly applied: readonly Applied[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const applied = overrides.map((override) => {
    const { paths, problem } = resolveStars(override.keys, config, keysOf);
    if (problem !== undefined) problems.push(problem);
    for (const keys of paths) problems.push(...apply({ ...override, keys }, config));
    return { override, paths };
  });
  refuseUndone(applied);
  return { applied, problems };
}

/** Whether one key path leads to what holds the other. */
export function covers(outer: KeyPath, inner: KeyPath): boolean {
  return outer.length > 0 && outer.every((key, depth) => String(key) === String(inner[depth]));
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
    const keys = path.split('.');
    keepLabels(document, keys);
    return { text, keys, value: document.toJS() };
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
function refuseUndone(applied: readonly Applied[]): void {
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
      (Array.isArray(parent) && !Object.keys(parent).includes(key))
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
