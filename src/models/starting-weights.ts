import { join } from 'node:path';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { digest } from '../data/checksum.js';
import type { SampleShape } from '../data/dataset.js';
import type { DetectorChoice } from '../detectors/options.js';
import { detectorNamed } from '../detectors/registry.js';
import { DETECTOR_FILE } from '../detectors/warm-start.js';
import type { Engine } from '../engine/engine.js';
import { UserError } from '../errors.js';
import { readBytes } from '../files/read-file.js';
import type { Weights } from '../networks/network.js';
import { readModel } from './model-folder.js';

/**
 * The weights of the encoder that a detector starts from, where its options name a saved model.
 *
 * @throws UserError where that is missing or damaged, is another one than the options say, or has another encoder
 */
export async function startingWeights(
  { name, options }: DetectorChoice,
  shape: SampleShape,
  engine: Engine,
): Promise<Weights | undefined> {
  const { warmStart, warmStartChecksum } = options;
  if (typeof warmStart !== 'string') return undefined;
  const file = join(warmStart, DETECTOR_FILE);
  const bytes = await readBytes(file, {
    what: 'the description of a model',
    ifMissing: 'warmStart names it',
  });
  if (digest('sha256', [bytes]) !== warmStartChecksum) {
    throw new UserError(
      `${file}: not the model of warmStartChecksum ${warmStartChecksum}; restore that one, or leave the checksum out to take this one`,
    );
  }
  const wanted = detectorNamed(name).create(options, shape).network?.layers ?? [];
  const { detector, shape: saved } = await readModel(warmStart, engine);
  try {
    const { weights } = await detector.state();
    const layers = detector.network?.layers.slice(0, wanted.length);
    if (!weights || !isEqual(saved, shape) || !isEqual(layers, wanted)) {
      throw new UserError(
        `${file}: its encoder is not that of this ${name}; start from a model of the same network, sizes, slope and samples`,
      );
    }
    return weights.slice(0, wanted.length);
  } finally {
    detector.dispose?.();
  }
}
