import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import type { Dispatcher } from './dispatcher.js';
import { QUEUE } from './queue/queue.js';
import { SLURM } from './slurm/slurm.js';

const DISPATCHERS: readonly Dispatcher[] = [SLURM, QUEUE];

/**
 * The dispatcher that `--on` means.
 *
 * @throws UserError where it means none
 */
export function dispatcherFor(on: string): Dispatcher {
  const dispatcher = DISPATCHERS.find((each) => each.serves(on));
  if (dispatcher) return dispatcher;
  throw new UserError(
    `${optionName('on')}: expected ${DISPATCHERS.map(({ usage }) => usage).join(' or ')}, found ${on}; without it, runs are executed on this machine`,
  );
}
