import { markdownTable } from 'markdown-table';
import { trainingMultiplyAdds } from './operations.js';
import { digits, formatSpread, type Spread, spreadOf } from './statistics.js';
import { startOurs, startPeer, type Trainer } from './trainers.js';
import { BATCH_SIZE, networkOf, PARTS, type Part, type Workload } from './workloads.js';

const WORKLOADS: readonly Workload[] = ['mnist', 'fashion-mnist', 'cifar10', 'satellite'];
const ROUNDS = 7;
const SECONDS_A_MEASUREMENT = 0.3;

/** Training steps of every network on both sides, in turns. */
export async function benchSteps(): Promise<void> {
  const ours = await startOurs();
  const peer = await startPeer();
  const sides = peer ? [ours, peer] : [ours];
  const rows = [];
  for (const workload of WORKLOADS) {
    for (const part of PARTS) rows.push(row(workload, part, await measure(sides, workload, part)));
  }
  await Promise.all(sides.map((side) => side.stop()));

  const header = [
    'network',
    'part',
    `${ours.name}, ms`,
    `${peer?.name ?? 'PyTorch'}, ms`,
    'ratio',
    'GFLOP/s',
  ];
  console.log(
    `Training steps of ${BATCH_SIZE} samples: median (smallest–largest) of ${ROUNDS} measurements\n`,
  );
  console.log(markdownTable([header, ...rows], { align: ['l', 'l', 'r', 'r', 'r', 'r'] }));
}

function row(workload: Workload, part: Part, [ours, peer]: readonly Spread[]): string[] {
  const operations = 2 * BATCH_SIZE * trainingMultiplyAdds(networkOf(workload, part));
  return [
    workload,
    part,
    formatSpread(ours),
    peer ? formatSpread(peer) : '–',
    peer ? `${digits(peer.median / ours.median)}×` : '–',
    digits(operations / ours.median / 1e6),
  ];
}

/**
 * The milliseconds of a step on each side, measured in turns after a first measurement that only warms up and finds how many
 * steps fill one.
 *
 * @throws Error where the sides did not build the same network
 */
async function measure(sides: readonly Trainer[], network: Workload, part: Part): Promise<Spread[]> {
  const counts: number[] = [];
  const parameters = new Set<number>();
  for (const side of sides) {
    await side.ask({ network, part, steps: 1 });
    const answer = await side.ask({ network, part, steps: 2 });
    counts.push(Math.ceil((2 * SECONDS_A_MEASUREMENT) / answer.seconds));
    parameters.add(answer.parameters);
  }
  if (parameters.size > 1) throw new Error(`${network} ${part}: ${[...parameters].join(' and ')} parameters`);

  const milliseconds: number[][] = sides.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, side] of sides.entries()) {
      const { seconds } = await side.ask({ network, part, steps: counts[i] });
      milliseconds[i].push((1000 * seconds) / counts[i]);
    }
  }
  return milliseconds.map(spreadOf);
}
