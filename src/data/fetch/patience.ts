import { setTimeout } from 'node:timers/promises';

/** How long to wait for servers, in milliseconds, and how often to come back. */
export interface Patience {
  /** For a connection. */
  readonly connect: number;
  /** For the beginning of an answer. */
  readonly answer: number;
  /** For more of an answer. */
  readonly stall: number;
  /** How many times in a row a transfer may break off, without a byte gained, before an address is given up. */
  readonly attempts: number;
  /** Before the second attempt; each further one waits twice as long. */
  readonly firstWait: number;
  /** The longest wait that a server may ask for. */
  readonly longestWait: number;
  /** Waits for milliseconds. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const PATIENCE: Patience = {
  connect: 20_000,
  answer: 30_000,
  stall: 30_000,
  attempts: 5,
  firstWait: 1000,
  longestWait: 120_000,
  async wait(milliseconds, signal) {
    await setTimeout(milliseconds, undefined, { ...(signal && { signal }) });
  },
};
