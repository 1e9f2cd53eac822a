/**
 * A correlation along one axis whose input may be up-sampled. Nearest up-sampling by f followed by a kernel is, for each of the
 * f output phases p (outputs at f·q + p), a smaller kernel on the input as it was before: taps that fall on the same input
 * value are summed. With f = 1 there is one phase and nothing changes.
 */
export interface AxisPhase {
  /** Outputs of this phase: at `phase`, `phase + factor`, …. */
  readonly phase: number;
  readonly outputs: number;
  /** The input position of the first tap, for the phase's first output. */
  readonly offset: number;
  /** For each tap of the phase's kernel, the taps of the whole kernel that it sums. */
  readonly taps: readonly (readonly number[])[];
}

/**
 * Splits a kernel along one axis into phases.
 *
 * @param kernel the number of taps
 * @param offset the position of the first tap relative to the output, in up-sampled steps
 * @param outputs the extent of the output
 * @param factor the up-sampling before the kernel: 1 or 2
 */
export function axisPhases(kernel: number, offset: number, outputs: number, factor: number): AxisPhase[] {
  return Array.from({ length: Math.min(factor, outputs) }, (_, phase) => {
    const position = (tap: number) => Math.floor((phase + tap + offset) / factor);
    const first = position(0);
    const taps: number[][] = Array.from({ length: position(kernel - 1) - first + 1 }, () => []);
    for (let tap = 0; tap < kernel; tap++) taps[position(tap) - first].push(tap);
    return { phase, outputs: Math.ceil((outputs - phase) / factor), offset: first, taps };
  });
}
