/** Deep SAD and its autoencoder beside a plain PyTorch version, both fitted on the splits that the authors' code draws. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noop, range, sortBy } from 'es-toolkit';
import { mean, standardDeviation } from 'simple-statistics';
import type { Dataset } from '../src/data/dataset.js';
import { loadDataset } from '../src/data/registry.js';
import { autoencoder, trainAutoencoder } from '../src/detectors/autoencoder.js';
import { deepSad } from '../src/detectors/deep-sad.js';
import { createEngine } from '../src/engine/device.js';
import type { Engine } from '../src/engine/engine.js';
import { auroc } from '../src/metrics/auroc.js';
import { inFolder, readFloats, readTrainingSet } from './files.js';
import { pythonWith, Server, sourceFile } from './processes.js';
import { type Replay, ReplayingEngine } from './replaying-engine.js';
import { meanAndError, printTable } from './statistics.js';

/** Deep SAD without pretraining, which is what the authors' code comes to, and with it; and the autoencoder of the pretraining. */
const METHODS = ['unpretrained', 'pretrained', 'autoencoder'] as const;
type Method = (typeof METHODS)[number];

const TITLES: Readonly<Record<Method, string>> = {
  unpretrained: 'Deep SAD, not pretrained',
  pretrained: 'Deep SAD, pretrained',
  autoencoder: 'autoencoder',
};

/** The authors' test set, drawn from all rows again, and that of the rows that are not in the training part. */
const TEST_SETS = ['redrawn', 'unseen'] as const;
type TestSetName = (typeof TEST_SETS)[number];

/** The seeds of which there are figures of the authors' code. */
const AUTHORS_SEEDS = [1, 2, 3];

interface Subject {
  readonly name: string;
  /** Deep SAD's AUROC in %, as the authors' code gives it at these seeds. */
  readonly authors: readonly number[];
  /** From 1 on; the first three are the authors'. */
  readonly splits: number;
  /** From 1 on, of initial weights and batches, each for all of the authors' splits; 0 where that takes too long. */
  readonly seeds: number;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'cardio', authors: [90.85, 93.07, 95.46], splits: 10, seeds: 5 },
  { name: 'satellite', authors: [89.24, 87.95, 92.16], splits: 10, seeds: 0 },
  { name: 'thyroid', authors: [99.71, 98.1, 99.28], splits: 10, seeds: 0 },
  { name: 'arrhythmia', authors: [77.87, 82.1, 61.77], splits: 10, seeds: 5 },
  { name: 'satimage-2', authors: [99.96, 99.99, 99.87], splits: 10, seeds: 0 },
  { name: 'shuttle', authors: [99.33, 99.49, 98.74], splits: 3, seeds: 0 },
];

interface PeerRequest {
  readonly folder: string;
  readonly hidden: readonly number[];
  readonly representation: number;
  readonly split: number;
  readonly seed: number;
}

interface PeerAnswer {
  /** Which share of the redrawn test set is trained on. */
  readonly trained: number;
  readonly scores: ByMethod<readonly number[]>;
  /** The learning rate of each epoch of the three trainings: of the autoencoder, of its encoder, and of one that was not pretrained. */
  readonly rates: readonly number[];
}

type Peer = Server<PeerRequest, PeerAnswer>;

type ByMethod<T> = Readonly<Record<Method, Readonly<Record<TestSetName, T>>>>;

/** What the sides come to on one split: AUROC in %. */
interface Outcome {
  readonly split: number;
  readonly seed: number;
  readonly trained: number;
  readonly peer: ByMethod<number>;
  readonly ours: ByMethod<number>;
  /** Ours with the peer's initial weights, batches and learning rates; on the authors' splits at their seeds. */
  readonly replayed?: ByMethod<number>;
}

interface Measured {
  readonly subject: Subject;
  readonly outcomes: readonly Outcome[];
}

/**
 * AUROC of both sides on the authors' splits: at their seeds, where the peer draws all that they draw, on more splits, and with
 * several initial weights on each.
 */
export async function benchAgreement(): Promise<void> {
  const python = pythonWith('torch, sklearn', 'python3-torch python3-sklearn');
  if (python === undefined) {
    console.log('Not measured: the peer draws the splits.');
    return;
  }
  const peer: Peer = await Server.start([python, sourceFile('agreement_peer.py')]);
  const engine = await createEngine('cpu');
  const measured: Measured[] = [];
  for (const subject of SUBJECTS) {
    measured.push({ subject, outcomes: await measure(subject, peer, engine) });
  }
  await peer.stop();

  console.log(
    `The peer is ${peer.name}. AUROC in % on the authors’ splits and at their seeds ${AUTHORS_SEEDS.join(', ')}; a test set is redrawn ` +
      'from all rows, as the authors do, or has the rows that training has not seen. Deep SAD is not pretrained in the authors’ code. ' +
      'In the last column deepsad has the initial weights, batches and learning rates of PyTorch\n',
  );
  for (const method of METHODS) {
    printTable(
      [TITLES[method], 'authors’ code', 'PyTorch', 'deepsad', 'deepsad from PyTorch’s start'],
      measured.flatMap((one) => seedRows(one, method)),
    );
    console.log();
  }
  console.log(
    'Means ± standard deviations over more of these splits; differences, ours less PyTorch’s of each split, ± standard errors\n',
  );
  for (const method of METHODS) {
    printTable(
      [TITLES[method], 'splits', 'trained on', 'PyTorch', 'deepsad', 'difference'],
      measured.flatMap((one) => splitRows(one, method)),
    );
    console.log();
  }
  console.log(
    'Deep SAD, not pretrained, with the same initial weights and batches, those of a seed, on each of the authors’ splits ' +
      `${AUTHORS_SEEDS.join(', ')}; test sets redrawn\n`,
  );
  printTable(['data set, seed', 'PyTorch', 'deepsad'], measured.flatMap(initialRows));
}

/** The sides on each split with the seed of its number, and on the authors' splits with the other seeds. */
async function measure(
  { name, splits, seeds }: Subject,
  peer: Peer,
  engine: Engine,
): Promise<readonly Outcome[]> {
  const dataset = await loadDataset(name);
  const { hiddenSizes: hidden = [], representationSize: representation } = dataset.defaults;
  const own = range(1, splits + 1).map((split) => ({ split, seed: split }));
  const others = AUTHORS_SEEDS.flatMap((split) =>
    range(1, seeds + 1).flatMap((seed) => (seed === split ? [] : [{ split, seed }])),
  );
  return inFolder(async (folder) => {
    await writeFile(join(folder, 'rows.f64'), Float64Array.from(dataset.training.values));
    await writeFile(join(folder, 'classes.u8'), dataset.training.classes);
    const outcomes: Outcome[] = [];
    for (const { split, seed } of [...own, ...others]) {
      const { trained, scores, rates } = await peer.ask({ folder, hidden, representation, split, seed });
      const oursOn = async (on: Engine) => percents(await ourScores(dataset, folder, seed, on), folder);
      const isAuthors = split === seed && AUTHORS_SEEDS.includes(seed);
      outcomes.push({
        split,
        seed,
        trained,
        peer: await percents(scores, folder),
        ours: await oursOn(engine),
        ...(isAuthors && {
          replayed: await oursOn(new ReplayingEngine(engine, await readReplay(folder, rates))),
        }),
      });
    }
    return outcomes;
  });
}

/** Our detectors on one autoencoder, fitted to the training set in the folder with the data set's defaults. */
async function ourScores(
  { shape, defaults }: Dataset,
  folder: string,
  seed: number,
  engine: Engine,
): Promise<ByMethod<Float64Array>> {
  const training = await readTrainingSet(folder, shape);
  const context = { seed, engine, report: noop };
  const plan = deepSad.autoencoder?.(deepSad.resolve({ pretrain: true }, defaults, shape));
  const weights = plan && (await trainAutoencoder(plan, training, context));
  return byMethod(async (method) => {
    const definition = method === 'autoencoder' ? autoencoder : deepSad;
    const pretrain = method !== 'unpretrained';
    const options = definition.resolve(method === 'autoencoder' ? {} : { pretrain }, defaults, shape);
    const detector = definition.create(options, shape);
    await detector.fit(training, { ...context, ...(pretrain && weights && { autoencoder: weights }) });
    return async (testSet) => detector.score(await readFloats(folder, `${testSet}.f32`));
  });
}

/** What the peer drew. The networks are compiled in the order of the trainings. */
async function readReplay(folder: string, rates: readonly number[]): Promise<Replay> {
  const [autoencoder, unpretrained] = await Promise.all(
    ['autoencoder.f32', 'unpretrained.f32'].map((file) => readFloats(folder, file)),
  );
  const orders = new Uint32Array(Uint8Array.from(await readFile(join(folder, 'orders.u32'))).buffer);
  const used = orders.length / rates.length;
  return {
    starts: [autoencoder, undefined, unpretrained],
    epochs: rates.map((learningRate, i) => ({
      order: orders.subarray(i * used, (i + 1) * used),
      learningRate,
    })),
  };
}

function percents(scores: ByMethod<ArrayLike<number>>, folder: string): Promise<ByMethod<number>> {
  return byMethod(async (method) => async (testSet) => {
    const anomalies = await readFile(join(folder, `${testSet}.u8`));
    return 100 * auroc(Float64Array.from(scores[method][testSet]), anomalies);
  });
}

/** Asks for something of each method, and then of each test set. */
async function byMethod<T>(
  ask: (method: Method) => Promise<(testSet: TestSetName) => Promise<T>>,
): Promise<ByMethod<T>> {
  const each = async (method: Method) => {
    const of = await ask(method);
    return { redrawn: await of('redrawn'), unseen: await of('unseen') };
  };
  return {
    pretrained: await each('pretrained'),
    unpretrained: await each('unpretrained'),
    autoencoder: await each('autoencoder'),
  };
}

/** A row of each test set: the seeds of which there are figures of the authors' code. */
function seedRows({ subject, outcomes }: Measured, method: Method): string[][] {
  const own = outcomes.slice(0, AUTHORS_SEEDS.length);
  return TEST_SETS.map((testSet) => [
    `${subject.name}, ${testSet}`,
    method === 'unpretrained' && testSet === 'redrawn' ? list(subject.authors) : '',
    list(own.map(({ peer }) => peer[method][testSet])),
    list(own.map(({ ours }) => ours[method][testSet])),
    list(own.flatMap(({ replayed }) => replayed?.[method][testSet] ?? [])),
  ]);
}

/** A row of each test set: all splits. */
function splitRows({ subject, outcomes }: Measured, method: Method): string[][] {
  const own = outcomes.slice(0, subject.splits);
  return TEST_SETS.map((testSet) => {
    const trainedOn = testSet === 'redrawn' ? mean(own.map(({ trained }) => trained)) : 0;
    const peer = own.map((outcome) => outcome.peer[method][testSet]);
    const ours = own.map((outcome) => outcome.ours[method][testSet]);
    return [
      `${subject.name}, ${testSet}`,
      String(subject.splits),
      `${(100 * trainedOn).toFixed(0)} %`,
      meanAndDeviation(peer),
      meanAndDeviation(ours),
      meanAndError(ours.map((percent, k) => percent - peer[k])),
    ];
  });
}

/** A row of each seed: the authors' splits in their order. */
function initialRows({ subject, outcomes }: Measured): string[][] {
  return range(1, subject.seeds + 1).map((seed) => {
    const ofSeed = outcomes.filter(
      (outcome) => outcome.seed === seed && AUTHORS_SEEDS.includes(outcome.split),
    );
    const onSplits = sortBy(ofSeed, ['split']);
    return [
      `${subject.name}, ${seed}`,
      list(onSplits.map(({ peer }) => peer.unpretrained.redrawn)),
      list(onSplits.map(({ ours }) => ours.unpretrained.redrawn)),
    ];
  });
}

function list(percents: readonly number[]): string {
  return percents.map((percent) => percent.toFixed(2)).join(' ');
}

function meanAndDeviation(percents: number[]): string {
  return `${mean(percents).toFixed(1)} ± ${standardDeviation(percents).toFixed(1)}`;
}
