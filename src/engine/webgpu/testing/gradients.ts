import { sampleSize } from '../../../data/dataset.js';
import { initialWeights } from '../../../networks/initialize.js';
import type { Network } from '../../../networks/network.js';
import { randomStream } from '../../../random.js';
import { type Objective, slopeOf } from '../../objective.js';
import { type Batch, measureOf, ReferenceModel } from '../../testing/reference.js';
import type { Ensemble } from '../ensemble.js';

/**
 * How far the gradients of a first step are from those of plain loops in double precision: of all layers with weights the largest norm of
 * the difference, by that of the gradient. They are Adam's first moments, which start at 0, times ten.
 */
export async function gradientDifference(
  ensemble: Ensemble,
  network: Network,
  objective: Objective,
  batch: number,
): Promise<number> {
  const random = randomStream(5, 'gradients');
  const weights = initialWeights(network, random);
  const size = sampleSize(network.input);
  const samples = Float32Array.from({ length: batch * size }, () => random.uniform(-1, 1));
  const semiTargets = Int8Array.from({ length: batch }, (_, i) => (i % 3) - 1);
  const task = { samples, semiTargets, objective, batchSize: batch, weightDecay: 0 };
  const lane = await ensemble.train(network, weights, task);
  await lane.epoch(
    Uint32Array.from({ length: batch }, (_, i) => i),
    1e-3,
  );
  const { block, program } = lane.owner;
  const base = lane.lane * program.lane;
  const moments = await block.readArena(base + program.moments[0], program.parameters);
  ensemble.leave(lane);

  const inputs = Array.from({ length: batch }, (_, s) =>
    Float64Array.from(samples.subarray(s * size, (s + 1) * size)),
  );
  const passes = new ReferenceModel(network, weights).forward(inputs, true);
  let gradient: Batch = passes[passes.length - 1].output.map((output, s) => {
    const { value, gradient } = measureOf(objective, output, inputs[s]);
    const slope = slopeOf(objective, value, semiTargets[s], objective.numbers) / batch;
    return gradient.map((each) => slope * each);
  });
  let largest = 0;
  for (let i = passes.length - 1; i >= 0; i--) {
    const { input, ...ofWeights } = passes[i].backward(gradient);
    gradient = input;
    for (const [named, values] of Object.entries(ofWeights)) {
      const { place } = program.weights.find(({ layer, name }) => layer === i && name === named) as {
        place: number;
      };
      const [apart, all] = values.reduce(
        ([apart, all], expected, j) => [
          apart + (10 * moments[place + j] - expected) ** 2,
          all + expected ** 2,
        ],
        [0, 0],
      );
      largest = Math.max(largest, Math.sqrt(apart / all));
    }
  }
  return largest;
}
