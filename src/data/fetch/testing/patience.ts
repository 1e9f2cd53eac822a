import { PATIENCE, type Patience } from '../patience.js';

/** A patience that waits for nothing, and the waits that were asked of it, in milliseconds. */
export function impatience(changes: Partial<Patience> = {}): { patience: Patience; waits: number[] } {
  const waits: number[] = [];
  const wait = async (milliseconds: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    waits.push(milliseconds);
  };
  return { patience: { ...PATIENCE, wait, ...changes }, waits };
}
