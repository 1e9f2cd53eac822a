import os from 'node:os';

/** What a request to end the process asks of its work. The reason of each is the signal's name. */
export interface Interruption {
  /** To begin nothing more. */
  readonly draining: AbortSignal;
  /** To stop at once. */
  readonly signal: AbortSignal;
}

/**
 * Listens for SIGINT (Ctrl-C), SIGTERM, which containers and schedulers send, and SIGHUP of a terminal that closes. Each stops at once; another one then ends the process.
 *
 * @param onDraining makes the first of them only begin nothing more, and is called then with its name; a SIGHUP after it asks for no more,
 *   as a terminal that closes sends several
 * @param others signals that mean the same
 */
export function interruption(
  onDraining?: (name: NodeJS.Signals) => void,
  others: readonly NodeJS.Signals[] = [],
): Interruption {
  const signals = [...SIGNALS, ...others];
  const [drain, stop] = [new AbortController(), new AbortController()];
  const listen = (name: NodeJS.Signals) => {
    if (onDraining && !drain.signal.aborted) {
      drain.abort(name);
      onDraining(name);
      return;
    }
    if (onDraining && (name === 'SIGHUP' || others.includes(name))) return;
    for (const other of signals) process.off(other, listen);
    stop.abort(name);
  };
  for (const name of signals) process.on(name, listen);
  return { draining: drain.signal, signal: stop.signal };
}

/** The exit code of a command that a signal ended, by what it asked for: 128 and the signal's number, as shells have it. */
export function exitCodeOf({ reason }: AbortSignal): number {
  return 128 + os.constants.signals[reason as NodeJS.Signals];
}

/** The signals that ask a process to end. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
