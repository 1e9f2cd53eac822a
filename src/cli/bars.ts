import cliProgress, { type GenericFormatter, type MultiBar } from 'cli-progress';
import { visible } from '../messages/visible.js';
import { type Output, WIDTH } from './output.js';
import wrap from './wrap.js';

/** Bars on a terminal, and what says something above them. */
export interface Bars {
  readonly bars: MultiBar;
  say(text: string, colour?: (row: string) => string): void;
}

/** Erases a terminal from the cursor on. */
const ERASE = '\u001b[J';

/** Has lines of a terminal go on in the next row where they are longer, or not. */
const GOING_ON = '\u001b[?7h';
const CUT = '\u001b[?7l';

/** Changes nothing on a terminal, but tells a line from one without it. */
const MARK = '\u001b[m';

/**
 * Opens a place for bars on a terminal, which are cut at its edge. What is said above them is whole: it is written in their place, and all of them
 * are then drawn anew below it.
 *
 * @param barsize columns of a bar, at most
 * @param lineOf the line of a bar
 */
export function openBars(stream: Output, barsize: number, lineOf: GenericFormatter): Bars {
  let [isSaid, mark] = [false, ''];
  const bars = new cliProgress.MultiBar(
    {
      stream,
      format: (...given) => lineOf(...given) + mark,
      barsize,
      hideCursor: true,
      clearOnComplete: true,
      // The command itself handles interruption, and stops the display then.
      gracefulExit: false,
    },
    cliProgress.Presets.shades_classic,
  );
  // Else those alone would be drawn whose line has changed.
  bars.on('redraw-pre', () => {
    if (isSaid) mark = mark === '' ? MARK : '';
    isSaid = false;
  });
  return {
    bars,
    say(text, colour = String) {
      const rows = wrap(visible(text), stream.columns ?? WIDTH).split('\n');
      bars.log(`${ERASE}${GOING_ON}${rows.map((row) => colour(row)).join('\n')}\n${CUT}`);
      isSaid = true;
    },
  };
}
