import path from 'node:path';
import { sum } from 'es-toolkit/math/sum';
import { sumBy } from 'es-toolkit/math/sumBy';
import { isFolder } from '../../files/folders.js';
import { digest } from '../checksum.js';
import {
  ANOMALY_CLASS,
  type Dataset,
  type DatasetDefaults,
  type MachineTest,
  NORMAL_CLASS,
  type Samples,
} from '../dataset.js';
import { fingerprints, keptOf, stretchFingerprints, trainedShare } from '../fingerprints.js';
import { outnumbering } from '../label-meanings.js';
import { labelFolder, machineFile, machinesInBoth, TEST, TRAINING } from './folder.js';
import {
  boundsOf,
  cut,
  describeVariables,
  fitMachines,
  type MachineRange,
  MachineWatch,
  readMachine,
  type ScaledSeries,
} from './machine.js';
import { checkLabelCount, readStepLabels } from './steps.js';
import { checkBytes, checkWindowing, type Windowing, windowLabels } from './windows.js';

/** A user's own time series. */
export interface OwnSeries extends Windowing {
  /**
   * Path, from the working directory, of a folder in SMD's layout: train/MACHINE.txt, test/MACHINE.txt and test_label/MACHINE.txt, and
   * train_label/MACHINE.txt where anomalies in training are known.
   */
  readonly series: string;
  /** One machine to train and test on alone; without it, one model is for all. */
  readonly machine?: string | undefined;
}

export const SERIES_DEFAULTS: DatasetDefaults = {
  network: 'mlp',
  hiddenSizes: [128, 64],
  representationSize: 32,
};

/**
 * Reads a user's own time series and cuts them into windows, each a sample of windowLength × variables values. Every variable of a machine is
 * scaled to its range in the machine's training part. A window is anomalous where one of its time steps is.
 *
 * @throws UserError, naming file and row, where the folder is not of this layout, or as `checkWindowing` does
 */
export async function loadOwnSeries(own: OwnSeries): Promise<Dataset> {
  const { series: folder, windowLength, stride, machine } = own;
  checkWindowing(own);
  const machines =
    machine === undefined ? machinesInBoth(path.join(folder, TRAINING), path.join(folder, TEST)) : [machine];
  const fitted = await fitMachines(
    machines.map((name) => ({ name, file: machineFile(path.join(folder, TRAINING), name) })),
  );
  const watch = new MachineWatch(fitted);
  const training: WindowedSeries[] = [];
  const test: WindowedSeries[] = [];
  for (const [name, machine] of fitted) {
    const see = (values: readonly number[]) => watch.see(name, values);
    training.push(await readWindowed(path.join(folder, TRAINING), name, machine, own, () => {}));
    test.push(await readWindowed(path.join(folder, TEST), name, machine, own, see));
  }
  const [{ variables }] = training;
  const windows = sumBy([...training, ...test], ({ starts }) => starts.length);
  checkBytes(windows, windowLength * variables, folder, 'one machine (key machine)');
  return {
    name: machine === undefined ? folder : path.join(folder, machine),
    shape: [windowLength * variables],
    scaled: Array.from(fitted, ([name, machine]) => ({ name, ...boundsOf(machine) })),
    classNames: [NORMAL_CLASS, ANOMALY_CLASS],
    training: samplesOf(training, windowLength),
    test: samplesOf(test, windowLength),
    series: {
      windowLength,
      stride,
      machines: test.map(({ name, starts, anomalies }): MachineTest => ({ name, starts, anomalies })),
    },
    checksum: digest('sha256', [
      Buffer.from(JSON.stringify({ machines, windowLength, stride })),
      ...[...training, ...test].flatMap(({ values, anomalies }) => [
        new Uint8Array(values.buffer),
        anomalies,
      ]),
    ]),
    defaults: SERIES_DEFAULTS,
    notices: [
      ...labelNotices(labelFolder(path.join(folder, TEST)), test),
      ...describeVariables(path.join(folder, TRAINING), fitted),
      ...watch.notices(path.join(folder, TEST)),
      ...sharedNotice(folder, training, test, windowLength),
    ],
  };
}

/** What the labels of time steps were taken to mean, and whether that may be the other way round. */
function labelNotices(place: string, series: readonly WindowedSeries[]): string[] {
  const steps = sumBy([...series], ({ anomalies }) => anomalies.length);
  const anomalous = sumBy([...series], ({ anomalies }) => sum([...anomalies]));
  const said = `${place}: ${steps - anomalous} time steps normal (0), ${anomalous} anomalous (1)`;
  return [said, ...outnumbering(place, anomalous, steps - anomalous)];
}

/** The warning about a test part that is a copy of what runs are trained on. */
function sharedNotice(
  folder: string,
  training: readonly WindowedSeries[],
  test: readonly WindowedSeries[],
  windowLength: number,
): string[] {
  const [trained, tested] = [training, test].map((part) =>
    part.flatMap(({ values, variables }) =>
      stretchFingerprints(fingerprints(values, variables), windowLength),
    ),
  );
  const share = trainedShare(keptOf(trained), tested);
  if (share === 0) return [];
  const found = share === 1 ? 'all' : `about ${Math.round(100 * share)} %`;
  return [
    `${path.join(folder, TEST)}: ${found} of its stretches of ${windowLength} time steps are in ${path.join(folder, TRAINING)} too, on which ` +
      'runs are trained; take them out of one of the two',
  ];
}

/** A series, where its windows start, and which of its time steps are anomalous. */
interface WindowedSeries extends ScaledSeries {
  readonly name: string;
  readonly starts: Uint32Array;
  /** 1 for an anomalous time step, else 0. */
  readonly anomalies: Uint8Array;
}

async function readWindowed(
  folder: string,
  name: string,
  machine: MachineRange,
  windowing: Windowing,
  see: (values: readonly number[]) => void,
): Promise<WindowedSeries> {
  const file = machineFile(folder, name);
  const series = await readMachine(file, machine, see);
  const labels = labelFolder(folder);
  const isUnlabeled = path.basename(folder) === TRAINING && !isFolder(labels);
  const labelFile = machineFile(labels, name);
  const anomalies = isUnlabeled ? new Uint8Array(series.steps) : await readStepLabels(labelFile);
  checkLabelCount(anomalies, labelFile, file, series.steps);
  return { ...series, name, starts: cut(series, windowing, file), anomalies };
}

/** The windows of all machines, one after the other. */
function samplesOf(all: readonly WindowedSeries[], windowLength: number): Samples {
  const count = sum(all.map(({ starts }) => starts.length));
  const size = windowLength * all[0].variables;
  const values = new Float32Array(count * size);
  const classes = new Uint8Array(count);
  let window = 0;
  for (const { values: steps, variables, starts, anomalies } of all) {
    classes.set(windowLabels(starts, windowLength, anomalies), window);
    for (const start of starts) {
      values.set(steps.subarray(start * variables, start * variables + size), window * size);
      window++;
    }
  }
  return { count, values, classes };
}
