import picocolors from 'picocolors';
import { type Output, obeysEscapes } from './output.js';

/** What a terminal is written in: each function leaves the text as it is where colours are not shown. */
export type Paint = ReturnType<typeof picocolors.createColors>;

/** Whether a stream shows colours: as NO_COLOR or FORCE_COLOR say, else where it is a terminal that can. */
export function showsColours(stream: Output): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  return obeysEscapes(stream);
}

/** The colours of a stream. Names and cells of users go through `visible` before they are painted, for what is painted is written as it is. */
export function paintFor(stream: Output): Paint {
  return picocolors.createColors(showsColours(stream));
}
