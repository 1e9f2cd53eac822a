import { type Document, isAlias, isCollection, isMap, isNode, isPair, isScalar, visit } from 'yaml';
import { labelName } from '../data/label-names.js';

/** Repeated keys are looked for here: the parser compares each key with every other. What it would warn of is refused or harmless. */
export const PARSING = { prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;

/** Whether the parser gave up since lists or maps are nested too deeply. */
export function isTooDeep(message: string): boolean {
  return message.startsWith('Maximum call stack');
}

/** What the parser says, where that is about itself. */
export function inWords(message: string): string {
  if (isTooDeep(message)) return 'lists or maps are nested too deeply';
  if (message.startsWith('Excessive alias count')) return 'aliases stand for too many values; write them out';
  if (message.startsWith('Source contains multiple documents')) {
    return 'a second document begins here, and a config is one; write each into a file of its own';
  }
  return message;
}

/** Something wrong at a place of a text, from one offset to another. */
export interface Misplaced {
  readonly range: readonly [start: number, end: number];
  readonly message: string;
}

/** Refuses a map that has a key twice or one that is no text, and an alias that stands within what it stands for. */
export function refuseOddities(document: Document, refuse: (problem: Misplaced) => void): void {
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

/** The keys whose values are classes or labels. */
const LABEL_KEYS: ReadonlySet<unknown> = new Set(['normalClass', 'knownAnomalyClass', 'normal']);

/**
 * Makes texts of the numbers that stand for classes and are no decimals, or more exact than a number: 0x1f and 1e2 are labels of their own
 * beside 31 and 100.
 *
 * @param outer the keys that lead to the document
 */
export function keepLabels(document: Document, outer: readonly string[] = []): void {
  visit(document, {
    Scalar(place, node, path) {
      if (place === 'key' || !Number.isFinite(node.value) || node.source === undefined) return;
      const keys = path.map((around) =>
        isPair(around) && isScalar(around.key) ? around.key.value : undefined,
      );
      const label = labelName(node.source);
      if (label !== String(node.value) && [...outer, ...keys].some((key) => LABEL_KEYS.has(key)))
        node.value = label;
    },
  });
}

/** Where a node of a document stands, from one offset to another. */
export function rangeOfNode(node: unknown): readonly [start: number, end: number] {
  const [start, end] = (isNode(node) ? node.range : undefined) ?? [0, 0];
  return [start, end];
}
