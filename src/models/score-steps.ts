import { nameOf } from '../data/formats/csv.js';
import type { Input, ReadOptions, WindowPlaces } from '../data/input/input.js';
import { StepScores } from '../data/series/step-scores.js';
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
  let steps = new StepScores();
  let latest: WindowPlaces | undefined;
  const close = ({ machine, anomalies }: WindowPlaces, end?: number): ScoredBatch => {
    const { first, scores } = steps.take(end);
    const origins = Array.from(scores, (_, i) => `${machine}:${first + i + 1}`);
    // Sums of scores may overflow where these do not.
    checkScores(scores, origins, `${path}, step`);
    if (options.labels === 'ignored') return { origins, scores };
    const semiTargets = Int8Array.from(scores, (_, i) => (anomalies ? 1 - 2 * anomalies[first + i] : 0));
    return { origins, scores, semiTargets };
  };
  for await (const { samples, origins, windows } of input.read(path, options)) {
    if (!windows)
      throw new UserError(
        `${nameOf(path)}: ${optionName('perStep')} is for time series, whose samples are windows`,
      );
    if (latest && latest.machine !== windows.machine) {
      yield close(latest);
      steps = new StepScores();
    }
    latest = windows;
    const scores = await detector.score(samples);
    checkScores(scores, origins, `${path}, ${input.origin}`);
    steps.add(windows.starts, scores, windows.length);
    // No window that follows starts before the latest of these.
    yield close(windows, windows.starts[windows.starts.length - 1]);
  }
  if (latest) yield close(latest);
}
