import { zipWith } from 'es-toolkit';
import { markdownTable } from 'markdown-table';
import { MNIST, runDeepsad } from './deepsad.js';
import { formatSpread, spreadOf } from './statistics.js';

const RUNS = 4;
const ROUNDS = 3;

/**
 * How many runs an hour one worker and two workers finish, in turns. The ratio is the median of those of neighbouring measurements, which
 * a machine that is slower for a while slows alike; every other round begins with two, so that a trend favours neither.
 */
export async function benchWorkers(): Promise<void> {
  const experiment = {
    ...MNIST,
    detectors: [{ name: 'deep-sad', pretrain: true }],
    seeds: Array.from({ length: RUNS }, (_, i) => i + 1),
  };
  const runsAnHour: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const jobs of round % 2 === 0 ? ([1, 2] as const) : ([2, 1] as const)) {
      const { seconds } = await runDeepsad(experiment, jobs, 'all');
      runsAnHour[jobs].push((3600 * RUNS) / seconds);
    }
  }
  const ratios = zipWith(runsAnHour[1], runsAnHour[2], (one, two) => two / one);
  console.log(`Runs an hour: ${RUNS} MNIST runs of Deep SAD, 150 + 150 epochs, in a process\n`);
  console.log(
    markdownTable(
      [
        ['workers', 'runs an hour', 'against one'],
        ['1', formatSpread(spreadOf(runsAnHour[1])), ''],
        ['2', formatSpread(spreadOf(runsAnHour[2])), `${formatSpread(spreadOf(ratios))}×`],
      ],
      { align: ['l', 'r', 'r'] },
    ),
  );
}
