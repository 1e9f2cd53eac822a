import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { once } from 'es-toolkit';
import { Server } from './processes.js';
import type { Part, Workload } from './workloads.js';

/** Training steps to take and time. */
export interface StepsRequest {
  readonly network: Workload;
  readonly part: Part;
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

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export function startOurs(): Promise<Trainer> {
  return Server.start([process.execPath, '--import', 'tsx', here('ours.ts')]);
}

/** The PyTorch side; undefined where no python3 has torch. */
export async function startPeer(): Promise<Trainer | undefined> {
  const python = pythonWithTorch();
  return python === undefined ? undefined : Server.start([python, here('peer.py')]);
}

/** The first python3 that has torch; where there is none, says once on standard error how to install it. */
const pythonWithTorch = once((): string | undefined => {
  const python = ['python3', '/usr/bin/python3'].find(
    (candidate) => spawnSync(candidate, ['-c', 'import torch']).status === 0,
  );
  if (!python) {
    console.error(
      'PyTorch is not installed, so our side is measured alone. On Debian: apt install python3-torch',
    );
  }
  return python;
});
