import type { Weights } from '../engine/engine.js';

/** A network's weights under flat names such as `layer0.kernel`, for saving. */
export function namedWeights(weights: Weights): Record<string, Float32Array> {
  return Object.fromEntries(
    weights.flatMap((layer, i) =>
      Object.entries(layer).map(([name, values]) => [`layer${i}.${name}`, values]),
    ),
  );
}
