import { probeDevice } from '../src/engine/device.js';
import type { DeviceName } from '../src/engine/registry.js';
import { pythonWith, Server, sourceFile } from './processes.js';
import type { Generative, Part, Workload } from './workloads.js';

/** Training steps to take and time. */
export interface StepsRequest {
  readonly network: Workload;
  readonly part: Part | Generative;
  readonly steps: number;
}

export interface StepsAnswer {
  /** Wall seconds of all steps. */
  readonly seconds: number;
  /** Trained weights in the network. */
  readonly parameters: number;
  /** The core's peak of fused multiply-adds right after the steps, in GFLOP/s; ours only. */
  readonly fmaPeak?: number;
}

/** One side of a comparison: a process that trains on demand. */
export type Trainer = Server<StepsRequest, StepsAnswer>;

export function startOurs(device: DeviceName = 'cpu'): Promise<Trainer> {
  return Server.start([process.execPath, '--import', 'tsx', sourceFile('ours.ts'), device]);
}

/** Our side on each other device of this machine, but for those that stand in for one: plain JavaScript and software drivers. */
export async function startDevices(): Promise<Trainer[]> {
  const trainers: Trainer[] = [];
  for (const name of ['cuda', 'webgpu', 'tensorflow'] as const) {
    const probe = await probeDevice(name);
    if (probe.available && !probe.software) trainers.push(await startOurs(name));
  }
  return trainers;
}

/** What the peer may be: PyTorch as it comes, and as an expert has it. */
export const PEERS = ['plain', 'tuned'] as const;

/** The PyTorch side; undefined where no python3 has torch. */
export async function startPeer(peer: (typeof PEERS)[number] = 'plain'): Promise<Trainer | undefined> {
  const python = pythonWith('torch', 'python3-torch libopenblas0');
  const options = peer === 'tuned' ? ['--tuned'] : [];
  return python === undefined ? undefined : Server.start([python, sourceFile('peer.py'), ...options]);
}
