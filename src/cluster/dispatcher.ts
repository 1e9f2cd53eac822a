import type { Allocation, Submission, SweepPlan } from './plan.js';

/** Brings the bundles of a plan to machines, where each is executed by `work` (work.ts). */
export interface Dispatcher {
  /** What `--on` is given for it, for people. */
  readonly usage: string;
  /** Whether what `--on` is given means it. */
  serves(on: string): boolean;
  /**
   * Checks that an allocation can be asked for, before anything is written.
   *
   * @throws UserError with what is missing or refused, and how to mend it
   */
  check(allocation: Allocation): Promise<void>;
  /**
   * Submits all bundles of a plan, and `work --close` for when they have ended.
   *
   * @throws UserError where it cannot, with nothing left submitted
   */
  submit(folder: string, plan: SweepPlan): Promise<Submission>;
  /**
   * How many of its jobs wait or run, by state, as the dispatcher calls it; none once all have ended.
   *
   * @throws UserError where it cannot be asked here
   */
  jobsOf(submission: Submission): Promise<Readonly<Record<string, number>>>;
  /** Ends all of its jobs. */
  cancel(submission: Submission): Promise<void>;
}
