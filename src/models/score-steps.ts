import { nameOf } from '../data/formats/csv.js';
import type { Input, ReadOptions, WindowPlaces } from '../data/input/input.js';
import type { Detector } from '../detectors/detector.js';
import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import { checkScores, type ScoredBatch } from './score.js';

/**
 * Scores the time steps of series of any length in bounded memory: each by the mean score of the windows that it is in.
 *
 * @throws UserError as Input.read does, where the data are no time series, or where a score is not finite
 */
export async function* scoreSteps(
  detector: Detector,
  input: Input,
  path: string,
  options: ReadOptions,
): AsyncGenerator<ScoredBatch> {
  let steps: OpenSteps | undefined;
  const close = (open: OpenSteps, end: number) => {
    const batch = open.close(end);
    // Sums of scores may overflow where these do not.
    checkScores(batch.scores, batch.origins, `${path}, step`);
    return batch;
  };
  for await (const { samples, origins, windows } of input.read(path, options)) {
    if (!windows)
      throw new UserError(
        `${nameOf(path)}: ${optionName('perStep')} is for time series, whose samples are windows`,
      );
    if (steps?.machine !== windows.machine) {
      if (steps) yield close(steps, Number.POSITIVE_INFINITY);
      steps = new OpenSteps(windows.machine, options.labels === 'required' ? windows : undefined);
    }
    const scores = await detector.score(samples);
    checkScores(scores, origins, `${path}, ${input.origin}`);
    steps.add(windows, scores);
    // No window that follows starts before the latest of these.
    yield close(steps, windows.starts[windows.starts.length - 1]);
  }
  if (steps) yield close(steps, Number.POSITIVE_INFINITY);
}

/** The time steps of one machine that are in windows whose scores are known, and may be in more. */
class OpenSteps {
  private first = 0;
  private readonly sums: number[] = [];
  private readonly counts: number[] = [];

  /** @param labels where the labels of time steps are asked for */
  constructor(
    readonly machine: string,
    private readonly labels: WindowPlaces | undefined,
  ) {}

  add({ starts, length }: WindowPlaces, scores: Float64Array): void {
    starts.forEach((start, window) => {
      for (let i = start - this.first; i < start - this.first + length; i++) {
        this.sums[i] = (this.sums[i] ?? 0) + scores[window];
        this.counts[i] = (this.counts[i] ?? 0) + 1;
      }
    });
  }

  /** Takes out the steps before `end`, which are in no further window. */
  close(end: number): ScoredBatch {
    const count = Math.min(end - this.first, this.sums.length);
    const sums = this.sums.splice(0, count);
    const counts = this.counts.splice(0, count);
    const first = this.first;
    this.first += count;
    const anomalies = this.labels?.anomalies;
    return {
      origins: sums.map((_, i) => `${this.machine}:${first + i + 1}`),
      scores: Float64Array.from(sums, (sum, i) => sum / counts[i]),
      ...(this.labels && {
        semiTargets: Int8Array.from(sums, (_, i) => (anomalies ? 1 - 2 * anomalies[first + i] : 0)),
      }),
    };
  }
}
