// Squared distances between every two of many points, and the radial basis function of them: what kernel methods are made of.
#pragma once

#include <vector>

#include "batch.h"
#include "kernels.h"
#include "pointwise.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// ROWS points of a against GROUPS groups of 16 points of b.
template <int ROWS, int GROUPS>
[[gnu::noinline]] void distanceTile(int features, const float* a, const float* b, float* lanes) {
  Vec sum[ROWS][GROUPS];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 8
    for (int g = 0; g < GROUPS; g++) sum[r][g] = broadcast(0);
  }
  const int64_t group = static_cast<int64_t>(features) * LANES;
  for (int f = 0; f < features; f++) {
    Vec points[GROUPS];
#pragma GCC unroll 8
    for (int g = 0; g < GROUPS; g++) points[g] = load(b + g * group + f * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++) {
      const Vec value = broadcast(a[static_cast<int64_t>(r) * features + f]);
#pragma GCC unroll 8
      for (int g = 0; g < GROUPS; g++) {
        const Vec difference = points[g] - value;
        sum[r][g] = fma(difference, difference, sum[r][g]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 8
    for (int g = 0; g < GROUPS; g++) store(lanes + (r * GROUPS + g) * LANES, sum[r][g]);
  }
}

// out[i][j] = ‖a_i − b_j‖² for points in rows, summed feature by feature.
void pairwiseDistances(int countA, int countB, int features, const float* a, const float* b, float* out) {
  constexpr int ROWS = MAX_CHANNELS, GROUPS = ACCUMULATORS / MAX_CHANNELS, POINTS = GROUPS * LANES;
  static thread_local std::vector<float> groups;
  groups.resize(static_cast<size_t>(POINTS) * features);
  float lanes[ROWS * POINTS];
  uint32_t order[POINTS];
  for (int first = 0; first < countB; first += POINTS) {
    const int used = std::min(POINTS, countB - first);
    for (int i = 0; i < used; i++) order[i] = static_cast<uint32_t>(first + i);
    gatherBatch(used, features, b, order, groups.data());
    int row = 0;
    const auto rows = [&](auto tile, int count) {
      for (; row + count <= countA; row += count) {
        tile(features, a + static_cast<int64_t>(row) * features, groups.data(), lanes);
        for (int r = 0; r < count; r++) {
          std::memcpy(out + static_cast<int64_t>(row + r) * countB + first, lanes + r * POINTS, sizeof(float) * used);
        }
      }
    };
    rows(distanceTile<ROWS, GROUPS>, ROWS);
    rows(distanceTile<1, GROUPS>, 1);
  }
}

// out = exp(−γ · distances); both may be the same array.
void radialBasis(int64_t count, float gamma, const float* distances, float* out) {
  for (int64_t i = 0; i < count; i++) out[i] = exponential(-gamma * distances[i]);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
