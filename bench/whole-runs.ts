import { markdownTable } from 'markdown-table';
import type { RunRecord } from '../src/results/record.js';
import { MNIST, runDeepsad } from './deepsad.js';
import { digits, formatSpread, spreadOf } from './statistics.js';
import { startPeer } from './trainers.js';
import { BATCH_SIZE, PARTS, type Workload } from './workloads.js';

/** Epochs of the authors' schedule: of the pretraining, and of Deep SAD after it. */
const EPOCHS = 150;

export const benchCardio = () => benchWholeRun('cardio', tabular('cardio'), 5, EPOCHS);
export const benchShuttle = () => benchWholeRun('shuttle', tabular('shuttle'), 3, 10);
export const benchMnist = () => benchWholeRun('mnist', MNIST, 1, 5);

function tabular(dataset: string): Record<string, unknown> {
  return { dataset, labeledAnomalyRatio: 0.01 };
}

/**
 * One Deep SAD run on the authors' schedule as a whole process on one core, `repeats` times, with the peer before, between
 * and after. The peer trains the two networks for as many steps as our run took in `peerEpochs` epochs, and these seconds are
 * scaled to the whole schedule; the start of its process is added, its reading of data and scoring are not.
 */
async function benchWholeRun(
  workload: Workload,
  experiment: Record<string, unknown>,
  repeats: number,
  peerEpochs: number,
): Promise<void> {
  const detectors = [{ name: 'deep-sad', epochs: EPOCHS, pretrainEpochs: EPOCHS }];
  const ours: number[] = [];
  const peer: number[] = [];
  // A short run to learn how many batches an epoch has.
  const { records } = await runDeepsad(
    { ...experiment, detectors: [{ name: 'deep-sad', epochs: 1, pretrainEpochs: 1 }], seeds: 1 },
    1,
    'one',
  );
  const batches = batchesOf(records[0]);

  const measurePeer = async () => {
    const seconds = await peerSeconds(workload, batches, peerEpochs);
    if (seconds !== undefined) peer.push(seconds);
  };
  await measurePeer();
  for (let seed = 1; seed <= repeats; seed++) {
    ours.push((await runDeepsad({ ...experiment, detectors, seeds: seed }, 1, 'one')).seconds);
    await measurePeer();
  }

  const scaled = peerEpochs < EPOCHS ? `, scaled from ${peerEpochs} of ${EPOCHS} epochs of each phase` : '';
  console.log(`A whole Deep SAD run of ${workload}: ${EPOCHS} + ${EPOCHS} epochs of ${batches} batches\n`);
  console.log(
    markdownTable(
      [
        ['', 'seconds', 'runs'],
        ['deepsad run', formatSpread(spreadOf(ours)), String(ours.length)],
        [`PyTorch${scaled}`, peer.length > 0 ? formatSpread(spreadOf(peer)) : '–', String(peer.length)],
      ],
      { align: ['l', 'r', 'r'] },
    ),
  );
  if (peer.length > 0) console.log(`\nratio ${digits(spreadOf(peer).median / spreadOf(ours).median)}×`);
}

/** Seconds of the peer's process from its start, for the whole schedule; undefined where there is no peer. */
async function peerSeconds(workload: Workload, batches: number, epochs: number): Promise<number | undefined> {
  const peer = await startPeer();
  if (!peer) return undefined;
  let seconds = peer.startupSeconds;
  for (const part of PARTS) {
    const answer = await peer.ask({ network: workload, part, steps: epochs * batches });
    seconds += (answer.seconds * EPOCHS) / epochs;
  }
  await peer.stop();
  return seconds;
}

/** Batches in an epoch of a run, whose last incomplete batch is dropped. */
function batchesOf({ counts }: RunRecord): number {
  if (!counts) throw new Error('the run has no counts');
  const { labeledNormal, labeledAnomalies, unlabeledNormal, unlabeledAnomalies } = counts;
  return Math.floor((labeledNormal + labeledAnomalies + unlabeledNormal + unlabeledAnomalies) / BATCH_SIZE);
}
