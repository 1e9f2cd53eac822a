import { markdownTable } from 'markdown-table';
import type { RunRecord } from '../src/results/record.js';
import { MNIST, runDeepsad, runQuickstart } from './deepsad.js';
import { digits, formatSpread, spreadOf } from './statistics.js';
import { PEERS, startPeer } from './trainers.js';
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
  const detectors = [{ name: 'deep-sad', pretrain: true, epochs: EPOCHS, pretrainEpochs: EPOCHS }];
  const ours: number[] = [];
  const peers = PEERS.map(() => ({ name: '', seconds: [] as number[] }));
  // A short run to learn how many batches an epoch has.
  const { records } = await runDeepsad(
    {
      ...experiment,
      detectors: [{ name: 'deep-sad', pretrain: true, epochs: 1, pretrainEpochs: 1 }],
      seeds: 1,
    },
    1,
    'one',
  );
  const batches = batchesOf(records[0]);

  const measurePeers = async () => {
    for (const [index, kind] of PEERS.entries()) {
      const measured = await peerSeconds(kind, workload, batches, peerEpochs);
      if (!measured) continue;
      peers[index].name = measured.name;
      peers[index].seconds.push(measured.seconds);
    }
  };
  await measurePeers();
  for (let seed = 1; seed <= repeats; seed++) {
    ours.push((await runDeepsad({ ...experiment, detectors, seeds: seed }, 1, 'one')).seconds);
    await measurePeers();
  }

  const scaled = peerEpochs < EPOCHS ? `, scaled from ${peerEpochs} of ${EPOCHS} epochs of each phase` : '';
  console.log(`A whole Deep SAD run of ${workload}: ${EPOCHS} + ${EPOCHS} epochs of ${batches} batches\n`);
  console.log(
    markdownTable(
      [
        ['', 'seconds', 'runs', 'ratio'],
        ['deepsad run', formatSpread(spreadOf(ours)), String(ours.length), ''],
        ...peers
          .filter(({ seconds }) => seconds.length > 0)
          .map(({ name, seconds }) => [
            `${name}${scaled}`,
            formatSpread(spreadOf(seconds)),
            String(seconds.length),
            `${digits(spreadOf(seconds).median / spreadOf(ours).median)}×`,
          ]),
      ],
      { align: ['l', 'r', 'r', 'r'] },
    ),
  );
}

/** The command that README begins with, as a new user has it: all cores, an empty cache. */
export async function benchQuickstart(): Promise<void> {
  const runs = [];
  for (let repeat = 0; repeat < 3; repeat++) runs.push(await runQuickstart());
  const seconds = spreadOf(runs.map((run) => run.seconds));
  console.log(`deepsad run configs/quickstart.yaml, with an empty cache: ${formatSpread(seconds)} s\n`);
  const [{ records }] = runs;
  const rows = records.map((record) => [
    record.detector.name,
    record.status === 'done' ? (100 * record.auroc).toFixed(1) : 'failed',
    digits(Object.values(record.seconds).reduce((sum, part) => sum + part, 0)),
  ]);
  const align = ['l', 'r', 'r'];
  console.log(markdownTable([['detector', 'AUROC, %', 'seconds of the run'], ...rows], { align }));
}

/** Seconds of a peer's process from its start, for the whole schedule, and its name; undefined where there is no peer. */
async function peerSeconds(
  kind: (typeof PEERS)[number],
  workload: Workload,
  batches: number,
  epochs: number,
): Promise<{ readonly name: string; readonly seconds: number } | undefined> {
  const peer = await startPeer(kind);
  if (!peer) return undefined;
  let seconds = peer.startupSeconds;
  for (const part of PARTS) {
    const answer = await peer.ask({ network: workload, part, steps: epochs * batches });
    seconds += (answer.seconds * EPOCHS) / epochs;
  }
  await peer.stop();
  return { name: peer.name, seconds };
}

/** Batches in an epoch of a run, whose last incomplete batch is dropped. */
function batchesOf({ counts }: RunRecord): number {
  if (!counts) throw new Error('the run has no counts');
  const { labeledNormal, labeledAnomalies, unlabeledNormal, unlabeledAnomalies } = counts;
  return Math.floor((labeledNormal + labeledAnomalies + unlabeledNormal + unlabeledAnomalies) / BATCH_SIZE);
}
