import type { TestSet, TrainingSet } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { aurocOfCandidate } from '../metrics/collapse.js';
import type { Network } from '../networks/network.js';
import type { Choices, Detector, FitContext } from './detector.js';
import type { OptionValue } from './options.js';
import type { DetectorState } from './state.js';

/** The value of an option whose choices are all fitted, and the one of the best result on the test set kept. */
export const BEST_BY_TEST = 'best-by-test';

/** What whatever shows the result of choices says of it. */
export const bestByTestOf = ({ count, what }: Choices): string => `best of ${count} ${what} by test AUROC`;

/** A detector with one choice of an option, and what that is. */
export interface Candidate {
  readonly choice: string;
  readonly detector: Detector;
}

/**
 * The one of several detectors that has the best AUROC on the test set, of equals the first: the most favourable reading of a method, as
 * the paper has it for its competitors. Whatever shows its result has to say so (`DetectorDefinition.bestOf`).
 */
export class BestByTest implements Detector {
  readonly network?: Network;
  private chosen: Candidate;
  /** Of the candidates, null where the scores of one have collapsed. */
  private readonly aurocs: (number | null)[] = [];

  /** @param candidates at least one; all have one network and restore the same states */
  constructor(private readonly candidates: readonly Candidate[]) {
    this.chosen = candidates[0];
    const { network } = this.chosen.detector;
    if (network) this.network = network;
  }

  get kept(): number {
    return this.candidates.indexOf(this.chosen);
  }

  async fit(training: TrainingSet, context: FitContext): Promise<void> {
    const { test } = context;
    if (!test) throw new Error('the test set was not given');
    const { length } = this.candidates;
    let best = Number.NEGATIVE_INFINITY;
    for (const [index, candidate] of this.candidates.entries()) {
      const report: FitContext['report'] = (progress) =>
        context.report({
          ...progress,
          candidate: index,
          done: index * progress.total + progress.done,
          total: length * progress.total,
        });
      const auroc = await this.tried(candidate, training, { ...context, report }, test);
      this.aurocs.push(auroc ?? null);
      const value = auroc ?? Number.NEGATIVE_INFINITY;
      if (index > 0) (value > best ? this.chosen : candidate).detector.dispose?.();
      if (value > best || index === 0) {
        best = value;
        this.chosen = candidate;
      }
    }
  }

  /** Fits a candidate and judges it by its AUROC, if it has one. */
  private async tried(
    candidate: Candidate,
    training: TrainingSet,
    context: FitContext,
    test: TestSet,
  ): Promise<number | undefined> {
    try {
      await candidate.detector.fit(training, context);
      const { detector } = candidate;
      const scores = await detector.score(test.samples);
      return aurocOfCandidate(scores, test.anomalies, detector.resolution(scores));
    } catch (error) {
      if (candidate !== this.chosen) candidate.detector.dispose?.();
      throw error;
    }
  }

  score(samples: Float32Array): Promise<Float64Array> {
    return this.chosen.detector.score(samples);
  }

  resolution(scores: Float64Array): number {
    return this.chosen.detector.resolution(scores);
  }

  state(): Promise<DetectorState> {
    return this.chosen.detector.state();
  }

  restore(state: DetectorState, engine: Engine): void {
    this.chosen.detector.restore(state, engine);
  }

  dispose(): void {
    this.chosen.detector.dispose?.();
  }

  notes(): Readonly<Record<string, OptionValue>> {
    const { choice, detector } = this.chosen;
    return { ...detector.notes?.(), chosen: choice, testAurocs: this.aurocs };
  }
}
