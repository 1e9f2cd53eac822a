/**
 * Times the training steps of every network on the native engine: one process, then one a core, all at once. Prints a line of JSON each.
 * `--seconds` is when to stop; with `--quick` two processes take a step or two.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Server } from '../processes.js';
import type { StepsAnswer, StepsRequest, Trainer } from '../trainers.js';
import { PARTS, type Part, type Workload } from '../workloads.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '28' }, quick: { type: 'boolean', default: false } },
});
const deadline = performance.now() + 1000 * Number(values.seconds);
const processes = values.quick ? 2 : availableParallelism();
const SECONDS_A_MEASUREMENT = values.quick ? 0.02 : 0.8;
/** The ones to know first. */
const WORKLOADS: readonly Workload[] = ['mnist', 'cifar10', 'fashion-mnist', 'satellite'];
const OURS = fileURLToPath(new URL('ours.js', import.meta.url));

const trainers: Trainer[] = await Promise.all(
  Array.from({ length: processes }, (_, core) =>
    Server.start<StepsRequest, StepsAnswer>([process.execPath, OURS], core),
  ),
);
for (const network of WORKLOADS) {
  for (const part of PARTS) {
    if (performance.now() < deadline) await measure(network, part);
  }
}
for (const trainer of trainers) await trainer.stop();

async function measure(network: Workload, part: Part): Promise<void> {
  // The first step draws the samples.
  await Promise.all(trainers.map((trainer) => trainer.ask({ network, part, steps: 1 })));
  const [single] = trainers;
  const tried = await single.ask({ network, part, steps: 2 });
  const steps = Math.max(2, Math.ceil((2 * SECONDS_A_MEASUREMENT) / tried.seconds));
  const alone = await single.ask({ network, part, steps });
  print(network, part, 1, alone.seconds / steps);

  const together = await Promise.all(trainers.map((trainer) => trainer.ask({ network, part, steps })));
  const rate = together.reduce((sum, { seconds }) => sum + steps / seconds, 0);
  print(network, part, processes, processes / rate);
}

/** @param seconds of a step of all models */
function print(network: Workload, part: Part, models: number, seconds: number): void {
  const what = 'native, a process a model';
  const times = { ms: 1e3 * seconds, us_per_model: (1e6 * seconds) / models };
  console.log(JSON.stringify({ what, network, part, models, ...times }));
}
