import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { reconstructionObjective } from '../../detectors/autoencoder.js';
import { softBoundaryObjective } from '../../detectors/deep-svdd.js';
import { initialWeights } from '../../networks/initialize.js';
import type { Network } from '../../networks/network.js';
import { randomStream } from '../../random.js';
import { DeviceLost, type TrainingTask } from '../engine.js';
import { biased, dense } from '../testing/layers.js';
import { Ensemble, type EnsembleOptions } from './ensemble.js';
import { SHARES } from './memory.js';
import { bytesOfLane, trainingProgram } from './program.js';
import { type Behaviour, standIn } from './testing/stand-in.js';
import { SOFTWARE } from './tiles.js';
import { createWebGpuEngine } from './webgpu-engine.js';

const SAMPLES = 100;
const AUTOENCODER: Network = { input: [6], layers: [biased(4), dense(6)] };
const ENCODER: Network = { input: [6], layers: [biased(4)] };
const weightsOf = (network: Network) => initialWeights(network, randomStream(1, 'weights'));
const task: TrainingTask = {
  samples: new Float32Array(SAMPLES * 6).fill(0.3),
  semiTargets: new Int8Array(SAMPLES),
  objective: reconstructionObjective([6]),
  batchSize: 16,
  weightDecay: 0,
};
const svdd: TrainingTask = { ...task, objective: softBoundaryObjective(new Float32Array(4), 0.1, 0) };
const order = Uint32Array.from({ length: SAMPLES }, (_, i) => i);

/** Bytes of a lane, with all that it needs besides. */
const program = trainingProgram(AUTOENCODER, 16, task.objective, SOFTWARE);
const LANE = bytesOfLane(program);

const ensembleOf = (behaviour: Behaviour = {}, options: Partial<EnsembleOptions> = {}) =>
  new Ensemble(standIn(behaviour), { lanes: 1, memory: 1e9, ...options });
const enter = (ensemble: Ensemble) => ensemble.train(AUTOENCODER, weightsOf(AUTOENCODER), task);

// What waits for ever fails by the time that a test may take.
jest.setTimeout(60_000);

/** Lets all be done that does not wait for another: a stand-in answers at once, so that it takes turns of the event loop and no time. */
const allDone = async () => {
  for (let turn = 0; turn < 1000; turn++) await setImmediate();
};

describe('memory that does not hold all runs at a time', () => {
  const told = async (memory: number, lanes: number) => {
    const notices: string[] = [];
    const ensemble = ensembleOf({}, { memory, lanes, notice: (text) => notices.push(text) });
    ensemble.leave(await enter(ensemble));
    ensemble.leave(await ensemble.train(ENCODER, weightsOf(ENCODER), svdd));
    return notices;
  };

  test('is told of once, with how many it holds', async () => {
    const [notice, ...others] = await told((5 * LANE) / SHARES.training, 64);
    expect(notice).toMatch(/^the 0\.0\d+ GB of the GPU's memory .* hold 5 of 64 at a time; the others wait$/);
    expect(others).toEqual([]);
  });

  test('is told of where it holds none', async () => {
    const wanted = Number((LANE / SHARES.training / 1e9).toPrecision(2));
    const notices = await told(LANE / 2, 1);
    expect(notices).toEqual([
      expect.stringMatching(new RegExp(`^a run wants ${wanted} GB .*; they train one at a time$`)),
    ]);
  });

  test('is what is told of alone', async () => {
    expect(await told((6 * LANE) / SHARES.training, 2)).toEqual([]);
  });
});

test('a run that trains one network after the other holds no lane while it waits for the next', async () => {
  const engine = createWebGpuEngine(ensembleOf({}, { memory: LANE }));
  const trained = async () => {
    for (const [network, each] of [
      [AUTOENCODER, task],
      [ENCODER, svdd],
      [AUTOENCODER, task],
    ] as const) {
      // None is disposed of: the best of several is chosen in the end.
      const training = engine.compile(network, weightsOf(network)).train(each);
      await training.epoch(order, 1e-3);
      await training.end?.();
    }
    return 'trained';
  };
  expect(await Promise.all([trained(), trained()])).toEqual(['trained', 'trained']);
});

test('runs whose batches have as many places in a lane share a block', async () => {
  const ensemble = ensembleOf({}, { lanes: 3 });
  const [first, other, larger] = await Promise.all(
    [17, 32, 33].map((batchSize) =>
      ensemble.train(AUTOENCODER, weightsOf(AUTOENCODER), { ...task, batchSize }),
    ),
  );
  expect(other.owner).toBe(first.owner);
  expect(larger.owner).not.toBe(first.owner);
});

test('a training that has ended leaves the model its weights', async () => {
  const engine = createWebGpuEngine(ensembleOf());
  const model = engine.compile(ENCODER, weightsOf(ENCODER));
  const training = model.train(svdd);
  await training.end?.();
  // A stand-in gives zeros for whatever is read.
  expect((await model.weights())[0].kernel).toEqual(new Float32Array(24));
  expect(() => model.train(svdd)).toThrow('once');
});

test('an epoch has the losses of all its batches whichever submit can be read first', async () => {
  const read: (() => void)[] = [];
  const ensemble = ensembleOf({
    map: () => new Promise((resolve) => read.push(resolve)),
    // A distance, and the share of it that is a loss: 1 in the first submit, 3 in the second.
    results: (before) => 1 + 2 * before,
  });
  const training = await enter(ensemble);
  const loss = training.epoch(order.subarray(0, 2 * task.batchSize), 1e-3);
  await allDone();
  expect(read).toHaveLength(2);
  read[1]();
  await allDone();
  read[0]();
  expect(await loss).toBe((1 * 1 + 3 * 3) / 2);
});

test('all runs hear of a kernel that does not compile, those too that come meanwhile', async () => {
  let fail: (error: Error) => void = () => {};
  const compiled = new Promise<void>((_, reject) => {
    fail = reject;
  });
  const ensemble = ensembleOf({ compile: () => compiled }, { lanes: 2 });
  const first = (await enter(ensemble)).epoch(order, 1e-3);
  first.catch(() => {});
  await allDone();
  const second = (await enter(ensemble)).epoch(order, 1e-3);
  second.catch(() => {});
  await allDone();
  fail(new Error('not compiled'));
  await expect(first).rejects.toThrow('not compiled');
  await expect(second).rejects.toThrow('not compiled');
});

describe('samples that find no room', () => {
  const count = 4000;
  const words = count * 6 + 2 * count;
  // Trainings may have three quarters of it, where three find room.
  const room = 4 * (512 + 4 * words);
  const enterWith = (ensemble: Ensemble, samples: number) =>
    ensemble.train(AUTOENCODER, weightsOf(AUTOENCODER), {
      ...task,
      samples: new Float32Array(samples * 6).fill(0.3),
      semiTargets: new Int8Array(samples),
    });

  test.each([
    ['of a buffer', { largestBuffer: room }, {}],
    ['of the memory', {}, { memory: room / SHARES.samples }],
  ])('%s wait for those of others to leave', async (_of, behaviour, options) => {
    const notices: string[] = [];
    const ensemble = ensembleOf(behaviour, { lanes: 9, notice: (text) => notices.push(text), ...options });
    const [entered] = await Promise.all([1, 2, 3].map(() => enterWith(ensemble, count)));
    expect(notices).toEqual([]);
    let hasEntered = false;
    const fourth = enterWith(ensemble, count).finally(() => {
      hasEntered = true;
    });
    await allDone();
    expect(hasEntered).toBe(false);
    // Once, however often it is tried.
    const [notice, ...others] = notices;
    expect(notice).toMatch(/holds those of 3 of 9 runs at a time; the others wait$/);
    expect(others).toEqual([]);
    // Who trains can be evaluated meanwhile, on more samples than there is room for.
    const samples = new Float32Array(4 * words).fill(0.3);
    const outputs = ensemble.evaluate(AUTOENCODER, weightsOf(AUTOENCODER), samples, false);
    expect(await outputs).toHaveLength(samples.length);
    ensemble.leave(entered);
    await fourth;
  });

  test('may have all of it where there are no others, and are refused where that is not enough', async () => {
    const ensemble = ensembleOf({ largestBuffer: room });
    ensemble.leave(await enterWith(ensemble, 3.5 * count));
    await expect(enterWith(ensemble, 5 * count)).rejects.toThrow(/^the samples of all runs need .* GB/);
  });
});

test('a device that says late that it is lost is no fault of a run', async () => {
  let losing: (reason: string) => void = () => {};
  const lost = new Promise<string>((resolve) => {
    losing = resolve;
  });
  const map = async () => {
    setTimeout(50).then(() => losing('it hung'));
    throw new DOMException('', 'AbortError');
  };
  const engine = createWebGpuEngine(ensembleOf({ lost, map }));
  const training = engine.compile(AUTOENCODER, weightsOf(AUTOENCODER)).train(task);
  await expect(training.epoch(order, 1e-3)).rejects.toThrow(new DeviceLost('the GPU failed: it hung'));
});

describe('a submit', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** The rounds of the submits of an epoch of 100 steps, each of which takes so long. */
  async function roundsOf(milliseconds: number): Promise<number[]> {
    let [now, rounds, read] = [0, 0, 0];
    const found: number[] = [];
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    let latest = Promise.resolve();
    const gpu = standIn({
      onRound: () => {
        rounds++;
      },
      onSubmit: () => {
        found.push(rounds);
        rounds = 0;
      },
      // One submit is done after the other.
      map: () => {
        latest = latest
          .then(() => setImmediate())
          .then(() => {
            now += milliseconds * found[read++];
          });
        return latest;
      },
    });
    const ensemble = new Ensemble(gpu, { lanes: 1, memory: 1e9 });
    const lane = await ensemble.train(AUTOENCODER, weightsOf(AUTOENCODER), { ...task, batchSize: 1 });
    await lane.epoch(
      Uint32Array.from({ length: 100 }, () => 0),
      1e-3,
    );
    return found;
  }

  test.each([
    [300, 1],
    [60, 1],
    [40, 2],
    [11, 9],
    [0.1, 16],
  ])('has as many rounds of %d ms as take the time that it should, at most 16: %i', async (each, rounds) => {
    const found = await roundsOf(each);
    expect(found[0]).toBe(1);
    expect(Math.max(...found)).toBe(rounds);
  });
});
