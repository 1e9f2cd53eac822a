import type { PassThrough } from 'node:stream';

/** All that was written to a stream. From Node 26 on a call of read() gives one piece. */
export function writtenTo(stream: PassThrough): string {
  let text = '';
  for (let piece = stream.read(); piece !== null; piece = stream.read()) text += piece;
  return text;
}

/** The same without what moves the cursor. */
export function shownOn(stream: PassThrough): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  return writtenTo(stream).replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
}
