import { createRequire } from 'node:module';
import util from 'node:util';
import type { TfjsDevice } from './needs.js';
import type { TensorFlow } from './tensorflow.js';

/** TensorFlow.js with a device's backend set. */
export interface Backend {
  readonly tf: TensorFlow;
  /** What computes: the adapter of a GPU, or the library. */
  readonly adapter: string;
  /** Whether a program stands in for a GPU. */
  readonly software: boolean;
  /** Limits and versions, by what they are of. */
  readonly details: Readonly<Record<string, string>>;
}

/**
 * Opens the backend of a device in this process. TensorFlow.js has one backend at a time.
 *
 * @throws Error where a package is missing, or it finds no such device; the message says what it found
 */
export async function openBackend(device: TfjsDevice): Promise<Backend> {
  switch (device) {
    case 'cuda':
      return openLibTensorFlow('@tensorflow/tfjs-node-gpu');
    case 'tensorflow':
      return openLibTensorFlow('@tensorflow/tfjs-node');
    case 'tfjs-cpu':
      return openPlain();
  }
}

const require = createRequire(import.meta.url);

function load(name: string): TensorFlow {
  const tf = require(name) as TensorFlow;
  // Spares checks that tests make once, and a banner on the console.
  tf.enableProdMode();
  return tf;
}

async function openPlain(): Promise<Backend> {
  const tf = load('@tensorflow/tfjs');
  await tf.setBackend('cpu');
  return { tf, adapter: 'plain JavaScript', software: false, details: {} };
}

async function openLibTensorFlow(name: string): Promise<Backend> {
  // tfjs-node 4.22 calls these, which Node 23 no longer has.
  const since23 = { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray };
  for (const [key, value] of Object.entries(since23))
    if (!(key in util)) Object.assign(util, { [key]: value });
  const tf = load(name);
  await tf.setBackend('tensorflow');
  const { isUsingGpuDevice, binding } = tf.backend() as Partial<LibTensorFlowBackend> as LibTensorFlowBackend;
  if (name === '@tensorflow/tfjs-node-gpu' && !isUsingGpuDevice) {
    throw new Error('TensorFlow found no GPU that it can use and fell back to the CPU');
  }
  const adapter = isUsingGpuDevice ? 'an NVIDIA GPU' : 'libtensorflow';
  return { tf, adapter, software: false, details: { libtensorflow: binding.TF_Version } };
}

/** What tfjs-node says of itself. */
interface LibTensorFlowBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}
