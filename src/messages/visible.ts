/** Control characters but the end of a line and the tab, marks of the direction of text, and what has neither width nor meaning. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Text in which characters that would command a terminal, such as the escape of its colours, are written out (`\u001b`). Names and
 * cells come from files that others may have made.
 */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A name or a reason as it can be shown, without the line ends that would end the row of a table, or the note. */
export function onOneLine(text: string): string {
  return visible(text.replace(/(?<!\s)\s*[\r\n]\s*/g, ' '));
}

/** A text of at most so many characters: an ellipsis stands for the end of a longer one. */
export function shortened(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
