import type { Run } from '../config/run.js';
import type { Progress } from '../detectors/detector.js';
import type { DetectorChoice } from '../detectors/options.js';
import { detectorNamed } from '../detectors/registry.js';
import { count, counted } from '../messages/counted.js';
import { TRACED_PHASES, type Trace } from './trace.js';

/** A share by which the loss of an epoch may be above that of one batch by chance. */
const CHANCE = 0.1;

/**
 * What is wrong with a training whose loss ends above where it began, once it has ended; one that is no number fails its run anyway, and of
 * uneven batches nothing is said.
 *
 * @param choice the detector that is trained
 */
export function risenLoss(
  { name, options }: DetectorChoice,
  { phase, done, total, loss, firstLoss }: Progress,
): string | undefined {
  if (done < total || loss === undefined || firstLoss === undefined) return undefined;
  if (!Number.isFinite(loss)) return undefined;
  if (loss - firstLoss <= CHANCE * Math.abs(firstLoss)) return undefined;
  if (phase === 'training' && detectorNamed(name).unevenBatches?.(options)) return undefined;
  return `the ${phase} loss rose from ${firstLoss.toPrecision(3)} to ${loss.toPrecision(3)}`;
}

/** What is wrong with the first training of a run whose loss ends above where it began; undefined where none does. */
export function risenIn({ detector }: Pick<Run, 'detector'>, { losses }: Trace): string | undefined {
  for (const phase of TRACED_PHASES) {
    const own = losses[phase] ?? [];
    const total = own.length - 1;
    const reason = risenLoss(detector, { phase, done: total, total, loss: own[total], firstLoss: own[0] });
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What to say of runs in which a loss rose, of so many in all, with one of them as the example. */
export function risenNotice(risen: number, runs: number, example: string): string {
  return `In ${count(risen)} of ${counted(runs, 'run')} a loss ended above where it began (${example}); ${LOWER_RATE}.`;
}

/** What to do about it. */
export const LOWER_RATE = 'a lower learning rate may do better (learningRate, pretrainLearningRate)';
