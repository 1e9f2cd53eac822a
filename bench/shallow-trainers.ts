import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleSize, type TestSet, type TrainingSet } from '../src/data/dataset.js';
import { inFolder } from './files.js';
import { pythonWith, Server, sourceFile } from './processes.js';

/** A training set to fit on and a test set to score, both in the files of a folder. */
export interface ShallowRequest {
  readonly folder: string;
  readonly features: number;
  readonly method: 'oc-svm' | 'ssad' | 'kde' | 'isolation-forest';
  /** The bandwidth of the kernel methods. */
  readonly gamma?: number;
  /** How the peer's quadratic program of SSAD has its constraints: sparse, as in the authors' code, or dense. */
  readonly constraints?: 'sparse' | 'dense';
}

export interface ShallowAnswer {
  readonly fitSeconds: number;
  readonly scoreSeconds: number;
  /** The anomaly score of each test sample. */
  readonly scores: readonly number[];
}

/** One side of a comparison: a process that fits and scores on demand. */
export type ShallowTrainer = Server<ShallowRequest, ShallowAnswer>;

export function startShallowOurs(): Promise<ShallowTrainer> {
  return Server.start([process.execPath, '--import', 'tsx', sourceFile('shallow-ours.ts')]);
}

/** The scikit-learn and cvxopt side; undefined where no python3 has both. */
export async function startShallowPeer(): Promise<ShallowTrainer | undefined> {
  const python = pythonWith('sklearn, cvxopt', 'python3-sklearn python3-cvxopt');
  return python === undefined ? undefined : Server.start([python, sourceFile('shallow_peer.py')]);
}

/** Runs `work` on requests without a method: the sets, written to a folder that is removed afterwards. */
export async function withProblem<T>(
  { shape, samples, semiTargets }: TrainingSet,
  test: TestSet,
  work: (problem: Omit<ShallowRequest, 'method'>) => Promise<T>,
): Promise<T> {
  return inFolder(async (folder) => {
    await writeFile(join(folder, 'training.f32'), samples);
    await writeFile(join(folder, 'semi-targets.i8'), semiTargets);
    await writeFile(join(folder, 'test.f32'), test.samples);
    return work({ folder, features: sampleSize(shape) });
  });
}
