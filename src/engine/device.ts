import type { EngineName } from './engine.js';

/** What runs can be computed on, and which engine does. */
export const ENGINES = {
  cpu: 'native',
  cuda: 'tfjs',
  webgpu: 'tfjs',
  tensorflow: 'tfjs',
  'tfjs-cpu': 'tfjs',
} as const satisfies Readonly<Record<string, EngineName>>;

export type DeviceName = keyof typeof ENGINES;

export const DEVICES = Object.keys(ENGINES) as DeviceName[];

/** The devices of TensorFlow.js. */
export type TfjsDevice = Exclude<DeviceName, 'cpu'>;

/** What a user may ask to compute on; `auto` is a GPU where there is one that can be used, else the CPU. */
export type Device = 'auto' | DeviceName;
