import type { DatasetDefaults, SampleShape } from './dataset.js';

/** The network that a user's data get by the shape of their samples; images of another shape have none. */
export function ownDefaults(shape: SampleShape): DatasetDefaults {
  switch (shape.join('×')) {
    case '1×28×28':
      return { network: 'mnist', representationSize: 32 };
    case '3×32×32':
      return { network: 'cifar10', representationSize: 128 };
    default:
      return { network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 };
  }
}
