import type { TrainingSet } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Weights } from '../networks/network.js';
import { requireWhole } from '../whole-number.js';
import { trainAutoencoder } from './autoencoder.js';
import { bestByTestOf } from './best-by-test.js';
import { checkOptions } from './check-options.js';
import type { Detector, FitContext } from './detector.js';
import { nativeEngineOf } from './native.js';
import type { DetectorChoice } from './options.js';
import { detectorNamed } from './registry.js';
import { requireTrainingSet } from './whole-samples.js';

/** What a fit may use besides its data, and whom it tells. */
export interface FitOptions extends FitContext {
  /** Where it starts from an autoencoder that was not given and so is trained first: gets its weights before the fit goes on. */
  pretrained?(weights: Weights): Promise<void>;
}

/**
 * Fits a detector, with the autoencoder that it starts from trained first where it wants one and none is given.
 *
 * @param choice every option resolved, as the definition's `resolve` does
 * @returns the detector, which whoever asked for it disposes of
 * @throws UserError where the seed is no whole number of at least 0, the options are others than it resolves, or values no numbers; where the detector needs labeled anomalies or
 *   unlabeled samples, or its options want labeled test samples to choose by, and there are none; or as the detector does
 */
export async function fitDetector(
  { name, options }: DetectorChoice,
  training: TrainingSet,
  { pretrained, ...given }: FitOptions,
): Promise<Detector> {
  // Before any training, and of detectors that draw nothing too.
  requireWhole('seed', given.seed, 0);
  const definition = detectorNamed(name);
  requireTrainingSet(training, training.shape);
  checkOptions(definition, options, training.shape, `options of ${name}`);
  const context = { ...given, ...(definition.nativeOnly && { engine: nativeEngineOf(given.engine) }) };
  if (definition.needsLabeledAnomalies && !training.semiTargets.includes(-1)) {
    throw new UserError(
      `${name} learns what labeled anomalies look like, and there are none; label some, or take deep-sad, which does without`,
    );
  }
  if (definition.needsUnlabeled && !training.semiTargets.includes(0)) {
    throw new UserError(
      `${name} learns from unlabeled samples too, and there are none; leave some unlabeled, or take supervised`,
    );
  }
  if (definition.usesHoldOut?.(options) && !context.holdOut) {
    throw new UserError(
      `${name} cannot choose its bandwidth by test-holdout without a test set; take selection median, or give gamma`,
    );
  }
  const choices = definition.bestOf?.(options);
  if (choices !== undefined && !context.test) {
    throw new UserError(
      `${name} cannot take the ${bestByTestOf(choices)} without a test set; choose one of them`,
    );
  }
  let { autoencoder } = context;
  const plan = definition.autoencoder?.(options);
  if (plan && !autoencoder) {
    autoencoder = await trainAutoencoder(plan, training, context);
    await pretrained?.(autoencoder);
  }
  const detector = definition.create(options, training.shape);
  try {
    await detector.fit(training, { ...context, ...(autoencoder && { autoencoder }) });
    return detector;
  } catch (error) {
    detector.dispose?.();
    throw error;
  }
}
