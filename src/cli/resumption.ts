import { count, counted } from '../messages/counted.js';

/** What to say of runs that have records already, in a line. */
export function resumption(
  { done, failed }: { readonly done: number; readonly failed: number },
  runs: number,
): string {
  const before = `${count(done)} of ${counted(runs, 'run')} done before`;
  return failed > 0 ? `${before}; ${count(failed)} failed before (--retry-failed repeats them)` : before;
}
