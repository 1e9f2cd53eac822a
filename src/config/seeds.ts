import { range } from 'es-toolkit/math/range';

/** The most seeds that one range stands for. */
const MOST_SEEDS = 10_000;

/** What a text of seeds has to look like. */
export const SEED_RANGE = /^\d{1,15}\.\.\d{1,15}$/;

/** The seeds that a range such as `1..5` stands for, both ends included; undefined where it is none, falls, or has very many. */
export function seedsIn(text: string): number[] | undefined {
  if (!SEED_RANGE.test(text)) return undefined;
  const [first, last] = text.split('..').map(Number);
  return first <= last && last - first < MOST_SEEDS ? range(first, last + 1) : undefined;
}
