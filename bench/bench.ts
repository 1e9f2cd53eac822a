/** `npm run bench -- [names]`: what is measured, and how, is in README.md beside this file. */
import { availableParallelism, cpus } from 'node:os';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { loadKernels } from '../src/engine/native/kernels.js';
import { benchAgreement } from './agreement.js';
import { benchBundles } from './bundles.js';
import { benchExpansion } from './expansion.js';
import { benchGenerative } from './generative.js';
import { benchLayers } from './layers.js';
import { benchMemory } from './memory.js';
import { benchOverhead } from './overhead.js';
import { PINNING } from './processes.js';
import { benchReport } from './report.js';
import { benchScore } from './score.js';
import { benchDensity, benchOcSvm, benchShallowShuttle, benchSsad } from './shallow.js';
import { digits } from './statistics.js';
import { benchSteps } from './steps.js';
import { benchCardio, benchMnist, benchQuickstart, benchShuttle } from './whole-runs.js';
import { benchWorkers } from './workers.js';

const BENCHES = {
  steps: benchSteps,
  layers: benchLayers,
  cardio: benchCardio,
  quickstart: benchQuickstart,
  memory: benchMemory,
  shuttle: benchShuttle,
  mnist: benchMnist,
  workers: benchWorkers,
  overhead: benchOverhead,
  bundles: benchBundles,
  expansion: benchExpansion,
  report: benchReport,
  score: benchScore,
  'oc-svm': benchOcSvm,
  ssad: benchSsad,
  'shallow-shuttle': benchShallowShuttle,
  density: benchDensity,
  agreement: benchAgreement,
  generative: benchGenerative,
};
type Name = keyof typeof BENCHES;
const NAMES = Object.keys(BENCHES) as Name[];

/** What runs when no name is given: each takes under a minute. */
const QUICK: readonly Name[] = ['steps', 'cardio', 'memory'];

await yargs(hideBin(process.argv))
  .scriptName('npm run bench --')
  .command(
    '$0 [names..]',
    'Measures deepsad, beside its peers where they are installed',
    (command) =>
      command.positional('names', {
        choices: NAMES,
        array: true,
        default: QUICK,
        describe: 'What to measure',
      }),
    ({ names }) => bench(names),
  )
  .strict()
  .showHelpOnFail(false)
  .parseAsync();

async function bench(names: readonly Name[]): Promise<void> {
  const { instructionSet, kernels } = loadKernels();
  console.log(
    `${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.versions.node}, ${PINNING}, ` +
      `FMA peak ${digits(kernels.measureFmaPeak())} GFLOP/s a core (${instructionSet})`,
  );
  for (const name of names) {
    console.log(`\n## ${name}\n`);
    await BENCHES[name]();
  }
}
