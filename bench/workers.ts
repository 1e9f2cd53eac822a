import { markdownTable } from 'markdown-table';
import { MNIST, runDeepsad } from './deepsad.js';
import { digits, formatSpread, spreadOf } from './statistics.js';

const RUNS = 4;
const EPOCHS = 20;
const ROUNDS = 3;

/** How many runs an hour one worker and two workers finish, in turns. */
export async function benchWorkers(): Promise<void> {
  const experiment = {
    ...MNIST,
    detectors: [{ name: 'deep-sad', epochs: EPOCHS, pretrainEpochs: EPOCHS }],
    seeds: Array.from({ length: RUNS }, (_, i) => i + 1),
  };
  const runsAnHour: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const jobs of [1, 2] as const) {
      const { seconds } = await runDeepsad(experiment, jobs, 'all');
      runsAnHour[jobs].push((3600 * RUNS) / seconds);
    }
  }
  const [one, two] = [spreadOf(runsAnHour[1]), spreadOf(runsAnHour[2])];
  console.log(`Runs an hour: ${RUNS} MNIST runs of ${EPOCHS} + ${EPOCHS} epochs in a process\n`);
  console.log(
    markdownTable(
      [
        ['workers', 'runs an hour', 'against one'],
        ['1', formatSpread(one), ''],
        ['2', formatSpread(two), `${digits(two.median / one.median)}×`],
      ],
      { align: ['l', 'r', 'r'] },
    ),
  );
}
