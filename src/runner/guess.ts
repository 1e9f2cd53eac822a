import { sumBy } from 'es-toolkit/math/sumBy';
import type { Run } from '../config/run.js';
import { type DatasetOutline, sampleSize } from '../data/dataset.js';
import { autoencoderNetwork } from '../detectors/autoencoder.js';
import type { Cost } from '../detectors/cost.js';
import { knownDetector } from '../detectors/registry.js';
import { trainingMultiplyAdds } from '../engine/native/multiply-adds.js';
import type { Network } from '../networks/network.js';
import { layerShapes } from '../networks/shapes.js';

/** Seconds that parts of a run may take on one core. */
export interface Guess {
  /** Training the autoencoder that it starts from. */
  readonly pretraining: number;
  /** All else. */
  readonly own: number;
}

/**
 * Seconds of a training step for each of its samples: of each multiply-add, of each value that a layer gives, and of what it takes besides.
 * From the steps of `npm run bench` on an AMD EPYC with AVX-512 (README.md), each network within a third; a slower core takes twice as long.
 */
const SECONDS_A_PRODUCT = 4e-12;
const SECONDS_A_VALUE = 2.6e-10;
const SECONDS_A_SAMPLE = 8e-8;

/** Seconds of a value of a sample in the likelihood of a variational autoencoder, whose losses are not those of engines. */
const SECONDS_A_LIKELIHOOD = 1.5e-8;

/**
 * Seconds of a value of a kernel matrix, of each feature for its distance and of each bandwidth for its exponential and the solver. Test
 * samples count as training samples do. From OC-SVM, SSAD and KDE on MNIST and satellite, on the same machine.
 */
const SECONDS_A_FEATURE = 4e-11;
const SECONDS_A_KERNEL_VALUE = 7e-10;

/** Seconds of a sample in a forest, to grow it and to score. */
const SECONDS_A_FOREST_SAMPLE = 5e-5;

/** Seconds of a run besides: its data, its scores, its record. */
const SECONDS_A_RUN = 0.1;

/**
 * Guesses the seconds of a run where no record tells of them, from what its detector says that they go into (`cost`). None for a detector
 * that is not known.
 */
export function guessSeconds({ detector: { name, options } }: Run, dataset: DatasetOutline): Guess {
  const definition = knownDetector(name);
  if (!definition) return { pretraining: 0, own: 0 };
  const samples = trainingSamples(dataset);
  const plan = definition.autoencoder?.(options);
  const pretraining = plan ? plan.epochs * samples * secondsOf(autoencoderNetwork(plan, dataset.shape)) : 0;
  const tried = definition.bestOf?.(options)?.count ?? 1;
  return {
    pretraining,
    own: SECONDS_A_RUN + tried * fitSeconds(definition.cost(options, dataset.shape), samples),
  };
}

/** About the samples of one class of images, or the 60 % of a table that a run trains on. */
function trainingSamples({ training, classNames }: DatasetOutline): number {
  return classNames.length > 2 ? training.count / classNames.length : 0.6 * training.count;
}

/** A fit once its autoencoder is trained. */
function fitSeconds(cost: Cost, samples: number): number {
  switch (cost.of) {
    case 'training': {
      const { epochs, networks, likelihoods = 0 } = cost;
      return epochs * samples * (sumBy(networks, secondsOf) + likelihoods * SECONDS_A_LIKELIHOOD);
    }
    case 'kernel matrix':
      return samples ** 2 * (cost.features * SECONDS_A_FEATURE + cost.bandwidths * SECONDS_A_KERNEL_VALUE);
    case 'forest':
      return samples * SECONDS_A_FOREST_SAMPLE;
    case 'nothing':
      return 0;
  }
}

/** Training once on a sample. */
function secondsOf(network: Network): number {
  const values = sumBy(layerShapes(network).slice(1), sampleSize);
  return SECONDS_A_SAMPLE + SECONDS_A_PRODUCT * trainingMultiplyAdds(network) + SECONDS_A_VALUE * values;
}
