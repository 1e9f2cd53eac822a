/** What a request to end the process asks of its work. The reason of each is the signal's name. */
export interface Interruption {
  /** To begin nothing more. */
  readonly draining: AbortSignal;
  /** To stop at once. */
  readonly signal: AbortSignal;
}

/**
 * Listens for SIGINT (Ctrl-C) and SIGTERM, which stop at once; another one then ends the process.
 *
 * @param onDraining makes the first SIGINT only begin nothing more, and is called then
 */
export function interruption(onDraining?: () => void): Interruption {
  const [drain, stop] = [new AbortController(), new AbortController()];
  const listen = (name: NodeJS.Signals) => {
    if (name === 'SIGINT' && onDraining && !drain.signal.aborted) {
      drain.abort(name);
      onDraining();
      return;
    }
    for (const other of SIGNALS) process.off(other, listen);
    stop.abort(name);
  };
  for (const name of SIGNALS) process.on(name, listen);
  return { draining: drain.signal, signal: stop.signal };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
