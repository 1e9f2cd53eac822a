import stringWidth from 'string-width';

/** The lines that are wider than a terminal of so many columns, but for commands and those that end in a word which is long itself. */
export function tooWide(text: string, columns: number): string[] {
  return text.split(/[\r\n]+/).filter((line) => {
    const last = line.slice(line.trimEnd().lastIndexOf(' ') + 1);
    return stringWidth(line) > columns && !line.startsWith('    ') && stringWidth(last) <= columns / 2;
  });
}
