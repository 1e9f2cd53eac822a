import { markdownTable } from 'markdown-table';
import { MNIST, runWatched } from './deepsad.js';

/** Runs of each number of workers: a peak may be shorter than the time between two looks at it. */
const ROUNDS = 3;

/** Peak memory of `deepsad run` on MNIST, its workers included, with one, two and three of them. */
export async function benchMemory(): Promise<void> {
  const peaks: number[] = [];
  for (const jobs of [1, 2, 3]) {
    const experiment = {
      ...MNIST,
      detectors: [{ name: 'deep-sad', pretrain: true, epochs: 2, pretrainEpochs: 2 }],
      seeds: Array.from({ length: jobs }, (_, i) => i + 1),
    };
    let peak = 0;
    for (let round = 0; round < ROUNDS; round++) {
      peak = Math.max(peak, (await runWatched(experiment, jobs, 'all')).peakMegabytes);
    }
    peaks.push(peak);
  }
  const rows = peaks.map((peak, i) => [
    String(i + 1),
    peak.toFixed(0),
    i > 0 ? `+${(peak - peaks[i - 1]).toFixed(0)}` : '',
  ]);
  console.log('Peak memory of the main process and its workers on MNIST, one run a worker\n');
  console.log(markdownTable([['workers', 'MB', 'more'], ...rows], { align: ['l', 'r', 'r'] }));
}
