/** The scores of time steps of one series, as windows of it become known: each the mean score of the windows that it is in. */
export class StepScores {
  /** The first step that is not taken out yet. */
  private first = 0;
  private readonly sums: number[] = [];
  private readonly counts: number[] = [];

  /**
   * Adds windows, which start no earlier than those before.
   *
   * @param starts the first step of each
   * @param scores the score of each
   */
  add(starts: ArrayLike<number>, scores: Float64Array, windowLength: number): void {
    scores.forEach((score, window) => {
      const from = starts[window] - this.first;
      for (let i = from; i < from + windowLength; i++) {
        this.sums[i] = (this.sums[i] ?? 0) + score;
        this.counts[i] = (this.counts[i] ?? 0) + 1;
      }
    });
  }

  /** Takes out the steps before `end`, which are in no further window. */
  take(end = Number.POSITIVE_INFINITY): { first: number; scores: Float64Array } {
    const { first } = this;
    const count = Math.min(end - first, this.sums.length);
    const sums = this.sums.splice(0, count);
    const counts = this.counts.splice(0, count);
    this.first += count;
    return { first, scores: Float64Array.from(sums, (sum, i) => sum / counts[i]) };
  }
}
