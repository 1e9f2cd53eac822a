import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { drawHoldOut } from '../data/holdout.js';
import { prepare } from '../data/prepare.js';
import type { Progress } from '../detectors/detector.js';
import { fitDetector } from '../detectors/fit.js';
import { detectorNamed } from '../detectors/registry.js';
import type { Engine } from '../engine/engine.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { auroc } from '../metrics/auroc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import { readModel } from '../models/model-folder.js';
import type { Weights } from '../networks/network.js';
import { randomStream } from '../random.js';
import { exampleRun } from '../results/testing/records.js';
import { plainTrace, readTrace } from '../results/trace.js';
import { executeRun, pretrainRun } from './execute-run.js';
import type { TrainedAutoencoder } from './task.js';

/** 100 samples of 3 features, every fifth an anomaly. */
function clusters(): Dataset {
  const count = 100;
  const random = randomStream(1, 'clusters');
  const classes = Uint8Array.from({ length: count }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const values = Float64Array.from({ length: 3 * count }, (_, i) => {
    const isFar = classes[Math.floor(i / 3)] === 1 && i % 3 > 0;
    return random.uniform(-1, 1) + (isFar ? 0.8 : 0);
  });
  return {
    name: 'clusters',
    shape: [3],
    classNames: ['normal', 'anomaly'],
    training: { count, values, classes },
    checksum: 'ab'.repeat(32),
    defaults: { network: 'mlp', representationSize: 2, hiddenSizes: [4] },
  };
}

const dataset = clusters();
const QUICK = { epochs: 3, batchSize: 16, learningRate: 0.01, pretrainEpochs: 3 };

function runOf(detector: string, given: Readonly<Record<string, unknown>> = {}, seed = 1): Run {
  const { options, resolve } = detectorNamed(detector);
  const known = Object.entries(QUICK).filter(([option]) => Object.hasOwn(options.shape, option));
  return exampleRun({
    dataset: dataset.name,
    dataChecksum: dataset.checksum,
    labeledAnomalyRatio: 0.05,
    detector: {
      name: detector,
      options: resolve({ ...Object.fromEntries(known), ...given }, dataset.defaults, dataset.shape),
    },
    seed,
  });
}

/** The native engine, with a count of models that were not disposed of, and with outputs that a test may spoil. */
class WatchedEngine implements Engine {
  private readonly native = createNativeEngine();
  readonly name = this.native.name;
  readonly device = this.native.device;
  readonly spoil: ((outputs: Float32Array) => Float32Array) | undefined;
  compiled = 0;
  living = 0;

  constructor(spoil?: WatchedEngine['spoil']) {
    this.spoil = spoil;
  }

  compile: Engine['compile'] = (network, weights) => {
    const model = this.native.compile(network, weights);
    this.compiled++;
    this.living++;
    return {
      weights: () => model.weights(),
      train: (task) => model.train(task),
      predict: async (samples) => {
        const outputs = await model.predict(samples);
        return this.spoil ? this.spoil(outputs) : outputs;
      },
      dispose: () => {
        this.living--;
        model.dispose();
      },
    };
  };
}

let engine: WatchedEngine;
beforeEach(() => {
  engine = new WatchedEngine();
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'runs-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const without = ({ seconds: _, ...outcome }: Awaited<ReturnType<typeof executeRun>>) => outcome;

describe('a run', () => {
  test('is judged on the test part of its split, with the seconds of each phase', async () => {
    const run = runOf('deep-sad');
    const outcome = await executeRun(run, dataset, engine);
    expect(outcome).toMatchObject({ status: 'done', counts: prepare(dataset, run).counts });
    expect(Object.keys(outcome.seconds)).toEqual(['data', 'pretraining', 'training', 'scoring']);
    expect(Math.min(...Object.values(outcome.seconds))).toBeGreaterThan(0);
    expect(outcome.status === 'done' && outcome.auroc).toBeGreaterThan(0.5);
  });

  test('gives the same from an autoencoder that was trained before, and hands its own on before it goes on', async () => {
    const run = runOf('deep-svdd');
    const steps: string[] = [];
    const handedOn: TrainedAutoencoder[] = [];
    const first = await executeRun(run, dataset, engine, {
      progress: ({ phase, done }) => steps.push(`${phase} ${done}`),
      pretrained: async (autoencoder) => {
        handedOn.push(autoencoder);
        steps.push('handed on');
      },
    });
    expect(steps).toEqual([
      ...['pretraining 1', 'pretraining 2', 'pretraining 3', 'handed on'],
      ...['training 1', 'training 2', 'training 3'],
    ]);
    const again = await executeRun(run, dataset, engine, {
      autoencoder: handedOn[0],
      pretrained: async () => {
        throw new Error('it was trained again');
      },
    });
    expect(without(again)).toEqual(without(first));
    expect([first.seconds.pretraining > 0, again.seconds.pretraining]).toEqual([true, 0]);
  });

  test('keeps the loss before any step and that of each epoch, those of an autoencoder that it was given too', async () => {
    const seen: Progress[] = [];
    const trained: TrainedAutoencoder[] = [];
    const { trace } = await executeRun(runOf('deep-sad'), dataset, engine, {
      progress: (state) => seen.push(state),
      pretrained: async (autoencoder) => void trained.push(autoencoder),
    });
    const lossesOf = (phase: string) => {
      const own = seen.filter((state) => state.phase === phase);
      return Float32Array.from([own[0].firstLoss, ...own.map(({ loss }) => loss)], Number);
    };
    expect(trace?.losses).toEqual({ pretraining: lossesOf('pretraining'), training: lossesOf('training') });
    expect(trace?.losses.training).toHaveLength(1 + QUICK.epochs);
    const again = await executeRun(runOf('deep-sad'), dataset, engine, { autoencoder: trained[0] });
    expect(again.trace).toEqual(trace);
    const alone = await executeRun(runOf('autoencoder', { learningRate: 1e-4 }), dataset, engine);
    expect(alone.trace?.losses).toEqual({ pretraining: trace?.losses.pretraining });
    expect((await executeRun(runOf('kde'), dataset, engine)).trace?.losses).toEqual({});
  });

  test('gives the same from an autoencoder that was trained alone, with its progress', async () => {
    const run = runOf('kde-hybrid');
    const epochs: number[] = [];
    const { autoencoder, seconds } = await pretrainRun(run, dataset, engine, {
      progress: ({ done }) => epochs.push(done),
    });
    expect(epochs).toEqual([1, 2, 3]);
    expect(seconds).toBeGreaterThan(0);
    expect(engine.living).toBe(0);
    const handedOn: TrainedAutoencoder[] = [];
    const whole = await executeRun(run, dataset, engine, {
      pretrained: async (trained) => void handedOn.push(trained),
    });
    expect(autoencoder).toEqual(handedOn[0]);
    expect(without(await executeRun(run, dataset, engine, { autoencoder }))).toEqual(without(whole));
    await expect(pretrainRun(runOf('kde'), dataset, engine)).rejects.toThrow('starts from no autoencoder');
  });

  test('of a hybrid is the same from the same autoencoder whatever engine trained that', async () => {
    const run = runOf('kde-hybrid');
    const { autoencoder } = await pretrainRun(run, dataset, engine);
    const elsewhere: Engine = {
      name: 'another',
      device: 'none',
      compile: () => {
        throw new Error('the solver asked for it');
      },
    };
    const solved = await executeRun(run, dataset, elsewhere, { autoencoder });
    expect(without(solved)).toEqual(without(await executeRun(run, dataset, engine, { autoencoder })));
  });

  test('gives the same while others go on', async () => {
    const runs = [
      runOf('deep-sad'),
      runOf('autoencoder'),
      runOf('kde-hybrid', {}, 2),
      runOf('deep-svdd', {}, 3),
    ];
    const together = await Promise.all(runs.map((run) => executeRun(run, dataset, engine)));
    for (const [i, run] of runs.entries()) {
      expect(without(together[i])).toEqual(without(await executeRun(run, dataset, engine)));
    }
  });

  test('of time series is judged by their steps too', async () => {
    const { training } = dataset;
    const series = {
      windowLength: 2,
      stride: 1,
      machines: [
        {
          name: 'm',
          starts: Uint32Array.from({ length: 100 }, (_, i) => i),
          anomalies: Uint8Array.from({ length: 101 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
        },
      ],
    };
    const outcome = await executeRun(runOf('kde'), { ...dataset, test: training, series }, engine);
    expect(outcome).toMatchObject({
      status: 'done',
      series: { windowLength: 2, stride: 1, machines: { m: {} } },
    });
  });

  test('of other data than it names is refused', async () => {
    const other = executeRun(runOf('kde'), { ...dataset, checksum: 'cd'.repeat(32) }, engine);
    await expect(other).rejects.toThrow(`is of the data ${'ab'.repeat(32)}, and not of ${'cd'.repeat(32)}`);
  });

  test('draws the hold-out that it selects by from its seed', async () => {
    for (const seed of [1, 2, 3]) {
      const run = runOf('oc-svm', { selection: 'test-holdout' }, seed);
      const { training, test: tested } = prepare(dataset, run);
      const holdOut = drawHoldOut(tested, seed);
      const fitted = await fitDetector(run.detector, training, { seed, engine, report: () => {}, holdOut });
      expect((await executeRun(run, dataset, engine)).notes).toEqual(fitted.notes?.());
    }
  });

  test('of images keeps the ends of its ranking, which are of its test part', async () => {
    const { values, ...labels } = dataset.training;
    const bytes = Uint8Array.from(values, (value) => 100 + 50 * value);
    const images: Dataset = { ...dataset, shape: [1, 1, 3], training: { ...labels, values: bytes } };
    const { all } = (await executeRun(runOf('kde'), images, engine)).trace?.extremes ?? {};
    // 32 of either end are all of the 40 samples.
    const found = new Set([...(all?.lowest ?? []), ...(all?.highest ?? [])]);
    expect(found).toEqual(new Set(prepare(images, runOf('kde')).origin.test));
  });

  test('takes its split from whoever remembers one', async () => {
    const run = runOf('kde');
    const asked: unknown[] = [];
    const split = (...of: Parameters<typeof prepare>) => {
      asked.push(of);
      return prepare(...of);
    };
    const outcome = await executeRun(run, dataset, engine, { split });
    expect(without(outcome)).toEqual(without(await executeRun(run, dataset, engine)));
    expect(asked).toEqual([[dataset, run]]);
  });
});

describe('the best of several by the test set', () => {
  const testAuroc = async (name: string, given: Readonly<Record<string, unknown>>) => {
    const outcome = await executeRun(runOf(name, given), dataset, engine);
    return outcome.status === 'done' ? outcome.auroc : Number.NaN;
  };

  test.each(['oc-svm', 'oc-svm-hybrid'])('of %s is the one of five ν', async (name) => {
    const nus = [0.01, 0.05, 0.1, 0.2, 0.5];
    const aurocs: number[] = [];
    for (const nu of nus) aurocs.push(await testAuroc(name, { nu }));
    const best = await executeRun(runOf(name, { nu: 'best-by-test' }), dataset, engine);
    expect(best).toMatchObject({
      status: 'done',
      auroc: Math.max(...aurocs),
      notes: { testAurocs: aurocs, chosen: `ν = ${nus[aurocs.indexOf(Math.max(...aurocs))]}` },
    });
  });

  test('of Deep SVDD is the one of three objectives; its model is kept, the others leave nothing', async () => {
    const objectives = [
      { objective: 'one-class' },
      { objective: 'soft-boundary', nu: 0.01 },
      { objective: 'soft-boundary', nu: 0.1 },
    ];
    const training = { epochs: 30, learningRate: 0.03 };
    const aurocs: number[] = [];
    for (const objective of objectives)
      aurocs.push(await testAuroc('deep-svdd', { ...objective, ...training }));
    expect(new Set(aurocs).size).toBeGreaterThan(1);
    const kept = join(directory, 'best');
    const run = runOf('deep-svdd', { objective: 'best-by-test', ...training });
    const dones: number[] = [];
    const best = await executeRun(run, dataset, engine, {
      modelDirectory: kept,
      progress: ({ phase, done }) => phase === 'training' && dones.push(done),
    });
    const chosen = aurocs.indexOf(Math.max(...aurocs));
    expect(best).toMatchObject({ auroc: aurocs[chosen], notes: { testAurocs: aurocs } });
    const alone = runOf('deep-svdd', { ...objectives[chosen], ...training });
    expect(best.trace?.losses).toEqual((await executeRun(alone, dataset, engine)).trace?.losses);
    expect(dones).toEqual(Array.from({ length: 90 }, (_, i) => i + 1));
    expect(engine.living).toBe(0);
    const { test } = prepare(dataset, run);
    const { detector } = await readModel(kept, engine);
    expect(auroc(await detector.score(test.samples), test.anomalies)).toBe(Math.max(...aurocs));
  });
});

describe('labeled anomalies', () => {
  test('may be left out of the autoencoder, and of the mean that is the center', async () => {
    const scores = async (name: string, given: Readonly<Record<string, unknown>>, labeled = 0.15) => {
      const run = { ...runOf(name, given), labeledAnomalyRatio: labeled };
      return without(await executeRun(run, dataset, engine));
    };
    const usual = await scores('autoencoder', {});
    const left = await scores('autoencoder', { trainOn: 'without-anomalies' });
    expect(left).not.toEqual(usual);
    // As if there were none.
    expect({ ...left, counts: 0 }).toEqual({ ...(await scores('autoencoder', {}, 0)), counts: 0 });
    const sad = await scores('deep-sad', { pretrain: false });
    expect(await scores('deep-sad', { pretrain: false, centerOf: 'without-anomalies' })).not.toEqual(sad);
    expect(await scores('deep-sad', { pretrain: false, centerOf: 'all' })).toEqual(sad);
  });
});

describe('probes of an encoder', () => {
  /** 600 samples of three classes, of which each has as many. */
  const three: Dataset = (() => {
    const random = randomStream(2, 'three');
    const classes = Uint8Array.from({ length: 600 }, (_, i) => i % 3);
    const values = Float64Array.from(
      { length: 1800 },
      (_, i) => random.uniform(-1, 1) + (Math.floor(i / 3) % 3),
    );
    const training = { count: 600, values, classes };
    return { ...dataset, classNames: ['a', 'b', 'c'], training };
  })();
  const onThree = (run: Run) => ({ ...run, normalClass: 'a', knownAnomalyClasses: ['b'] });
  const ofThree = (detector: string, given = {}) =>
    onThree(runOf(detector, { learningRateMilestones: [1], ...given }));

  test('change nothing of the run', async () => {
    for (const run of [ofThree('deep-sad'), ofThree('deep-svdd'), ofThree('supervised')]) {
      const { trace, ...probed } = without(await executeRun(run, three, engine, { diagnosed: true }));
      const { trace: plain, ...alone } = without(await executeRun(run, three, engine));
      expect(probed).toEqual(alone);
      expect(trace?.losses).toEqual(plain?.losses);
      expect(plain).not.toHaveProperty('probes');
    }
    expect(engine.living).toBe(0);
  });

  test('are of each group, before training and after its first epochs, where the rate falls, and at the end', async () => {
    const { trace } = await executeRun(ofThree('deep-sad', { epochs: 4 }), three, engine, {
      diagnosed: true,
    });
    const probes = trace?.probes ?? [];
    expect([...new Set(probes.map(({ epoch }) => epoch))]).toEqual([0, 1, 2, 4]);
    expect(probes.slice(0, 4).map(({ group, count }) => [group, count])).toEqual([
      ['training normal', 20],
      ['test normal', 20],
      ['known anomaly', 20],
      ['unseen anomaly', 20],
    ]);
    for (const { spectrum, epoch } of probes) expect(spectrum?.length).toBe(epoch % 4 === 0 ? 2 : undefined);
    const entropies = probes.flatMap((probe) => [probe.gaussian, probe.aroundCenter, probe.neighbour]);
    expect(entropies.every(Number.isFinite)).toBe(true);
    expect(probes.at(-1)?.gaussian).not.toBe(probes[3].gaussian);
  });

  test('tell how far apart the groups lie', async () => {
    const [normal, , , unseen] =
      (await executeRun(ofThree('deep-sad'), three, engine, { diagnosed: true })).trace?.probes ?? [];
    expect(unseen.aroundCenter).toBeGreaterThan(Number(normal.aroundCenter));
    expect(unseen.aroundMean).toBeLessThan(Number(unseen.aroundCenter));
  });

  test('of samples that are all equal are read again as they were, and lack the entropies that are minus infinity', async () => {
    const { values, classes } = three.training;
    const equal = values.map((value, i) => (classes[Math.floor(i / 3)] === 2 ? 3 : value));
    const twins: Dataset = { ...three, training: { count: 600, values: Float64Array.from(equal), classes } };
    const outcome = await executeRun(ofThree('deep-sad'), twins, engine, { diagnosed: true });
    const trace = { run: '0123456789abcdef', losses: {}, ...outcome.trace };
    expect(readTrace(JSON.parse(JSON.stringify(plainTrace(trace))))).toEqual(trace);
    const unseen = trace.probes?.filter(({ group }) => group === 'unseen anomaly') ?? [];
    expect(unseen).toHaveLength(4);
    for (const probe of unseen) {
      expect(probe).toMatchObject({ gaussian: null, aroundMean: null, neighbour: null, effectiveRank: 1 });
      expect(probe.aroundCenter).toEqual(expect.any(Number));
    }
  });

  test('leave a training that diverges its own reason', async () => {
    const run = ofThree('deep-sad', { learningRate: 1e30 });
    const probed = await executeRun(run, three, engine, { diagnosed: true });
    expect(probed).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('the training loss is'),
    });
    expect(without(probed)).toEqual(without(await executeRun(run, three, engine)));
  });

  test('have no center where the detector has none, and are none of a detector without an encoder', async () => {
    const { trace } = await executeRun(ofThree('supervised'), three, engine, { diagnosed: true });
    expect(trace?.probes?.length).toBe(16);
    expect(trace?.probes?.every(({ aroundCenter }) => aroundCenter === undefined)).toBe(true);
    for (const run of [onThree(runOf('kde')), ofThree('deep-svdd', { objective: 'best-by-test' })]) {
      expect((await executeRun(run, three, engine, { diagnosed: true })).trace?.probes).toEqual([]);
    }
  });
});

describe('a warm start', () => {
  const saved = async (detector: string, folder: string) => {
    const model = join(directory, folder);
    await executeRun(runOf(detector), dataset, engine, { modelDirectory: model });
    return model;
  };

  test.each(['deep-svdd', 'autoencoder', 'kde-hybrid'])('is from the encoder of a saved %s', async (from) => {
    const warmStart = await saved(from, `start-${from}`);
    const run = runOf('deep-sad', { warmStart });
    expect(run.detector.options).toMatchObject({ pretrain: false, warmStart });
    const compiled: Weights[] = [];
    const watching: Engine = {
      name: engine.name,
      device: engine.device,
      compile: (network, weights) => {
        compiled.push(weights);
        return engine.compile(network, weights);
      },
    };
    const outcome = await executeRun(run, dataset, watching);
    expect(outcome).toMatchObject({ status: 'done', seconds: { pretraining: 0 } });
    const { weights } = await (await readModel(warmStart, createNativeEngine())).detector.state();
    expect(compiled.at(-1)).toEqual(weights?.slice(0, 4));
    expect(engine.living).toBe(0);
    expect(without(outcome)).not.toEqual(without(await executeRun(runOf('deep-sad'), dataset, engine)));
  });

  test('is from the content that was there when it was planned', async () => {
    const warmStart = await saved('deep-svdd', 'changing');
    const run = runOf('deep-sad', { warmStart });
    await executeRun(runOf('deep-svdd', {}, 2), dataset, engine, { modelDirectory: warmStart });
    await expect(executeRun(run, dataset, engine)).rejects.toThrow('not the model of warmStartChecksum');
    const { warmStartChecksum } = runOf('deep-sad', { warmStart }).detector.options;
    expect(warmStartChecksum).not.toBe(run.detector.options.warmStartChecksum);
  });

  test('leaves a model that needs no other', async () => {
    const warmStart = await saved('deep-svdd', 'first');
    const kept = join(directory, 'warm');
    await executeRun(runOf('deep-sad', { warmStart }), dataset, engine, { modelDirectory: kept });
    rmSync(warmStart, { recursive: true });
    expect((await readModel(kept, engine)).choice.options).toMatchObject({ warmStart });
  });

  test('is refused where there is no model, or one of another network', async () => {
    expect(() => runOf('deep-sad', { warmStart: join(directory, 'nowhere') })).toThrow(
      'warmStart names the folder of a model',
    );
    const warmStart = await saved('deep-svdd', 'other');
    const run = runOf('deep-sad', { warmStart, representationSize: 3 });
    await expect(executeRun(run, dataset, engine)).rejects.toThrow(
      'its encoder is not that of this deep-sad',
    );
    const sloped = runOf('deep-sad', { warmStart, leakyReluSlope: 0.1 });
    await expect(executeRun(sloped, dataset, engine)).rejects.toThrow(
      'its encoder is not that of this deep-sad',
    );
  });
});

describe('what a run leaves', () => {
  test('is nothing on the device, whatever came of it', async () => {
    await executeRun(runOf('deep-sad'), dataset, engine);
    await executeRun(runOf('ssad-hybrid'), dataset, engine);
    await executeRun(runOf('autoencoder'), dataset, engine);
    const diverging = runOf('deep-sad', { pretrain: false, learningRate: 1e38, epochs: 50 });
    await executeRun(diverging, dataset, engine).catch(() => {});
    const pretrainingDiverges = runOf('deep-sad', { pretrainLearningRate: 1e38, pretrainEpochs: 50 });
    await executeRun(pretrainingDiverges, dataset, engine).catch(() => {});
    expect(engine.compiled).toBeGreaterThan(6);
    expect(engine.living).toBe(0);
  });

  test('are its losses where they end in what is no number, and its reason', async () => {
    const diverging = runOf('deep-sad', { learningRate: 1e38, epochs: 50 });
    const outcome = await executeRun(diverging, dataset, engine);
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^the training loss is \S+ in epoch \d+; try a lower learning rate$/),
      counts: expect.objectContaining({ testNormal: expect.any(Number) }),
    });
    const { training = new Float32Array(), pretraining } = outcome.trace?.losses ?? {};
    expect(pretraining?.every(Number.isFinite)).toBe(true);
    expect(training[0]).toBeGreaterThan(0);
    expect(training.at(-1)).not.toBeLessThan(Number.POSITIVE_INFINITY);
  });

  test('are its model and its scores, where they are to be kept', async () => {
    const kept = join(directory, 'kept');
    const run = runOf('deep-sad');
    const outcome = await executeRun(run, dataset, engine, { modelDirectory: kept });
    expect(readdirSync(kept)).toContain('scores.csv');
    const { detector } = await readModel(kept, engine);
    const { samples, anomalies } = prepare(dataset, run).test;
    const scores = await detector.score(samples);
    expect(outcome).toMatchObject({
      auroc: auroc(scores, anomalies),
      averagePrecision: averagePrecision(scores, anomalies),
    });
  });

  test('is its result with a reason where its model cannot be written', async () => {
    writeFileSync(join(directory, 'file'), '');
    const run = runOf('deep-sad');
    const outcome = await executeRun(run, dataset, engine, {
      modelDirectory: join(directory, 'file', 'run'),
    });
    expect(outcome).toMatchObject({
      ...without(await executeRun(run, dataset, engine)),
      unsaved: expect.stringContaining(join(directory, 'file')),
    });
    expect(engine.living).toBe(0);
  });

  test('is no model where the scores have collapsed, which is its reason', async () => {
    // All are 1 but for what rounding may leave.
    const constant = new WatchedEngine((outputs) => outputs.map((_, i) => 1 + (i % 3) * 2 ** -22));
    const collapsed = join(directory, 'collapsed');
    const outcome = await executeRun(runOf('deep-sad'), dataset, constant, { modelDirectory: collapsed });
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining('collapsed') });
    expect(existsSync(collapsed)).toBe(false);
    expect(constant.living).toBe(0);
  });
});
