import type { Dataset } from '../../data/dataset.js';
import { autoencoder } from '../../detectors/autoencoder.js';
import { deepSad } from '../../detectors/deep-sad.js';
import { deepSvdd } from '../../detectors/deep-svdd.js';
import { experimentSchema } from '../schema.js';

/** A schema that knows the data sets and the detectors of these tests. */
export const schema = experimentSchema(
  ['mnist', 'fashion-mnist', 'cardio'],
  [autoencoder, deepSvdd, deepSad],
);

/** A data set with published parts and `perClass` one-valued samples of each class in both. */
export function imagesOf(classNames: readonly string[], perClass = 100): Dataset {
  const classes = Uint8Array.from({ length: classNames.length * perClass }, (_, i) => i % classNames.length);
  const samples = { count: classes.length, values: new Uint8Array(classes.length), classes };
  return {
    name: 'mnist',
    shape: [1, 1, 1],
    classNames,
    training: samples,
    test: samples,
    checksum: 'ab'.repeat(32),
    defaults: { network: 'mnist', representationSize: 32, bandwidthSelection: 'test-holdout' },
  };
}

/** A two-class table without published parts. */
export function tableOf(normal: number, anomalies: number): Dataset {
  const classes = new Uint8Array(normal + anomalies).fill(1, normal);
  return {
    name: 'cardio',
    shape: [1],
    classNames: ['normal', 'anomaly'],
    training: { count: classes.length, values: new Float64Array(classes.length), classes },
    checksum: 'cd'.repeat(32),
    defaults: {
      network: 'mlp',
      hiddenSizes: [32, 16],
      representationSize: 8,
      bandwidthSelection: 'test-holdout',
    },
  };
}
