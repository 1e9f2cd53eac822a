import { sumBy } from 'es-toolkit/math/sumBy';
import type { Run } from '../config/run.js';
import { concatenate } from '../data/concatenate.js';
import { type Dataset, sampleSize, UNKNOWN_CLASS } from '../data/dataset.js';
import type { PreparedData } from '../data/prepare.js';
import { rowsAt } from '../data/rows-at.js';
import type { EncoderState } from '../detectors/detector.js';
import { symmetricDistances } from '../detectors/shallow/distances.js';
import { Points } from '../detectors/shallow/points.js';
import {
  distanceEntropy,
  effectiveRank,
  gaussianEntropy,
  neighbourEntropy,
  spreadOf,
  type Vectors,
} from '../metrics/entropy.js';
import { permutation, randomStream } from '../random.js';
import { GROUPS, type Group, type Probe } from '../results/probe.js';

/** The most samples of a group that are probed, and the share of the training set that they may be: what keeps probes cheap. */
const MOST_SAMPLES = 400;
const MOST_SHARE = 0.1;
/** The least samples of a group that say something. */
const LEAST_SAMPLES = 20;
/** Which neighbour tells the entropy, and of how many samples at most. */
const NEIGHBOUR = 5;
const MOST_NEIGHBOURS = 250;
/** Samples a dimension below which a covariance is shrunk. */
const SAMPLES_A_DIMENSION = 10;

/** Epochs after which encoders are probed, besides those at which the learning rate falls, the ones after these, and the last. */
const EPOCHS = [0, 1, 2, 5, 10, 25, 50, 75, 100, 150, 250, 500, 1000];

/** The epochs after which the encoder of a run is probed, in ascending order. */
export function probedEpochs({ detector: { options } }: Run): number[] {
  const last = Number(options.epochs);
  const milestones = options.learningRateMilestones as readonly number[];
  const wanted = [...EPOCHS, ...milestones.flatMap((epoch) => [epoch, epoch + 1]), last];
  return [...new Set(wanted)].filter((epoch) => epoch <= last).sort((a, b) => a - b);
}

/**
 * Probes the encoder of a run while it is trained: how its representations of normal samples and of anomalies lie. It draws from a
 * stream of its own and changes nothing of the run.
 */
export class Prober {
  readonly probes: Probe[] = [];
  private readonly epochs: readonly number[];
  private readonly groups: readonly GroupSamples[];
  /** Those of all groups, one after the other, and how many. */
  private readonly samples: Float32Array;
  private readonly count: number;

  constructor(run: Run, dataset: Dataset, data: PreparedData) {
    this.epochs = probedEpochs(run);
    this.groups = drawGroups(run, dataset, data);
    this.count = sumBy(this.groups, ({ chosen }) => chosen.length);
    const size = sampleSize(dataset.shape);
    const samplesOf = ({ group, chosen }: GroupSamples) =>
      rowsAt((group === 'training normal' ? data.training : data.test).samples, size, chosen);
    this.samples = concatenate(Float32Array, this.groups.map(samplesOf));
  }

  /** Probes an encoder where its epoch is one of those; not a group whose representations are not all finite. */
  async watch({ epoch, center, encode }: EncoderState): Promise<void> {
    if (!this.epochs.includes(epoch) || this.groups.length === 0) return;
    const representations = await encode(this.samples);
    const width = representations.length / this.count;
    const smallest = Math.min(...this.groups.map(({ chosen }) => chosen.length));
    const ends = epoch === 0 || epoch === this.epochs.at(-1);
    let start = 0;
    for (const { group, chosen } of this.groups) {
      const count = chosen.length;
      const values = representations.subarray(start * width, (start + count) * width);
      start += count;
      // As where the training diverges, which is for the run to say.
      if (!values.every(Number.isFinite)) continue;
      const vectors = { values, count, width };
      const spread = spreadOf(vectors);
      this.probes.push({
        epoch,
        group,
        count,
        gaussian: finite(gaussianEntropy(spread, smallest < SAMPLES_A_DIMENSION * width)),
        ...(center && { aroundCenter: finite(distanceEntropy(vectors, center)) }),
        aroundMean: finite(distanceEntropy(vectors)),
        neighbour: finite(neighbours(vectors, Math.min(smallest, MOST_NEIGHBOURS))),
        effectiveRank: shown(effectiveRank(spread)),
        ...(ends && { spectrum: Array.from(spread.spectrum, shown) }),
      });
    }
  }
}

/** The samples of a group that are probed, by their places in the training set or the test set. */
interface GroupSamples {
  readonly group: Group;
  readonly chosen: Uint32Array;
}

/** Draws the samples of each group that has enough of them. */
function drawGroups(run: Run, dataset: Dataset, { training, test, origin }: PreparedData): GroupSamples[] {
  const random = randomStream(run.seed, 'probes');
  const most = Math.max(LEAST_SAMPLES, Math.min(MOST_SAMPLES, Math.floor(MOST_SHARE * training.count)));
  const testClasses = (dataset.test ?? dataset.training).classes;
  const classOf = (place: number) => testClasses[origin.test[place]];
  const normal = new Set<number>();
  test.anomalies.forEach((anomaly, place) => {
    if (anomaly === 0) normal.add(classOf(place));
  });
  const known = new Set(run.knownAnomalyClasses.map((name) => dataset.classNames.indexOf(name)));
  const isIn: Readonly<Record<Group, (place: number) => boolean>> = {
    'training normal': (place) => {
      const label = dataset.training.classes[origin.training[place]];
      return label === UNKNOWN_CLASS ? training.semiTargets[place] === 1 : normal.has(label);
    },
    'test normal': (place) => test.anomalies[place] === 0,
    'known anomaly': (place) => test.anomalies[place] === 1 && known.has(classOf(place)),
    'unseen anomaly': (place) => test.anomalies[place] === 1 && !known.has(classOf(place)),
  };
  return GROUPS.flatMap((group) => {
    const order = permutation(group === 'training normal' ? training.count : test.count, random);
    const chosen = order.filter(isIn[group]).slice(0, most);
    return chosen.length < LEAST_SAMPLES ? [] : [{ group, chosen }];
  });
}

/** To five digits: a trace is to stay small. */
function shown(value: number): number {
  return Number(value.toPrecision(5));
}

/** An entropy to be shown, null where it is not finite. */
function finite(entropy: number): number | null {
  return Number.isFinite(entropy) ? shown(entropy) : null;
}

function neighbours({ values, width }: Vectors, count: number): number {
  const squares = new Float32Array(count * count);
  symmetricDistances(new Points(values.slice(0, count * width), width), squares);
  return neighbourEntropy(squares, width, NEIGHBOUR);
}
