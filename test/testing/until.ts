import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that something may take. */
const PATIENCE = 60_000;

/** Waits until something is the case. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await sleep(50)) {
    if (await isSo()) return;
  }
  throw new Error(`waited in vain for ${isSo}`);
}
