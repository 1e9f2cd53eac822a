import type { Argv } from 'yargs';
import { examples } from './examples.js';

export const options = {};

/** Adds `deepsad completion`: on standard output, the script by which a shell completes commands. */
export function register(parser: Argv): Argv {
  // The parser's own command of this name prints the script where it is asked for help too.
  return parser.command(
    'completion',
    'Print a script by which a shell completes commands',
    (command) =>
      command.example(
        examples(['$0 completion >> ~/.bashrc', 'complete in every shell that is opened from now on']),
      ),
    () => {
      parser.showCompletionScript();
    },
  );
}
