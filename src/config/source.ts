import get from 'es-toolkit/compat/get';
import { memoize } from 'es-toolkit/function/memoize';
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { UserError } from '../errors.js';
import { InvalidText, type KeyPath, type Problem, type Wording } from '../messages/problems.js';
import { optionName } from '../messages/vocabulary.js';
import { excerpt } from './excerpt.js';
import { applyOverrides, covers, type KeysOf, parseOverrides } from './overrides.js';
import {
  inWords,
  isTooDeep,
  keepLabels,
  type Misplaced,
  PARSING,
  rangeOfNode,
  refuseOddities,
} from './parsing.js';

/** A config as it was written: its value, and where each part of it stands. */
export interface Source {
  readonly value: unknown;
  /** What is wrong with the overrides themselves. */
  readonly problems: readonly Problem[];
  /** Words a problem with where its key path, or the nearest existing part of it, was written: `file:line:column`, or the override. */
  readonly wording: Wording<Problem>;
}

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
  keepLabels(document);
  const overrides = parseOverrides(assignments);
  const value = contentOf(document, file);
  const { applied, problems } = applyOverrides(overrides, value, keysOf);
  const overrideOf = (path: KeyPath) =>
    applied.findLast(({ override, paths }) =>
      [override.keys, ...paths].some(
        (keys) => covers(keys, path) || (covers(path, keys) && !document.hasIn(path)),
      ),
    )?.override;
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

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new UserError(`${file}: ${inWords((error as Error).message)}`);
  }
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
