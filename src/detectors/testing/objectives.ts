import type { SampleShape } from '../../data/dataset.js';
import type { Objective } from '../../engine/objective.js';
import { reconstructionObjective } from '../autoencoder.js';
import { deepSadObjective } from '../deep-sad.js';
import { oneClassObjective, softBoundaryObjective } from '../deep-svdd.js';
import { classificationObjective } from '../supervised.js';

/** An example of every objective that detectors train networks by: around a center, or of samples of a shape. */
export function objectives(center: Float32Array, shape: SampleShape) {
  return {
    'Deep SAD': deepSadObjective(center, 3),
    'one-class Deep SVDD': oneClassObjective(center),
    'soft-boundary Deep SVDD': softBoundaryObjective(center, 0.2, 4),
    reconstruction: reconstructionObjective(shape),
    classification: classificationObjective(3, 0.5),
  } as const satisfies Readonly<Record<string, Objective>>;
}
