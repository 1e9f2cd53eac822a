import type { SweepEvent } from '../sweep.js';
import type { Allocation, PlanSettings, Submission, SweepPlan } from './plan.js';

/** Whoever stays while a sweep is executed elsewhere. */
export interface Watch {
  on(event: SweepEvent): void;
  /** Leaves it; the sweep goes on. */
  readonly signal: AbortSignal;
}

/** Brings the bundles of a plan to machines, where each is executed by `work` (work.ts). */
export interface Dispatcher {
  /** What `--on` is given for it, for people. */
  readonly usage: string;
  /** Whether what `--on` is given means it. */
  serves(on: string): boolean;
  /**
   * Checks that an allocation can be asked for, before anything is written.
   *
   * @returns what whoever asks for it should know, in words
   * @throws UserError with what is missing or refused, and how to mend it
   */
  check(allocation: Allocation, settings: PlanSettings): Promise<readonly string[]>;
  /**
   * Submits all bundles of a plan, and `work --close` for when they have ended, unless it has `collect`.
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
  /**
   * Brings what its jobs have computed and said since the last time into the results folder and the folder of the plan, where they do not
   * write there themselves, and notes how a plan has ended.
   *
   * @param watch goes on until then; without it, what there is now
   * @returns whether all jobs have ended
   * @throws UserError where it cannot be asked here, or the results cannot be written
   */
  collect?(folder: string, plan: SweepPlan, watch?: Watch): Promise<boolean>;
}
