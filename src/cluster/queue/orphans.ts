import { existsSync } from 'node:fs';
import { sum } from 'es-toolkit/math/sum';
import { UserError } from '../../errors.js';
import { counted, few } from '../../messages/counted.js';
import { planFolder, type SweepPlan } from '../plan.js';
import { connected } from './connection.js';
import { StoredSweep } from './stored-sweep.js';

/**
 * Removes a sweep from Redis whose results folder nobody has any more, so that workers compute no more of it.
 *
 * @param address of Redis, without a password
 * @param id that of the sweep
 * @returns how many of its bundles waited or were executed
 * @throws UserError where Redis has no such sweep, which names those that it has, or its results folder is here, or Redis cannot be reached
 */
export function removeOrphan(address: string, id: string | undefined): Promise<number> {
  return connected(address, async (redis) => {
    const sweep = id === undefined ? undefined : new StoredSweep(redis, id);
    const plan = await sweep?.plan();
    if (!sweep || !plan) throw new UserError(await choices(address, id, await StoredSweep.kept(redis)));
    if (existsSync(planFolder(plan))) {
      throw new UserError(
        `${id}: its results folder is here: deepsad cancel ${plan.directory} ends it, and keeps what it has computed`,
      );
    }
    const jobs = Object.values(await sweep.jobs());
    await sweep.remove();
    return sum(jobs);
  });
}

/** How many experiments of a sweep are named. */
const NAMED = 3;

/** What to say where a sweep is to be named. */
async function choices(
  address: string,
  id: string | undefined,
  kept: readonly StoredSweep[],
): Promise<string> {
  const fault = id === undefined ? `${address}: say which sweep is to end` : `${address} has no sweep ${id}`;
  const lines = await Promise.all(
    kept.map(async (sweep) => {
      const plan = await sweep.plan();
      return plan ? [`  ${sweep.id}: ${describe(plan)}`] : [];
    }),
  );
  const found = lines.flat();
  if (found.length === 0) return `${fault}; it has none`;
  return [`${fault}; it has:`, ...found].join('\n');
}

function describe({ experiments, directory, pending }: SweepPlan): string {
  const names = experiments.map(({ name }) => name);
  return `${few(names, NAMED, String)}, ${counted(pending, 'run')} submitted from ${directory}`;
}
