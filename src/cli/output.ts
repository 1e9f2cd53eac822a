import { systemReason } from '../files/read-file.js';
import { onOneLine, visible } from '../messages/visible.js';
import wrap from './wrap.js';

/** Columns of a terminal that does not say how many it has. */
export const WIDTH = 80;

/** A stream that may be a terminal, and then says so. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/**
 * Columns for the text that a stream is given: those of a terminal. Elsewhere there is no end of them, for a program that reads messages takes
 * each line whole.
 */
export function columnsOf({ isTTY, columns }: Output): number {
  return isTTY ? columns || WIDTH : Number.POSITIVE_INFINITY;
}

/** Whether a stream is a terminal that does what escape sequences say: colours, bars and questions. One that `TERM` calls dumb shows them as text. */
export function obeysEscapes({ isTTY }: Output): boolean {
  return isTTY === true && process.env.TERM !== 'dumb';
}

/** What kept standard output from taking all that was written to it. */
let lost: NodeJS.ErrnoException | undefined;

let listening = false;

/**
 * Lets work go on where nobody takes what is written to standard output or standard error: a reader that has gone, or a full disk, ends
 * nothing. Whether standard output has lost something, `lostOutput` tells.
 */
export function outliveReaders(): void {
  if (listening) return;
  listening = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    lost ??= error;
  });
  process.stderr.on('error', () => {});
}

/** Whether the reader of standard output has gone, so that nothing more need be computed for it. */
export function hasReader(): boolean {
  return lost === undefined;
}

/**
 * What was lost of standard output, in plain words; undefined where nothing was, or where its reader left, as `head` does once it has
 * enough.
 */
export function lostOutput(): string | undefined {
  if (lost === undefined || lost.code === 'EPIPE') return undefined;
  return `cannot write to standard output: ${systemReason(lost) ?? lost.message}`;
}

/**
 * Writes text for people to standard output, in lines that fit a terminal. Everything that a command prints goes through here, `printPainted`,
 * `printData` or `say`, so that no name or cell of somebody's file can command the terminal.
 */
export function print(text: string): void {
  process.stdout.write(wrap(visible(text), columnsOf(process.stdout)));
}

/** Writes text to standard output that fits it, and whose names and cells have been through `visible`, before they were painted. */
export function printPainted(text: string): void {
  process.stdout.write(text);
}

/** Writes data to standard output, as fast as it is taken: a program gets names as they are, and a terminal as they can be shown. */
export async function printData(text: string): Promise<void> {
  const { stdout } = process;
  await new Promise<void>((resolve) => stdout.write(stdout.isTTY ? visible(text) : text, () => resolve()));
}

/** The lines below the first of a notice, which are indented. */
const DETAILS = /(?:\n {2}[^\n]*)*$/;

/**
 * What is shown of a notice: one line, whatever cells it quotes, and the indented lines below it, which it sums up, where all is to be
 * told.
 */
export function told(notice: string, verbose: boolean): string {
  const [details = ''] = DETAILS.exec(notice) ?? [];
  const summary = onOneLine(notice.slice(0, notice.length - details.length));
  return details === '' || verbose ? summary + details : `${summary}; --verbose lists them`;
}

/** Writes lines to standard error, in such that fit a terminal. */
export function say(text: string): void {
  process.stderr.write(`${wrap(visible(text), columnsOf(process.stderr))}\n`);
}

/** Writes lines to standard error that are whole however long they are, such as those of a stack trace. */
export function sayWhole(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
