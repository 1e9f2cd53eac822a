import * as z from 'zod';
import { type KeyPath, MOST_DESCRIBED, type Problem } from './problems.js';
import { validNames } from './suggest.js';
import { shortened } from './visible.js';

type Issue = z.core.$ZodIssue;
type UnknownMember = Extract<Issue, { readonly options?: unknown }>;

/** What a config's author would call the types that zod names. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['boolean', 'true or false'],
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['object', 'a map of keys'],
  ['string', 'a text'],
]);

/** What zod's bounds on something other than a number count. */
const MEASURES: ReadonlyMap<string, string> = new Map([
  ['array', 'a list of '],
  ['string', 'a text of length '],
]);

/** An object that knows no other keys than these. */
export function strictObject<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    // The message for unknown keys is the list of the known ones, which `explain` turns into one problem a key.
    error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(',') : undefined),
  });
}

/** Turns zod's issues, reported with their input, into problems that say what was found and what would be valid. */
export function explain(issues: readonly Issue[], base: KeyPath = []): Problem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key, index) => ({
          path: [...path, key],
          // Of very many, no more are described.
          message: `unknown key${index < MOST_DESCRIBED ? `; ${validNames(key, issue.message.split(','))}` : ''}`,
        }));
      case 'invalid_union':
        return 'options' in issue ? [unknownMember(issue, path)] : explainUnion(issue, path);
      case 'invalid_value':
        return [{ path, message: unknownName(issue.input, issue.values) }];
      case 'custom':
        return [{ path, message: issue.message }];
      default:
        return [{ path, message: `${found(issue.input)}; expected ${expectation([issue])}` }];
    }
  });
}

/** The key that should tell which member of a union a map is, such as a detector's name, does not. */
function unknownMember({ input, discriminator, options }: UnknownMember, path: KeyPath): Problem {
  const name = (input as Readonly<Record<string, unknown>>)[discriminator ?? ''];
  return { path, message: unknownName(name, options ?? []) };
}

function unknownName(name: unknown, valid: readonly unknown[]): string {
  return `${found(name)}; ${validNames(String(name ?? ''), valid.map(String))}`;
}

/**
 * A value that fits no member of a union was meant as the member whose type it has: what is wrong with it as that one is
 * the problem. Where several have its type, the one with the fewest and deepest issues is meant.
 */
function explainUnion(union: z.core.$ZodIssueInvalidUnion, path: KeyPath): Problem[] {
  const meant = union.errors.filter((issues) => !issues.some(isWrongType)).sort(byFewestThenDeepest);
  if (meant.length > 0) return explain(meant[0], path);
  return [{ path, message: `${found(union.input)}; expected ${expectation([union])}` }];
}

function byFewestThenDeepest(a: readonly Issue[], b: readonly Issue[]): number {
  const depth = (issues: readonly Issue[]) => Math.max(...issues.map(depthOf));
  return a.length - b.length || depth(b) - depth(a);
}

function depthOf(issue: Issue): number {
  const below = issue.code === 'invalid_union' ? issue.errors.flat().map(depthOf) : [];
  return issue.path.length + Math.max(0, ...below);
}

/** Whether the value as a whole has another type than this issue's schema. */
function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return issue.errors.every((issues) => issues.some(isWrongType));
  }
  if (issue.code === 'invalid_value') {
    return issue.values.every((value) => typeof value !== typeof issue.input);
  }
  return issue.code === 'invalid_type' && !(issue.expected === 'int' && typeof issue.input === 'number');
}

/** What would be valid, as one phrase. */
function expectation(issues: readonly Issue[]): string {
  return [...new Set(issues.flatMap(expectations))].join(' or ');
}

function expectations(issue: Issue): string[] {
  switch (issue.code) {
    case 'invalid_type':
      return [(isBare(issue) ? 'a text in quotes' : TYPES.get(issue.expected)) ?? issue.expected];
    case 'invalid_value':
      return issue.values.map(String);
    case 'invalid_union':
      return issue.errors.flatMap((branch) => branch.flatMap(expectations));
    case 'too_small':
      return [
        `${MEASURES.get(issue.origin) ?? ''}${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`,
      ];
    case 'too_big':
      return [
        `${MEASURES.get(issue.origin) ?? ''}${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`,
      ];
    default:
      return [issue.message];
  }
}

/** Whether what should be a text is written like a number or a truth value, as the name of a column may be. */
function isBare({ expected, input }: z.core.$ZodIssueInvalidType): boolean {
  return expected === 'string' && (typeof input === 'number' || typeof input === 'boolean');
}

function found(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return `found ${shortened(text)}`;
}
