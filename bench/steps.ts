import { markdownTable } from 'markdown-table';
import { trainingMultiplyAdds } from '../src/engine/native/multiply-adds.js';
import { digits, formatSpread, type Spread, spreadOf } from './statistics.js';
import { PEERS, startDevices, startOurs, startPeer, type Trainer } from './trainers.js';
import {
  BATCH_SIZE,
  GENERATIVE,
  GENERATIVE_WORKLOAD,
  type Generative,
  networkOf,
  PARTS,
  type Part,
  type Workload,
} from './workloads.js';

const WORKLOADS: readonly Workload[] = ['mnist', 'fashion-mnist', 'cifar10', 'satellite'];
const ROUNDS = 7;
const SECONDS_A_MEASUREMENT = 0.3;

/** Training steps of every network on both sides and on each other device of this machine, in turns. */
export async function benchSteps(): Promise<void> {
  const ours = await startOurs();
  const peers = (await Promise.all(PEERS.map(startPeer))).filter((peer) => peer !== undefined);
  const devices = await startDevices();
  const rows = [];
  for (const workload of WORKLOADS) {
    for (const part of PARTS) {
      rows.push(row(workload, part, await measure(workload, part, ours, peers, devices)));
    }
  }
  for (const part of GENERATIVE) {
    const measured = await measure(GENERATIVE_WORKLOAD, part, ours, peers, []);
    rows.push([...compared(GENERATIVE_WORKLOAD, part, measured), '–', '–', ...devices.map(() => '–')]);
  }
  for (const side of [ours, ...peers, ...devices]) await side.stop();

  const header = [
    'network',
    'part',
    `${ours.name}, ms`,
    ...peers.flatMap(({ name }) => [`${name}, ms`, 'ratio']),
    'GFLOP/s',
    'of FMA peak',
    ...devices.map(({ name }) => `${name}, ms`),
  ];
  console.log(
    `Training steps of ${BATCH_SIZE} samples: median (smallest–largest) of ${ROUNDS} measurements\n`,
  );
  const align = header.map((_, column) => (column < 2 ? 'l' : 'r'));
  console.log(markdownTable([header, ...rows], { align }));
}

/** Milliseconds of a step on each side, and the peak of our core beside them. */
interface Measured {
  readonly ours: Spread;
  readonly peers: readonly Spread[];
  readonly devices: readonly Spread[];
  /** In GFLOP/s. */
  readonly fmaPeak: number;
}

function row(workload: Workload, part: Part, { ours, peers, devices, fmaPeak }: Measured): string[] {
  const operations = 2 * BATCH_SIZE * trainingMultiplyAdds(networkOf(workload, part));
  const gigaflops = operations / ours.median / 1e6;
  return [
    ...compared(workload, part, { ours, peers }),
    digits(gigaflops),
    `${((100 * gigaflops) / fmaPeak).toFixed(0)} %`,
    ...devices.map(formatSpread),
  ];
}

/** The columns of our side and the peers. */
function compared(
  workload: Workload,
  part: Part | Generative,
  { ours, peers }: Pick<Measured, 'ours' | 'peers'>,
): string[] {
  return [
    workload,
    part,
    formatSpread(ours),
    ...peers.flatMap((peer) => [formatSpread(peer), `${digits(peer.median / ours.median)}×`]),
  ];
}

/**
 * Measures the sides in turns, after a first measurement that only warms up and finds how many steps fill one.
 *
 * @throws Error where the sides did not build the same network
 */
async function measure(
  network: Workload,
  part: Part | Generative,
  ours: Trainer,
  peers: readonly Trainer[],
  devices: readonly Trainer[],
): Promise<Measured> {
  const sides = [ours, ...devices, ...peers].map((trainer) => ({
    trainer,
    steps: 0,
    milliseconds: [] as number[],
  }));
  const parameters = new Set<number>();
  for (const side of sides) {
    await side.trainer.ask({ network, part, steps: 1 });
    const answer = await side.trainer.ask({ network, part, steps: 2 });
    side.steps = Math.ceil((2 * SECONDS_A_MEASUREMENT) / answer.seconds);
    parameters.add(answer.parameters);
  }
  if (parameters.size > 1) throw new Error(`${network} ${part}: ${[...parameters].join(' and ')} parameters`);

  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { trainer, steps, milliseconds } of sides) {
      const { seconds, fmaPeak } = await trainer.ask({ network, part, steps });
      milliseconds.push((1000 * seconds) / steps);
      if (fmaPeak !== undefined) peaks.push(fmaPeak);
    }
  }
  const [oursSpread, ...others] = sides.map(({ milliseconds }) => spreadOf(milliseconds));
  return {
    ours: oursSpread,
    peers: others.slice(devices.length),
    devices: others.slice(0, devices.length),
    fmaPeak: peaks.length > 0 ? spreadOf(peaks).median : Number.NaN,
  };
}
