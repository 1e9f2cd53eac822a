/** OC-SVM, SSAD, KDE and isolation forest beside scikit-learn's, and SSAD beside a dense quadratic program. */
import { markdownTable } from 'markdown-table';
import { sum } from 'simple-statistics';
import { sampleSize, type TestSet, type TrainingSet } from '../src/data/dataset.js';
import { type PreparedData, prepare } from '../src/data/prepare.js';
import { loadDataset } from '../src/data/registry.js';
import { rowsAt } from '../src/data/rows-at.js';
import { BANDWIDTHS } from '../src/detectors/shallow/bandwidth.js';
import { auroc } from '../src/metrics/auroc.js';
import { type Measured, MNIST, runWatched, type Watched } from './deepsad.js';
import {
  type ShallowAnswer,
  type ShallowRequest,
  type ShallowTrainer,
  startShallowOurs,
  startShallowPeer,
  withProblem,
} from './shallow-trainers.js';
import { digits, formatSpread, spreadOf } from './statistics.js';

/** Of each whole run of ours. */
const REPEATS = 3;

const ZEROS = { dataset: 'mnist', normalClass: '0', knownAnomalyClass: '1' };

/** OC-SVM on all of MNIST's zeros with the paper's ten bandwidths, whole process; the peer scores some of the test images only. */
export async function benchOcSvm(): Promise<void> {
  const { training, test } = await load('mnist', 0);
  const experiment = { ...ZEROS, detectors: ['oc-svm'], seeds: 1 };
  const peer = await startShallowPeer();
  const runs = [await runWatched(experiment, 1, 'one')];
  const answers: ShallowAnswer[] = [];
  if (peer) {
    await withProblem(training, firstOf(test, SCORED), async (problem) => {
      for (const gamma of BANDWIDTHS) {
        answers.push(await peer.ask({ ...problem, method: 'oc-svm', gamma }));
        // Ours again between the peer's narrow bandwidths and its wide ones.
        if (answers.length === BANDWIDTHS.length / 2) runs.push(await runWatched(experiment, 1, 'one'));
      }
    });
    await peer.stop();
  }
  runs.push(await runWatched(experiment, 1, 'one'));

  const chosen = runs[0].records[0].notes?.gamma as number;
  console.log(
    `OC-SVM on ${training.count} zeros of MNIST: ten bandwidths fitted, one (${chosen}) chosen on ${HOLD_OUT} test images, ` +
      `all ${test.count} scored\n`,
  );
  const rows = [wholeRunRow('deepsad run, whole process', runs)];
  if (!peer) {
    printWholeRuns(rows);
    return;
  }
  const fits = answers.map(({ fitSeconds }) => fitSeconds);
  const scoring = answers.map(({ scoreSeconds }, k) => {
    const images = HOLD_OUT + (BANDWIDTHS[k] === chosen ? test.count : 0);
    return (scoreSeconds * images) / SCORED;
  });
  const peerSeconds = sum(fits) + sum(scoring);
  printWholeRuns([...rows, [`${peer.name}, scoring scaled`, digits(peerSeconds), '1', '–']]);
  const ours = spreadOf(runs.map(({ seconds }) => seconds)).median;
  console.log(
    `\nratio ${digits(peerSeconds / ours)}×\n\nThe peer's ten fits took ${fits.map(digits).join(', ')} s; its scoring, ` +
      `${digits(sum(scoring))} s, is scaled from ${SCORED} test images a bandwidth.`,
  );
}

/** Test images that the choice of the bandwidth looks at, a tenth. */
const HOLD_OUT = 1000;

/** Test images that the peer scores: its time an image is the same for all. */
const SCORED = 100;

/** SSAD beside a dense quadratic program at 2,100 points, and alone at MNIST's size with ten bandwidths, whole process. */
export async function benchSsad(): Promise<void> {
  const { training, test } = await load('mnist', 0.01);
  const trainers = await startBoth();
  const rows: string[][] = [];
  for (const points of [1050, 2100]) {
    const problem = { training: everyNth(training, training.count / points), test };
    for (const constraints of ['sparse', 'dense'] as const) {
      const method = { method: 'ssad', gamma: 1 / 32, constraints } as const;
      rows.push(
        await compare(`SSAD, ${points} points; ${constraints} constraints`, problem, method, trainers),
      );
    }
  }
  await stopBoth(trainers);
  console.log(
    'SSAD on MNIST with γ = 1/32: the Gram matrix and the fit; then scoring the 10,000 test images. The peer is a quadratic program ' +
      'with a dense kernel matrix and sparse constraints, as in the authors’ code, or dense ones\n',
  );
  printComparison(rows, trainers);

  const runs: Watched[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    runs.push(await runWatched({ ...MNIST, detectors: ['ssad'], seeds: 1 }, 1, 'one'));
  }
  console.log('\nSSAD on MNIST with ten bandwidths, whole process\n');
  printWholeRuns([wholeRunRow(`deepsad run, ${trainingCount(runs[0])} points`, runs)]);
}

/** OC-SVM with ten bandwidths on shuttle, whose Gram matrix would take 3 GB. */
export async function benchShallowShuttle(): Promise<void> {
  const runs: Watched[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    runs.push(await runWatched({ dataset: 'shuttle', detectors: ['oc-svm'], seeds: 1 }, 1, 'one'));
  }
  console.log('OC-SVM on shuttle with ten bandwidths in 1000 MB for kernel values, whole process\n');
  printWholeRuns([wholeRunRow(`deepsad run, ${trainingCount(runs[0])} points`, runs)]);
}

/** KDE with its choice of bandwidth, and isolation forest, on tables and on images. */
export async function benchDensity(): Promise<void> {
  const satellite = await load('satellite', 0);
  const shuttle = await load('shuttle', 0);
  const fifth = { ...shuttle, training: everyNth(shuttle.training, 5) };
  const zeros = await load('mnist', 0);
  const fewZeros = { training: everyNth(zeros.training, 4), test: firstOf(zeros.test, 1000) };
  const trainers = await startBoth();
  const rows = [
    await compare('KDE, satellite', satellite, { method: 'kde' }, trainers),
    await compare('KDE, a fifth of shuttle', fifth, { method: 'kde' }, trainers),
    await compare('KDE, a quarter of MNIST’s zeros', fewZeros, { method: 'kde' }, trainers),
    await compare('isolation forest, satellite', satellite, { method: 'isolation-forest' }, trainers),
    await compare('isolation forest, shuttle', shuttle, { method: 'isolation-forest' }, trainers),
    await compare('isolation forest, MNIST', zeros, { method: 'isolation-forest' }, trainers),
  ];
  await stopBoth(trainers);
  console.log(
    'KDE with its bandwidth chosen among ten by 5-fold cross-validation, and isolation forest with 100 trees of 256 samples\n',
  );
  printComparison(rows, trainers);
}

interface Trainers {
  readonly ours: ShallowTrainer;
  readonly peer: ShallowTrainer | undefined;
}

async function startBoth(): Promise<Trainers> {
  return { ours: await startShallowOurs(), peer: await startShallowPeer() };
}

async function stopBoth({ ours, peer }: Trainers): Promise<void> {
  await ours.stop();
  await peer?.stop();
}

/** A row of both sides on one problem: ours, the peer once, and ours again. */
async function compare(
  name: string,
  { training, test }: Pick<PreparedData, 'training' | 'test'>,
  method: Pick<ShallowRequest, 'method' | 'gamma' | 'constraints'>,
  { ours, peer }: Trainers,
): Promise<string[]> {
  const [ourAnswers, peerAnswer] = await withProblem(training, test, async (problem) => {
    const request = { ...problem, ...method };
    const first = [await ours.ask(request), await ours.ask(request)];
    const beside = await peer?.ask(request);
    return [[...first, await ours.ask(request)], beside] as const;
  });
  const fit = spreadOf(ourAnswers.map(({ fitSeconds }) => fitSeconds));
  const score = spreadOf(ourAnswers.map(({ scoreSeconds }) => scoreSeconds));
  const percent = ({ scores }: ShallowAnswer) =>
    (100 * auroc(Float64Array.from(scores), test.anomalies)).toFixed(1);
  const peerCells = peerAnswer
    ? [
        digits(peerAnswer.fitSeconds),
        digits(peerAnswer.scoreSeconds),
        `${digits(peerAnswer.fitSeconds / fit.median)}×`,
        `${digits(peerAnswer.scoreSeconds / score.median)}×`,
        percent(peerAnswer),
      ]
    : ['–', '–', '–', '–', '–'];
  const [peerFit, peerScore, fitRatio, scoreRatio, peerAuroc] = peerCells;
  return [
    name,
    formatSpread(fit),
    peerFit,
    fitRatio,
    formatSpread(score),
    peerScore,
    scoreRatio,
    percent(ourAnswers[0]),
    peerAuroc,
  ];
}

function printComparison(rows: readonly string[][], { peer }: Trainers): void {
  const header = ['', 'fit, s', 'peer', 'ratio', 'score, s', 'peer', 'ratio', 'AUROC', 'peer'];
  console.log(markdownTable([header, ...rows], { align: ['l', ...header.slice(1).map(() => 'r')] }));
  if (peer) console.log(`\nThe peer is ${peer.name}, measured once.`);
}

function wholeRunRow(name: string, runs: readonly Watched[]): string[] {
  const seconds = spreadOf(runs.map((run) => run.seconds));
  const peak = spreadOf(runs.map(({ peakMegabytes }) => peakMegabytes));
  return [name, formatSpread(seconds), String(runs.length), formatSpread(peak)];
}

function printWholeRuns(rows: readonly string[][]): void {
  console.log(markdownTable([['', 'seconds', 'runs', 'peak MB'], ...rows], { align: ['l', 'r', 'r', 'r'] }));
}

/** The split of seed 1 with the zeros, or the normal rows, as the normal class and the ones, or none, as known anomalies. */
async function load(
  name: 'mnist' | 'satellite' | 'shuttle',
  labeledAnomalyRatio: number,
): Promise<PreparedData> {
  return prepare(await loadDataset(name), {
    normalClass: name === 'mnist' ? ZEROS.normalClass : 'normal',
    knownAnomalyClasses: labeledAnomalyRatio > 0 ? [ZEROS.knownAnomalyClass] : [],
    labeledAnomalyRatio,
    labeledNormalRatio: 0,
    pollutionRatio: 0,
    seed: 1,
  });
}

/** One training sample in `step`, evenly; each kind keeps its share, since the kinds lie one after the other. */
function everyNth({ shape, samples, semiTargets, count }: TrainingSet, step: number): TrainingSet {
  const chosen = Array.from({ length: Math.floor(count / step) }, (_, k) => Math.floor(k * step));
  return {
    shape,
    count: chosen.length,
    samples: rowsAt(samples, sampleSize(shape), chosen),
    semiTargets: Int8Array.from(chosen, (index) => semiTargets[index]),
  };
}

function firstOf({ samples, anomalies, count: all }: TestSet, count: number): TestSet {
  return {
    count,
    samples: samples.subarray(0, (samples.length / all) * count),
    anomalies: anomalies.subarray(0, count),
  };
}

function trainingCount({ records: [{ counts }] }: Measured): number {
  if (!counts) throw new Error('the run has no counts');
  const { labeledNormal, labeledAnomalies, unlabeledNormal, unlabeledAnomalies } = counts;
  return labeledNormal + labeledAnomalies + unlabeledNormal + unlabeledAnomalies;
}
