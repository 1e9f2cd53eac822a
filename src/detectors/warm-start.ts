import { join } from 'node:path';
import * as z from 'zod';
import { digest } from '../data/checksum.js';
import { readBytesSync } from '../files/read-file.js';
import { optionName } from '../messages/vocabulary.js';

/** The file of a saved model that says what it is, and holds the checksums of the others. */
export const DETECTOR_FILE = 'detector.json';

/** A saved model to start from, in the place of an autoencoder. */
export interface WarmStart {
  /** Its folder. */
  readonly warmStart: string;
  /** The sha256 of its detector.json, and so of all of its content; hexadecimal. */
  readonly warmStartChecksum: string;
}

/** The options that name it. */
export const warmStartOptions = {
  warmStart: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of a saved model, from the working directory, whose encoder the training starts from, in the place of an autoencoder (pretrain); of the same network',
    ),
  warmStartChecksum: z
    .hex()
    .length(64)
    .optional()
    .describe('sha256 of the detector.json of that model (default that of the one in the folder)'),
};

/**
 * The model that given options start from, if any: one without a checksum is the one that is in the folder now.
 *
 * @throws UserError where there is none
 */
export function resolveWarmStart({
  warmStart,
  warmStartChecksum,
}: {
  readonly warmStart?: string | undefined;
  readonly warmStartChecksum?: string | undefined;
}): WarmStart | undefined {
  if (warmStart === undefined) return undefined;
  return { warmStart, warmStartChecksum: warmStartChecksum ?? checksumOf(warmStart) };
}

function checksumOf(folder: string): string {
  const bytes = readBytesSync(join(folder, DETECTOR_FILE), {
    what: 'the description of a model',
    ifMissing: `warmStart names the folder of a model; name one that was fitted, or saved with a run (${optionName('saveModels')})`,
  });
  return digest('sha256', [bytes]);
}
