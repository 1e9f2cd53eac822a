import { throttle } from 'es-toolkit/function/throttle';
import prettyBytes from 'pretty-bytes';
import type { FetchEvent } from '../data/fetch/fetch.js';
import { visible } from '../messages/visible.js';
import { barLine } from './bar-line.js';
import { openBars } from './bars.js';
import { columnsOf, type Output, obeysEscapes } from './output.js';
import wrap from './wrap.js';

/** Shows how downloads go on. */
export interface FetchDisplay {
  on(event: FetchEvent): void;
  /** Says how a data set came out. */
  say(line: string): void;
  /** Says what went wrong, even where progress is not shown. */
  fail(line: string): void;
  /** Ends the display; what is written next starts on a fresh line. */
  stop(): void;
}

type Transfer = Extract<FetchEvent, { type: 'progress' }>;

/** A bar where the stream is a terminal that can show it, else lines. */
export function showFetch(stream: Output, quiet: boolean): FetchDisplay {
  const print = (line: string) => stream.write(`${wrap(visible(line), columnsOf(stream))}\n`);
  if (quiet) return { on: () => {}, say: () => {}, fail: print, stop: () => {} };
  return obeysEscapes(stream) ? showBar(stream) : showLines(print);
}

/** The least milliseconds between two lines on a download. */
const LINE_INTERVAL = 5000;

function showLines(print: (line: string) => void): FetchDisplay {
  let current: string | undefined;
  const printProgress = throttle((transfer: Transfer) => print(progressOf(transfer)), LINE_INTERVAL, {
    edges: ['leading'],
  });
  return {
    on(event) {
      if (event.type === 'note') return print(event.text);
      // The first line of each file is due at once.
      if (event.path !== current) printProgress.cancel();
      current = event.path;
      printProgress(event);
    },
    say: print,
    fail: print,
    // Its timer would keep the process alive.
    stop: () => printProgress.cancel(),
  };
}

function showBar(stream: Output): FetchDisplay {
  const above = openBars(stream, 24, (options, params, words) =>
    barLine(options, params, words, stream.columns),
  );
  const { bars } = above;
  const bar = bars.create(1, 0, { count: '', title: '' });
  let current: string | undefined;
  const say = (line: string) => {
    above.say(line);
    bars.update();
  };
  return {
    on(event) {
      if (event.type === 'note') return say(event.text);
      const { path } = event;
      // Of a file whose length is not told, the bar stays empty.
      const [received, total] = event.total === undefined ? [0, 1] : [event.received, event.total];
      // Begun anew, so that its time left is counted from its own bytes.
      if (path !== current) bar.start(total, received);
      current = path;
      bar.setTotal(total);
      bar.update(received, { count: bytesOf(event), title: visible(path) });
    },
    say,
    fail: say,
    stop: () => bars.stop(),
  };
}

function progressOf(transfer: Transfer): string {
  return `${transfer.path}: ${bytesOf(transfer)}`;
}

function bytesOf({ received, total }: Transfer): string {
  return `${prettyBytes(received)}${total === undefined ? '' : ` of ${prettyBytes(total)}`}`;
}
