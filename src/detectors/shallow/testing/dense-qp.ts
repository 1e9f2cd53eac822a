/** minimise ½ xᵀQx subject to Ax = b, Gx ≤ h, all dense. */
export interface QuadraticProgram {
  readonly Q: readonly (readonly number[])[];
  readonly A: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly G: readonly (readonly number[])[];
  readonly h: readonly number[];
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

/**
 * Solves a small, strictly feasible program by a primal-dual interior-point method (Boyd & Vandenberghe 2004, section 11.7) to
 * residuals below 1e-11.
 *
 * @returns x
 */
export function solveDenseQp({ Q, A, b, G, h }: QuadraticProgram): number[] {
  const n = Q.length;
  let x: number[] = new Array(n).fill(0);
  let y: number[] = new Array(A.length).fill(0);
  let s: number[] = h.map(() => 1);
  let z: number[] = h.map(() => 1);
  for (let iteration = 0; iteration < 100; iteration++) {
    const gap = dot(s, z) / s.length;
    const dualResidual = x.map(
      (_, i) =>
        dot(Q[i], x) +
        A.reduce((sum, row, k) => sum + row[i] * y[k], 0) +
        G.reduce((sum, row, k) => sum + row[i] * z[k], 0),
    );
    const equality = A.map((row, k) => dot(row, x) - b[k]);
    const inequality = G.map((row, k) => dot(row, x) + s[k] - h[k]);
    const worst = Math.max(gap, ...[...dualResidual, ...equality, ...inequality].map(Math.abs));
    if (worst < 1e-11) return x;

    // Newton's step towards complementary products of a tenth of the gap, s and z eliminated.
    const target = gap / 10;
    const weights = z.map((value, k) => value / s[k]);
    const pull = G.map((_, k) => weights[k] * inequality[k] + (target - s[k] * z[k]) / s[k]);
    const rows = Q.map((row, i) => [
      ...row.map(
        (value, j) => value + G.reduce((sum, g, k) => sum + (g[i] && g[j] ? weights[k] * g[i] * g[j] : 0), 0),
      ),
      ...A.map((a) => a[i]),
      -dualResidual[i] - G.reduce((sum, g, k) => sum + g[i] * pull[k], 0),
    ]);
    const step = eliminate([...rows, ...A.map((a, k) => [...a, ...A.map(() => 0), -equality[k]])]);
    const dx = step.slice(0, n);
    const ds = G.map((g, k) => -inequality[k] - dot(g, dx));
    const dz = G.map((_, k) => (target - s[k] * z[k] - z[k] * ds[k]) / s[k]);
    let length = 1;
    for (const [value, change] of [...s.map((v, k) => [v, ds[k]]), ...z.map((v, k) => [v, dz[k]])]) {
      if (change < 0) length = Math.min(length, (-0.99 * value) / change);
    }
    const moved = (from: number[], by: number[]) => from.map((value, i) => value + length * by[i]);
    x = moved(x, dx);
    y = moved(y, step.slice(n));
    s = moved(s, ds);
    z = moved(z, dz);
  }
  throw new Error('the interior-point method did not converge');
}

/** Solves the linear equations whose rows are given with the right-hand side last, by Gaussian elimination with pivoting. */
function eliminate(rows: number[][]): number[] {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) {
      if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i;
    }
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let i = column + 1; i < n; i++) {
      const factor = rows[i][column] / rows[column][column];
      if (factor !== 0) for (let j = column; j <= n; j++) rows[i][j] -= factor * rows[column][j];
    }
  }
  const solution: number[] = new Array(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    const known = rows[i].slice(i + 1, n);
    solution[i] = (rows[i][n] - dot(known, solution.slice(i + 1))) / rows[i][i];
  }
  return solution;
}
