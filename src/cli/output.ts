import { visible } from '../visible.js';

/**
 * Writes text to standard output. Everything that a command prints goes through here, `printData` or `say`, so that no name or cell of
 * somebody's file can command the terminal.
 */
export function print(text: string): void {
  process.stdout.write(visible(text));
}

/**
 * Writes data to standard output, whose names a program gets as they are, and a terminal as they can be shown.
 *
 * @returns false where the reader is behind, as a stream's `write` does
 */
export function printData(text: string): boolean {
  return process.stdout.write(process.stdout.isTTY ? visible(text) : text);
}

/** Writes a line to standard error. */
export function say(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}
