import * as z from 'zod';
import type { SchemaOf } from './schema-of.js';

/** Groups of samples whose representations are probed apart: those that training pulls together, and those that are to stay apart. */
export const GROUPS = ['training normal', 'test normal', 'known anomaly', 'unseen anomaly'] as const;
export type Group = (typeof GROUPS)[number];

/**
 * How an encoder's representations of a group of samples lie at a moment of its training. Entropies are in nats a dimension; scaling all
 * representations by s adds ln s to each, so that only differences between groups mean anything. One that is not finite is null, as of
 * representations that are all equal, where it is −∞: JSON has no other word for it.
 */
export interface Probe {
  /** Epochs of training that were done. */
  readonly epoch: number;
  readonly group: Group;
  /** Samples of the group that were probed. */
  readonly count: number;
  /** The entropy that their covariance allows at most, ½ ln det(2πeΣ). */
  readonly gaussian: number | null;
  /** ½ ln(2πe·m/d) with m the mean squared distance to the center c of the detector, where it has one. */
  readonly aroundCenter?: number | null;
  /** The same about their own mean. */
  readonly aroundMean: number | null;
  /** The entropy by the distances to the fifth neighbour, of equally many samples of each group. */
  readonly neighbour: number | null;
  /** exp(−Σ p ln p), p the eigenvalues of their covariance as shares. */
  readonly effectiveRank: number;
  /** These eigenvalues in descending order, before the first epoch and after the last. */
  readonly spectrum?: readonly number[];
}

const eigenvalue = z.number().min(0);
const entropy = z.number().nullable();

export const probeSchema: z.ZodType<Probe> = z.object({
  epoch: z.int().min(0),
  group: z.enum(GROUPS),
  count: z.int().min(1),
  gaussian: entropy,
  aroundCenter: entropy.exactOptional(),
  aroundMean: entropy,
  neighbour: entropy,
  effectiveRank: z.number(),
  spectrum: z.array(eigenvalue).exactOptional(),
} satisfies SchemaOf<Probe>);

/** How much more entropy a group has than the normal test samples at the same moment, or less; undefined where one was not probed, or has none. */
export function excess(
  probes: readonly Probe[],
  { epoch, group }: Pick<Probe, 'epoch' | 'group'>,
  measure: 'gaussian' | 'neighbour',
): number | undefined {
  const at = (wanted: Group) => probes.find((probe) => probe.epoch === epoch && probe.group === wanted);
  const own = at(group)?.[measure];
  const normal = at('test normal')?.[measure];
  return typeof own === 'number' && typeof normal === 'number' ? own - normal : undefined;
}
