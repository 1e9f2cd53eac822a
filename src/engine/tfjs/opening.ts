import type { TfjsDevice } from '../device.js';
import { type Backend, openBackend } from './backends.js';

/** What became of opening a backend: what it computes with, or why it cannot be used. */
export type Answer = Omit<Backend, 'tf' | 'errors'> | { readonly problem: string };

/** Opens the backend of the device that is the first argument, computes with it, tells the parent process, and ends. */
async function main(): Promise<Answer> {
  try {
    const { tf, errors, ...found } = await openBackend(process.argv[2] as TfjsDevice);
    await tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).data();
    if (errors.length > 0) return { problem: errors[0] };
    return found;
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const answer = await main();
process.send?.(answer, () => process.exit());
