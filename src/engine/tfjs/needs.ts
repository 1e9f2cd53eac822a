/** What TensorFlow.js computes on, as `--device` calls it. */
export type TfjsDevice = 'cuda' | 'tensorflow' | 'tfjs-cpu';

/** What a device needs: npm packages, and what npm does not bring. */
interface Needs {
  readonly packages: readonly string[];
  readonly beyond: string;
}

/** What each device needs. */
export const NEEDS: Readonly<Record<TfjsDevice, Needs>> = {
  cuda: {
    packages: ['@tensorflow/tfjs-node-gpu'],
    beyond: 'an NVIDIA GPU with its driver, CUDA 11.2 and cuDNN 8.1, their libraries on LD_LIBRARY_PATH',
  },
  tensorflow: {
    packages: ['@tensorflow/tfjs-node'],
    beyond: 'libtensorflow, which its install script downloads from storage.googleapis.com',
  },
  'tfjs-cpu': { packages: ['@tensorflow/tfjs'], beyond: 'nothing else' },
};
