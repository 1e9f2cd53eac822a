import { count, counted } from '../messages/counted.js';

/**
 * What to say of runs that have records already, in a line.
 *
 * @param isFollowed whether they were just followed as they came, so that this is no news of before
 */
export function resumption(
  { done, failed }: { readonly done: number; readonly failed: number },
  runs: number,
  isFollowed = false,
): string {
  const when = isFollowed ? '' : ' before';
  const own = `${count(done)} of ${counted(runs, 'run')} done${when}`;
  return failed > 0 ? `${own}; ${count(failed)} failed${when} (--retry-failed repeats them)` : own;
}
