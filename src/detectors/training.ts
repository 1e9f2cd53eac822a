import type { Model, Training } from '../engine/engine.js';
import { UserError } from '../errors.js';
import { counted } from '../messages/counted.js';
import { permutation, type Random } from '../random.js';
import type { Progress } from './detector.js';
import type { Schedule } from './options.js';

/** A training whose steps are taken by a function of a batch and the learning rate, which returns the batch's loss. */
export function trainingInSteps(
  batchSize: number,
  step: (chosen: Uint32Array, learningRate: number) => number,
): Training {
  return {
    async epoch(order, learningRate) {
      let total = 0;
      let batches = 0;
      for (let first = 0; first < order.length; first += batchSize, batches++) {
        total += step(order.subarray(first, first + batchSize), learningRate);
      }
      return total / batches;
    },
  };
}

/** A training stopped being finite. */
export class Diverged extends UserError {
  /** @param what says of it, after its phase, in what that shows */
  constructor(
    readonly phase: Progress['phase'],
    what: string,
  ) {
    super(`the ${phase} ${what}; try a lower learning rate`);
  }
}

/**
 * Runs a schedule: in each epoch a fresh random order, cut into whole batches (the last incomplete one is dropped, unless it
 * is the only one), at a learning rate that falls to a tenth at each milestone. The next epoch waits for whoever is told of one. Then
 * ends the training.
 *
 * @param models those that it trains
 * @throws Diverged where the loss stops being finite, once it was told of that epoch, or weights are not that are left in the end
 * @throws UserError where there are fewer than two samples, of which batch normalisation makes nothing
 */
export async function runSchedule(
  models: readonly Pick<Model, 'weights'>[],
  training: Training,
  sampleCount: number,
  batchSize: number,
  schedule: Schedule,
  random: Random,
  phase: Progress['phase'],
  report: (progress: Progress) => unknown,
): Promise<void> {
  if (sampleCount < 2) {
    throw new UserError(
      `the ${phase} takes two samples at the least, and has ${counted(sampleCount, 'sample')}`,
    );
  }
  const used = sampleCount < batchSize ? sampleCount : sampleCount - (sampleCount % batchSize);
  const draw = () => permutation(sampleCount, random).subarray(0, used);
  let order = draw();
  let firstLoss = Number.NaN;
  for (let epoch = 0; epoch < schedule.epochs; epoch++) {
    const passed = schedule.learningRateMilestones.filter((milestone) => milestone <= epoch).length;
    const learningRate = schedule.learningRate / 10 ** passed;
    let rest = order;
    if (epoch === 0) {
      // The loss before any step, which a learning rate that is far too high leaves within the first epoch.
      firstLoss = await training.epoch(order.subarray(0, batchSize), learningRate);
      rest = order.subarray(batchSize);
    }
    const computed = rest.length > 0 ? training.epoch(rest, learningRate) : firstLoss;
    // A device that computes the epoch leaves this process time for the next one's order.
    if (epoch + 1 < schedule.epochs) order = draw();
    const loss = await computed;
    await report({ phase, done: epoch + 1, total: schedule.epochs, loss, firstLoss });
    if (!Number.isFinite(loss)) throw new Diverged(phase, `loss is ${loss} in epoch ${epoch + 1}`);
  }
  await training.end?.();
  // No loss is of the last step, and running statistics are in none.
  for (const model of models) {
    const broken = (await model.weights())
      .flatMap(Object.values<Float32Array>)
      .some((values) => !values.every(Number.isFinite));
    if (broken) throw new Diverged(phase, 'left weights that are not finite');
  }
}
