import type cliProgress from 'cli-progress';
import prettyMs from 'pretty-ms';
import stringWidth from 'string-width';
import { WIDTH } from './output.js';
import { wrapCell } from './wrap.js';

/** What stands beside a bar. */
export interface BarWords {
  /** How much is done, of how much. */
  readonly count: string;
  /** What it is about. */
  readonly title: string;
  /** What follows the title where there is room. */
  readonly detail?: string;
}

/**
 * The line of a bar, which takes a quarter of it: with a count once there is something to count, and the time left once there is a guess of
 * it. Where it would be wider than the terminal it has no detail, and else a title that is cut, so that no number is.
 */
export function barLine(
  options: cliProgress.Options,
  { progress, value, eta }: cliProgress.Params,
  { count, title, detail = '' }: BarWords,
  columns = WIDTH,
): string {
  const size = Math.min(options.barsize ?? 0, Math.floor(columns / 4));
  const done = Math.round(Math.min(1, progress) * size);
  const bar =
    (options.barCompleteString ?? '').slice(0, done) + (options.barIncompleteString ?? '').slice(done, size);
  const isGuessed = Number.isFinite(eta) && eta > 0 && value > 0;
  const left = isGuessed ? `${prettyMs(1000 * eta, { unitCount: 2 })} left` : '';
  const line = (name: string) => [`${bar} ${count}`.trimEnd(), left, name].filter(Boolean).join(' | ');
  const [whole, without] = [line(title + detail), line(title)];
  if (stringWidth(whole) <= columns) return whole;
  if (stringWidth(without) <= columns) return without;
  const [row] = wrapCell(without, columns - 1).split('\n');
  return `${row.replace(/[ ,|]+$/, '')}…`;
}
