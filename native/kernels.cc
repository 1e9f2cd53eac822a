// Compiled once for each instruction set: DEEPSAD_ISA names the namespace that this copy of the kernels lives in.
#include "kernels.h"

#include <chrono>

#include "batch.h"
#include "correlation.h"
#include "dense.h"
#include "density.h"
#include "distances.h"
#include "dual.h"
#include "normalization.h"
#include "pointwise.h"
#include "filtering.h"
#include "latents.h"

namespace deepsad {
namespace DEEPSAD_ISA {

#define DEEPSAD_STRING_OF(name) #name
#define DEEPSAD_STRING(name) DEEPSAD_STRING_OF(name)

// GFLOP/s of fused multiply-adds on registers alone, the best of ten spells of some milliseconds.
double measureFmaPeak() {
  constexpr int CHAINS = 12 / PARTS > 2 ? 12 / PARTS : 3;
  constexpr int STEPS = 1000000;
  Vec sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = broadcast(static_cast<float>(i));
  const Vec factor = broadcast(0.999f), addend = broadcast(0.001f);
  double best = 0;
  for (int spell = 0; spell < 10; spell++) {
    const auto start = std::chrono::steady_clock::now();
    for (int step = 0; step < STEPS; step++) {
#pragma GCC unroll 16
      for (int i = 0; i < CHAINS; i++) sums[i] = fma(sums[i], factor, addend);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * LANES * CHAINS * STEPS / seconds.count() / 1e9);
  }
  volatile float kept = 0;
  for (const Vec& sum : sums) kept = kept + sumLanes(sum);
  return best;
}

extern const Kernels kernels = {
    DEEPSAD_STRING(DEEPSAD_ISA),
    correlate,
    correlateGradient,
    gatherSums,
    packDense,
    denseForward,
    denseBackward,
    addBias,
    biasGradient,
    normalizeForward,
    normalizeBatch,
    normalizeBackward,
    sigmoidForward,
    sigmoidBackward,
    squaredDistances,
    distanceGradient,
    crossEntropies,
    crossEntropyGradient,
    adam,
    drawLatents,
    gatherBatch,
    scatterBatch,
    pairwiseDistances,
    symmetricDistances,
    radialBasis,
    findExtremes,
    findPartner,
    addRows,
    weightedSum,
    gaussianSums,
    measureFmaPeak,
};

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
