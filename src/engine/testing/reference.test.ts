import { describe, expect, test } from '@jest/globals';
import type { SampleShape } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import { initialWeights } from '../../networks/initialize.js';
import { type Layer, TRAINED_WEIGHTS } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { randomStream } from '../../random.js';
import { type Batch, passLayer, ReferenceModel } from './reference.js';

/** The reference itself against central differences, which know nothing of gradients. */
describe('gradients of the reference', () => {
  const cases: [Layer, SampleShape][] = [
    [{ type: 'dense', units: 3 }, [5]],
    [{ type: 'dense', units: 3, bias: true }, [5]],
    [{ type: 'convolution', filters: 2, kernel: 3, padding: 1 }, [2, 4, 5]],
    [{ type: 'transposedConvolution', filters: 2, kernel: 5, padding: 3 }, [3, 4, 5]],
    [{ type: 'batchNormalization' }, [2, 3, 2]],
    [{ type: 'leakyRelu', slope: 0.01 }, [7]],
    [{ type: 'sigmoid' }, [7]],
    [{ type: 'maxPooling' }, [2, 5, 4]],
    [{ type: 'upSampling' }, [2, 2, 3]],
  ];
  test.each(cases)('%j', (layer, shape) => {
    const random = randomStream(7, layer.type);
    const network = { input: shape, layers: [layer] };
    const output = layerShapes(network)[1];
    const draw = (size: number) => Float64Array.from({ length: size }, () => random.uniform(-1, 1));
    const batch: Batch = Array.from({ length: 4 }, () => draw(sampleSize(shape)));
    const weighting: Batch = batch.map(() => draw(sampleSize(output)));
    const { states } = new ReferenceModel(network, initialWeights(network, random));
    const pass = () => passLayer(layer, states[0], batch, shape, output, true);
    const loss = () =>
      pass().output.reduce(
        (sum, sample, s) => sum + sample.reduce((t, x, i) => t + x * weighting[s][i], 0),
        0,
      );
    const slope = (values: Float64Array, i: number) => {
      const kept = values[i];
      const step = 1e-5;
      values[i] = kept + step;
      const above = loss();
      values[i] = kept - step;
      const below = loss();
      values[i] = kept;
      return (above - below) / (2 * step);
    };
    const gradients = pass().backward(weighting);
    batch.forEach((sample, s) => {
      sample.forEach((_, i) => {
        expect(gradients.input[s][i]).toBeCloseTo(slope(sample, i), 6);
      });
    });
    for (const name of TRAINED_WEIGHTS) {
      const values = states[0][name];
      values?.forEach((_, i) => {
        expect(gradients[name]?.[i]).toBeCloseTo(slope(values, i), 6);
      });
    }
  });
});
