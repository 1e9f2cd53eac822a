import { randomStream } from '../../../random.js';
import { DistanceMatrix, type Kernel, KernelMatrix } from '../kernel.js';
import { Points } from '../points.js';
import type { Dual } from '../smo.js';

export const LIMITS = { tolerance: 1e-7, maxIterations: 1_000_000 };

/** Samples of uniform features in [0, 1), the labeled anomalies moved by 0.5. */
export function randomPoints(counts: Dual['counts'], features: number, seed: number): Points {
  const random = randomStream(seed, 'test points');
  const normal = counts.unlabeled + counts.labeledNormal;
  const values = Float32Array.from(
    { length: (normal + counts.labeledAnomalies) * features },
    (_, k) => random.uniform(0, 1) + (k < normal * features ? 0 : 0.5),
  );
  return new Points(values, features);
}

/** The kernel matrix over points, in memory unless a limit in bytes says otherwise. */
export function kernelMatrix(points: Points, kernel: Kernel, memoryLimit = 1e9): KernelMatrix {
  return new KernelMatrix(new DistanceMatrix(points, memoryLimit), kernel);
}

/** K(x, y) in double precision, straight from its definition. */
export function kernelOf({ values, features }: Points, kernel: Kernel, i: number, j: number): number {
  let product = 0;
  let squaredDistance = 0;
  for (let k = 0; k < features; k++) {
    const x = values[i * features + k];
    const y = values[j * features + k];
    product += x * y;
    squaredDistance += (x - y) ** 2;
  }
  return kernel.type === 'linear' ? product : Math.exp(-kernel.gamma * squaredDistance);
}

/** y of each sample: 0 for an unlabeled one. */
export function labelsOf(counts: Dual['counts']): number[] {
  return [
    ...new Array<number>(counts.unlabeled).fill(0),
    ...new Array<number>(counts.labeledNormal).fill(1),
    ...new Array<number>(counts.labeledAnomalies).fill(-1),
  ];
}
