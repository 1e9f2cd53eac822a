import type { TrainingSet } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { trainAutoencoder } from './autoencoder.js';
import type { Detector, DetectorDefinition, FitContext } from './detector.js';
import type { Options } from './options.js';

/**
 * Fits a detector on its own, with the autoencoder that it starts from, where it wants one, trained first.
 *
 * @param options every option resolved
 * @throws UserError where the options want labeled test samples to choose by, or as the detector does
 */
export async function fitDetector(
  definition: DetectorDefinition,
  options: Options,
  training: TrainingSet,
  context: Pick<FitContext, 'seed' | 'engine' | 'report'>,
): Promise<Detector> {
  if (definition.usesHoldOut?.(options)) {
    throw new UserError(
      `${definition.name} cannot choose its bandwidth by test-holdout without a test set; take selection median, or give gamma`,
    );
  }
  const detector = definition.create(options, training.shape);
  const plan = definition.autoencoder?.(options);
  const autoencoder = plan && (await trainAutoencoder(plan, training, context));
  try {
    await detector.fit(training, { ...context, ...(autoencoder && { autoencoder }) });
    return detector;
  } catch (error) {
    detector.dispose?.();
    throw error;
  }
}
