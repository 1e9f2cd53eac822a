import { union } from 'es-toolkit/array/union';
import type { Environment } from '../results/environment.js';

/** A part of the environment that is not as it was; absent on one side where only the other has it. */
export interface Change {
  readonly part: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** What differs between two environments, part by part: packages and data sets by their names. */
export function environmentChanges(before: Environment, after: Environment): Change[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  return union(Object.keys(old), Object.keys(now))
    .map((part) => ({ part, before: old[part], after: now[part] }))
    .filter((change) => change.before !== change.after);
}

/** A change as one line. */
export function describeChange({ part, before = 'none', after = 'none' }: Change): string {
  return `${part}: ${before} → ${after}`;
}

const TITLES: ReadonlyMap<string, string> = new Map([
  ['commit', 'commit'],
  ['node', 'Node'],
  ['os', 'operating system'],
  ['cpu', 'CPU'],
  ['cores', 'cores'],
  ['engines', 'engine'],
]);

function partsOf({ packages, data, engines, ...rest }: Environment): Partial<Record<string, string>> {
  const named = (kind: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => [`${kind} ${name}`, value]);
  return Object.fromEntries([
    ...Object.entries({ ...rest, engines: engines.join(', ') }).map(([key, value]) => [
      TITLES.get(key) ?? key,
      String(value),
    ]),
    ...named('package', packages),
    ...named('data', data),
  ]);
}
