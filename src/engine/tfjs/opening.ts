import { answerProbe } from '../probe-apart.js';
import { openBackend } from './backends.js';
import type { TfjsDevice } from './needs.js';

// A process that loads this module says what becomes of opening a backend.
await answerProbe(async (device) => {
  const { tf, ...found } = await openBackend(device as TfjsDevice);
  await tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).data();
  return found;
});
