import type { Options } from 'yargs';

/** The option of commands whose notices sum up nothing: `index.ts` shows the stack of an error where it is given. */
export const VERBOSE = {
  type: 'boolean',
  default: false,
  describe: 'Show stack traces',
} as const satisfies Options;
