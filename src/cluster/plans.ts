import { sortBy } from 'es-toolkit/array/sortBy';
import { UserError } from '../errors.js';
import { planFolders, readPlan, type SweepPlan } from './plan.js';

/** A plan, and where it is. */
export interface Placed {
  readonly folder: string;
  readonly plan: SweepPlan;
}

/** The plans in a results folder, the oldest sweep first, of each its rounds; and why others cannot be read, in words. */
export function plansIn(directory: string): {
  readonly plans: readonly Placed[];
  readonly unread: readonly string[];
} {
  const unread: string[] = [];
  const plans = planFolders(directory).flatMap((folder) => {
    try {
      return [{ folder, plan: readPlan(folder) }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unread.push(error.message);
      return [];
    }
  });
  // Not by ids alone: the clock of a node that submits the rest may be behind.
  return { plans: sortBy(plans, [({ plan }) => plan.root, ({ plan }) => plan.round]), unread };
}

/** Of each sweep the plan of the last round. */
export function lastRounds(plans: readonly Placed[]): Placed[] {
  return [...new Map(plans.map((each) => [each.plan.root, each])).values()];
}
