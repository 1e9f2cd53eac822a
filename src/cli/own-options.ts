import { resolve } from 'node:path';
import type { Options, PositionalOptions } from 'yargs';
import { say, told } from './output.js';
import { options as runOptions } from './run.js';

/** Which labels mean what, for the commands that read a user's labels. */
export const labelOptions = {
  labels: {
    type: 'string',
    requiresArg: true,
    describe: 'Column of the labels of a table',
  },
  normal: {
    type: 'string',
    array: true,
    nargs: 1,
    defaultDescription: '1',
    describe: 'A label that means normal; give it again for another',
  },
  anomaly: {
    type: 'string',
    array: true,
    nargs: 1,
    defaultDescription: '-1',
    describe: 'A label that means anomaly',
  },
  unlabeled: {
    type: 'string',
    array: true,
    nargs: 1,
    defaultDescription: '0 and nothing',
    describe: 'A label that means unlabeled',
  },
} as const satisfies Readonly<Record<string, Options>>;

/** The model that a command reads. */
export const modelPosition = {
  type: 'string',
  demandOption: true,
  describe: 'Folder that deepsad fit made',
} as const satisfies PositionalOptions;

/** The path of data, of which yargs makes an empty text where it is a dash, which means standard input. */
export const dataPath = (path: string): string => path || '-';

/** Whether windows of time series or their time steps are scored. */
export const perStepOption = {
  type: 'boolean',
  default: false,
  describe: 'Score each time step of series, by the mean of its windows, instead of the windows',
} as const satisfies Options;

/** What every command for a user's own data takes. */
export const commonOptions = {
  device: {
    ...runOptions.device,
    describe: 'What to compute networks on, auto for a GPU where there is one: see deepsad devices',
  },
  quiet: { type: 'boolean', default: false, describe: 'Say nothing but errors' },
  verbose: runOptions.verbose,
} as const satisfies Readonly<Record<string, Options>>;

interface Telling {
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Writes a notice to standard error, unless quiet. */
export function teller({ quiet, verbose }: Telling): (notice: string) => void {
  return (notice) => {
    if (!quiet) say(told(notice, verbose));
  };
}

/** A path for the end of a sentence, whose full stop would be taken for a part of one that ends in a dot. */
export function atEnd(path: string): string {
  return path.endsWith('.') ? resolve(path) : path;
}
