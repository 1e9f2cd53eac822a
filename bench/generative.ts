/** SS-DGM beside a plain PyTorch version on Fashion-MNIST: both fitted on the same splits, each with draws of its own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noop, range } from 'es-toolkit';
import { mean } from 'simple-statistics';
import { parseConfig } from '../src/config/load.js';
import type { Run } from '../src/config/run.js';
import type { Dataset } from '../src/data/dataset.js';
import { prepare } from '../src/data/prepare.js';
import { fitDetector } from '../src/detectors/fit.js';
import { createEngine } from '../src/engine/device.js';
import type { Engine } from '../src/engine/engine.js';
import { auroc } from '../src/metrics/auroc.js';
import { planExperiments } from '../src/sweep/experiment.js';
import { inFolder } from './files.js';
import { pythonWith, Server, sourceFile } from './processes.js';
import { meanAndError, printTable } from './statistics.js';

const DATASET = 'fashion-mnist';
/** A thirtieth of the default schedule: two programs that train alike do so from the first epoch on. */
const SCHEDULE = { epochs: 5, fall: 4 };
const DRAWS = 4;

const CONFIG = `
name: generative
dataset: ${DATASET}
normalClass: all
knownAnomalyClassCount: 1
labeledAnomalyRatio: 0.01
detectors:
  - { name: ss-dgm, model: [m1+m2, m2], epochs: ${SCHEDULE.epochs}, learningRateMilestones: [${SCHEDULE.fall}] }
seeds: 1
`;

interface PeerRequest {
  readonly folder: string;
  readonly model: unknown;
  readonly epochs: number;
  readonly fall: number;
  readonly seed: number;
}

interface PeerAnswer {
  /** Of the test set. */
  readonly scores: readonly number[];
}

type Peer = Server<PeerRequest, PeerAnswer>;

/** AUROC in % on one split: one of each draw of initial weights, batches and latents. */
interface Outcome {
  readonly run: Run;
  readonly ours: number[];
  readonly peer: number[];
}

/** AUROC of both sides with each class as the normal one and another known, a few draws each on one split. */
export async function benchGenerative(): Promise<void> {
  const python = pythonWith('torch', 'python3-torch');
  if (python === undefined) {
    console.log('Not measured: it is a comparison with the peer.');
    return;
  }
  const [{ runs, datasets }] = await planExperiments([parseConfig(CONFIG, 'generative.yaml')], 'cpu');
  const peer: Peer = await Server.start([python, sourceFile('generative_peer.py')]);
  const engine = await createEngine('cpu');
  const outcomes: Outcome[] = [];
  const [dataset] = datasets.values();
  for (const [i, run] of runs.entries()) {
    // Others for each split, so that splits are independent.
    const seeds = range(i * DRAWS, (i + 1) * DRAWS);
    outcomes.push(await inFolder((folder) => measure(run, seeds, dataset, folder, peer, engine)));
  }
  await peer.stop();

  console.log(
    `The peer is ${peer.name}. AUROC in % on ${DATASET}, γ_l = .01, ${SCHEDULE.epochs} epochs of each training, ${DRAWS} draws of ` +
      'initial weights, batches and latents on each split; differences are ours less PyTorch’s of the means, at the end with the ' +
      'standard error over the splits\n',
  );
  for (const model of ['m1+m2', 'm2']) {
    const ofModel = outcomes.filter(({ run }) => run.detector.options.model === model);
    printTable([model, 'PyTorch', 'deepsad', 'difference'], rowsOf(ofModel));
    console.log();
  }
}

async function measure(
  run: Run,
  seeds: readonly number[],
  dataset: Dataset,
  folder: string,
  peer: Peer,
  engine: Engine,
): Promise<Outcome> {
  const { training, test } = prepare(dataset, run);
  await writeFile(join(folder, 'training.f32'), training.samples);
  await writeFile(join(folder, 'semi-targets.i8'), training.semiTargets);
  await writeFile(join(folder, 'test.f32'), test.samples);
  const outcome: Outcome = { run, ours: [], peer: [] };
  const percent = (scores: Float64Array) => 100 * auroc(scores, test.anomalies);
  for (const seed of seeds) {
    const detector = await fitDetector(run.detector, training, { seed, engine, report: noop });
    outcome.ours.push(percent(await detector.score(test.samples)));
    detector.dispose?.();
    const { model } = run.detector.options;
    const { scores } = await peer.ask({ folder, model, ...SCHEDULE, seed });
    outcome.peer.push(percent(Float64Array.from(scores)));
  }
  return outcome;
}

/** A row of each split, and one of all. */
function rowsOf(outcomes: readonly Outcome[]): string[][] {
  const list = (percents: number[]) => percents.map((percent) => percent.toFixed(1)).join(' ');
  const differences = outcomes.map(({ ours, peer }) => mean(ours) - mean(peer));
  const meanOf = (side: (outcome: Outcome) => number[]) => mean(outcomes.flatMap(side)).toFixed(1);
  return [
    ...outcomes.map(({ run, ours, peer }, i) => [
      `${run.normalClass}, known: ${run.knownAnomalyClasses.join()}`,
      list(peer),
      list(ours),
      differences[i].toFixed(1),
    ]),
    ['mean', meanOf(({ peer }) => peer), meanOf(({ ours }) => ours), meanAndError(differences)],
  ];
}
