// What enters and leaves the network: gathering a batch into groups of 16 samples, and distances of its outputs to targets.
#pragma once

#include <cstring>

#include "kernels.h"
#include "pointwise.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// to[column][row] = from[row][column] for the columns of 16 or fewer rows; `to` has a stride of 16.
inline void rowsToLanes(int rows, int columns, const float* const* from, float* to) {
  int f = 0;
  if (rows == LANES) {
    for (; f + 4 <= columns; f += 4) {
      for (int i = 0; i < LANES; i += 4) {
        const float* const block[4] = {from[i] + f, from[i + 1] + f, from[i + 2] + f, from[i + 3] + f};
        float* corner = to + f * LANES + i;
        float* const lanes[4] = {corner, corner + LANES, corner + 2 * LANES, corner + 3 * LANES};
        transpose4(block, lanes);
      }
    }
  }
  for (; f < columns; f++) {
    for (int i = 0; i < rows; i++) to[f * LANES + i] = from[i][f];
  }
}

// to[row · stride + column] = from[column][row] for the columns of 16 or fewer rows; `from` has a stride of 16.
inline void lanesToRows(int rows, int columns, const float* from, float* to, int64_t stride) {
  int f = 0;
  if (rows == LANES) {
    for (; f + 4 <= columns; f += 4) {
      for (int i = 0; i < LANES; i += 4) {
        const float* corner = from + f * LANES + i;
        const float* const lanes[4] = {corner, corner + LANES, corner + 2 * LANES, corner + 3 * LANES};
        float* row = to + i * stride + f;
        float* const block[4] = {row, row + stride, row + 2 * stride, row + 3 * stride};
        transpose4(lanes, block);
      }
    }
  }
  for (int i = 0; i < rows; i++) {
    for (int column = f; column < columns; column++) to[i * stride + column] = from[column * LANES + i];
  }
}

inline int lanesUsed(int batch, int group) { return batch - group * LANES < LANES ? batch - group * LANES : LANES; }

// groups[g][f][lane] = samples[order[16 g + lane]][f] of groups of `width` features; padding lanes are 0.
void gatherBatch(int batch, int features, const float* samples, const uint32_t* order, float* groups, int width) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const float* rows[LANES];
    const int lanes = lanesUsed(batch, g);
    for (int i = 0; i < lanes; i++) rows[i] = samples + static_cast<int64_t>(order[g * LANES + i]) * features;
    float* to = groups + static_cast<int64_t>(g) * width * LANES;
    if (lanes < LANES) std::memset(to, 0, sizeof(float) * features * LANES);
    rowsToLanes(lanes, features, rows, to);
  }
}

// samples[16 g + lane][f] = groups[g][f][lane] of groups of `width` features.
void scatterBatch(int batch, int features, const float* groups, float* samples, int width) {
  for (int g = 0; g < groupsOf(batch); g++) {
    lanesToRows(lanesUsed(batch, g), features, groups + static_cast<int64_t>(g) * width * LANES,
                samples + static_cast<int64_t>(g) * LANES * features, features);
  }
}

// The target of feature `f` in the lanes of a group: the same for all samples (SHARED), or laid out like the output.
template <bool SHARED>
inline Vec targetOf(const float* target, int group, int features, int f) {
  return SHARED ? broadcast(target[f]) : load(target + (static_cast<int64_t>(group) * features + f) * LANES);
}

// distances[s] = ‖output_s − target_s‖². Four partial sums a lane, by feature modulo 4.
template <bool SHARED>
void squaredDistances(int batch, int features, const float* output, const float* target, float* distances) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const float* values = output + static_cast<int64_t>(g) * features * LANES;
    Vec sums[4] = {broadcast(0), broadcast(0), broadcast(0), broadcast(0)};
    const auto add = [&](int f, Vec& sum) {
      const Vec difference = load(values + f * LANES) - targetOf<SHARED>(target, g, features, f);
      sum = sum + difference * difference;
    };
    int f = 0;
    for (; f + 4 <= features; f += 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) add(f + i, sums[i]);
    }
    for (int i = 0; f + i < features; i++) add(f + i, sums[i]);
    float total[LANES];
    store(total, (sums[0] + sums[1]) + (sums[2] + sums[3]));
    std::memcpy(distances + g * LANES, total, sizeof(float) * lanesUsed(batch, g));
  }
}

void squaredDistances(int batch, int features, const float* output, const float* target, bool shared,
                      float* distances) {
  if (shared) squaredDistances<true>(batch, features, output, target, distances);
  else squaredDistances<false>(batch, features, output, target, distances);
}

// entropies[s] = Σ_f log(1 + e^logit) − target · logit. Four partial sums a lane, by feature modulo 4.
void crossEntropies(int batch, int features, const float* logits, const float* target, float* entropies) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const int64_t start = static_cast<int64_t>(g) * features * LANES;
    Vec sums[4] = {broadcast(0), broadcast(0), broadcast(0), broadcast(0)};
    for (int f = 0; f < features; f++) {
      const float* a = logits + start + f * LANES;
      const float* x = target + start + f * LANES;
      float terms[LANES];
      for (int i = 0; i < LANES; i++) terms[i] = softplus(a[i]) - x[i] * a[i];
      sums[f % 4] = sums[f % 4] + load(terms);
    }
    float total[LANES];
    store(total, (sums[0] + sums[1]) + (sums[2] + sums[3]));
    std::memcpy(entropies + g * LANES, total, sizeof(float) * lanesUsed(batch, g));
  }
}

// gradient = weight_s · (1 / (1 + e^−logit) − target), 0 in padding lanes.
void crossEntropyGradient(int batch, int features, const float* logits, const float* target, const float* weights,
                          float* gradient) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const int64_t start = static_cast<int64_t>(g) * features * LANES;
    float factors[LANES] = {};
    std::memcpy(factors, weights + g * LANES, sizeof(float) * lanesUsed(batch, g));
    for (int64_t f = start; f < start + static_cast<int64_t>(features) * LANES; f += LANES) {
      for (int i = 0; i < LANES; i++) gradient[f + i] = factors[i] * (sigmoid(logits[f + i]) - target[f + i]);
    }
  }
}

// gradient = 2 · weight_s · (output_s − target_s), 0 in padding lanes.
template <bool SHARED>
void distanceGradient(int batch, int features, const float* output, const float* target, const float* weights,
                      float* gradient) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const int64_t start = static_cast<int64_t>(g) * features * LANES;
    float factors[LANES] = {};
    for (int i = 0; i < lanesUsed(batch, g); i++) factors[i] = 2 * weights[g * LANES + i];
    const Vec factor = load(factors);
    for (int f = 0; f < features; f++) {
      const Vec difference = load(output + start + f * LANES) - targetOf<SHARED>(target, g, features, f);
      store(gradient + start + f * LANES, factor * difference);
    }
  }
}

void distanceGradient(int batch, int features, const float* output, const float* target, bool shared,
                      const float* weights, float* gradient) {
  if (shared) distanceGradient<true>(batch, features, output, target, weights, gradient);
  else distanceGradient<false>(batch, features, output, target, weights, gradient);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
