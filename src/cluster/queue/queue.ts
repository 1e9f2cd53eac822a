import { range } from 'es-toolkit/math/range';
import { UserError } from '../../errors.js';
import { optionName } from '../../messages/vocabulary.js';
import type { Dispatcher } from '../dispatcher.js';
import { readBundle, type Submission, type SweepPlan } from '../plan.js';
import { isAddress } from './address.js';
import { collect } from './collect.js';
import { checkServer, connected } from './connection.js';
import { StoredSweep } from './stored-sweep.js';

/**
 * A queue in Redis, by BullMQ: a job a bundle, taken by whoever works on the same address (work.ts). Workers need no folder in common
 * with who submits: what they compute comes back through Redis.
 */
export const QUEUE: Dispatcher = {
  usage: 'redis://host:6379',
  serves: isAddress,
  async check({ on, timeLimit, atATime, options }, { saveModels }) {
    if (timeLimit !== undefined) {
      throw new UserError(
        `${optionName('timeLimit')}: the machines of a queue are your own; ${optionName('secondsLeft')} of deepsad work gives one a limit`,
      );
    }
    if (atATime !== undefined) {
      throw new UserError(
        `${optionName('atATime')}: as many bundles are executed at a time as machines take part`,
      );
    }
    if (Object.keys(options).length > 0)
      throw new UserError(`${optionName('options')}: goes with ${optionName('on')} slurm`);
    if (saveModels) {
      throw new UserError(
        `${optionName('saveModels')}: models do not come back through a queue; repeat the runs that you want them of without ${optionName('on')}`,
      );
    }
    return connected(on, (redis) => checkServer(redis, on));
  },
  submit: (folder, plan) =>
    connected(plan.allocation.on, async (redis) => {
      const { on } = plan.allocation;
      const bundles = range(plan.bundles).map((index) => readBundle(folder, index));
      await new StoredSweep(redis, plan.id).write(plan, bundles);
      const said = [`Queued; on each machine that is to take part:\n    deepsad work ${on}`];
      return { ...whole(plan), said };
    }),
  find: async (plan) => whole(plan),
  jobsOf: ({ jobs: [on, id] }) => connected(on, (redis) => new StoredSweep(redis, id).jobs()),
  cancel: ({ jobs: [on, id] }) => connected(on, (redis) => new StoredSweep(redis, id).end()),
  forget: ({ jobs: [on, id] }) => connected(on, (redis) => new StoredSweep(redis, id).remove()),
  collect,
};

/** What is submitted of a plan, which Redis has under its id. */
function whole({ allocation, id }: SweepPlan): Submission {
  return { jobs: [allocation.on, id], said: [] };
}
