import { kebabCase } from 'es-toolkit/string/kebabCase';
import { shellWord } from '../messages/shell-word.js';
import type { Vocabulary } from '../messages/vocabulary.js';

/** Options that are shorter than their keys, or named after what they are handed to. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['labelColumn', 'labels'],
  ['timeLimit', 'time'],
  ['secondsLeft', 'until'],
  ['options', 'slurm'],
]);

/** The command line calls options as the library does, with dashes. */
export const COMMAND_LINE: Vocabulary = {
  option: (key) => `--${OTHER_NAMES.get(key) ?? kebabCase(key)}`,
  fetching(names, dataDir) {
    const folder = dataDir === undefined ? [] : [COMMAND_LINE.option('dataDir'), shellWord(dataDir)];
    return ['deepsad datasets fetch', ...names, ...folder].join(' ');
  },
};
