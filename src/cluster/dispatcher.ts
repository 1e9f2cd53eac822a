import type { SweepEvent } from '../sweep/execute.js';
import type { Allocation, PlanSettings, Submission, SweepPlan } from './plan.js';

/** Whoever stays while a sweep is executed elsewhere. */
export interface Watch {
  on(event: SweepEvent): void;
  /** Leaves it; the sweep goes on. */
  readonly signal: AbortSignal;
}

/**
 * What a machine calls to execute a plan: words of a POSIX shell, as which it is also given the index of a bundle and a name. Each ends after so many seconds.
 */
export interface TaskProgram {
  /** Executes bundles (`work`), that of an index first. */
  work(task: {
    readonly folder: string;
    readonly first: string;
    readonly name: string;
    readonly seconds: number;
  }): readonly string[];
  /** Ends a plan whose jobs have ended (`closeSweep`). */
  close(task: { readonly folder: string; readonly seconds: number }): readonly string[];
}

/** Brings the bundles of a plan to machines, where each is executed by `work` (work.ts). */
export interface Dispatcher {
  /** What is given for it, for people. */
  readonly usage: string;
  /** Whether what is given means it. */
  serves(on: string): boolean;
  /**
   * Checks that an allocation can be asked for, before anything is written.
   *
   * @returns what whoever asks for it should know, in words
   * @throws UserError with what is missing or refused, and how to mend it
   */
  check(allocation: Allocation, settings: PlanSettings): Promise<readonly string[]>;
  /**
   * Submits all bundles of a plan, and what closes it for when they have ended, unless it has `collect`; of a plan that was cut short as it was
   * submitted, what is missing.
   *
   * @throws UserError where it cannot; what it has submitted by then stays
   */
  submit(folder: string, plan: SweepPlan, program: TaskProgram): Promise<Submission>;
  /**
   * What was submitted of a plan whose submitting was cut short.
   *
   * @throws UserError where it cannot be asked here
   */
  find(plan: SweepPlan): Promise<Submission>;
  /**
   * How many of its jobs but this one wait or run, by state, as the dispatcher calls it; none once all have ended.
   *
   * @throws UserError where it cannot be asked here
   */
  jobsOf(submission: Submission): Promise<Readonly<Record<string, number>>>;
  /** Ends all of its jobs. What these have computed stays until it is collected. */
  cancel(submission: Submission): Promise<void>;
  /** Leaves nothing of it there, as where all was collected. */
  forget?(submission: Submission): Promise<void>;
  /**
   * Brings what its jobs have computed and said since the last time into the results folder and the folder of the plan, where they do not
   * write there themselves, and notes how a plan has ended that was submitted as a whole, which
   * is unsettled then.
   *
   * @param watch goes on until then; without it, what there is now
   * @returns whether it has ended
   * @throws UserError where it cannot be asked here, or the results cannot be written
   */
  collect?(folder: string, plan: SweepPlan, watch?: Watch): Promise<boolean>;
}
