import type cliProgress from 'cli-progress';
import prettyMs from 'pretty-ms';
import stringWidth from 'string-width';
import { visible } from '../visible.js';
import { WIDTH } from './output.js';
import wrap, { wrapCell } from './wrap.js';

/** What stands beside a bar. */
export interface BarWords {
  /** How much is done, of how much. */
  readonly count: string;
  /** What it is about. */
  readonly title: string;
  /** What follows the title where there is room. */
  readonly detail?: string;
}

/** Erases a terminal from the cursor on. */
const ERASE = '\u001b[J';

/** Has lines of a terminal go on in the next one where they are longer, or not. */
const GOING_ON = '\u001b[?7h';
const CUT = '\u001b[?7l';

/**
 * What is said above bars, in the place of which it is written: each of them is drawn anew below it. They are cut at the edge of the terminal,
 * which what is said is not.
 */
export function rowsAbove(text: string, columns = WIDTH, colour: (row: string) => string = String): string {
  const rows = wrap(visible(text), columns).split('\n');
  return `${ERASE}${GOING_ON}${rows.map(colour).join('\n')}\n${CUT}`;
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
