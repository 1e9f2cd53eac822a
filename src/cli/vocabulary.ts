import { kebabCase } from 'es-toolkit/string/kebabCase';
import type { Vocabulary } from '../vocabulary.js';

/** The command line calls options as the library does, with dashes; only that of the labels' column is shorter. */
export const COMMAND_LINE: Vocabulary = {
  option: (key) => (key === 'labelColumn' ? '--labels' : `--${kebabCase(key)}`),
  fetching(names, dataDir) {
    const folder = dataDir === undefined ? [] : [COMMAND_LINE.option('dataDir'), quoted(dataDir)];
    return ['deepsad datasets fetch', ...names, ...folder].join(' ');
  },
};

/** A word of a POSIX shell command. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
