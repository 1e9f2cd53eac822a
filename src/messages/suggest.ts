import { distance } from 'fastest-levenshtein';

/** How many valid names a message lists at most. */
const LISTED = 12;

/** The candidate that `word` is most likely a misspelling of; undefined where none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const [first] = byDistance(word, candidates);
  if (first === undefined) return undefined;
  return distanceOf(word, first) <= Math.max(2, Math.floor(first.length / 3)) ? first : undefined;
}

/**
 * What would have been valid instead of `word`, to end a message with: the name it probably misspells, then the valid names,
 * the nearest of them where there are many.
 */
export function validNames(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  const listed = candidates.length > LISTED ? byDistance(word, candidates).slice(0, LISTED) : candidates;
  const more = candidates.length > LISTED ? `, … (${candidates.length} in all)` : '';
  return `${meant === undefined ? '' : `did you mean ${meant}? `}valid: ${listed.join(', ')}${more}`;
}

function byDistance(word: string, candidates: readonly string[]): string[] {
  return candidates.toSorted((a, b) => distanceOf(word, a) - distanceOf(word, b));
}

/** How many letters are wrong, too many or too few; two that changed places are one slip. */
function distanceOf(word: string, candidate: string): number {
  const [typed, meant] = [word.toLowerCase(), candidate.toLowerCase()];
  const wrong = distance(typed, meant);
  const isSwap = wrong === 2 && [...typed].sort().join('') === [...meant].sort().join('');
  return isSwap ? 1 : wrong;
}
