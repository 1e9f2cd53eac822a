// Squared distances between every two of many points, and the radial basis function of them: what kernel methods are made of.
#pragma once

#include <algorithm>
#include <cstring>
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

// The squared distances of points in rows to a block of others, tile by tile; each is summed feature by feature, so that it has the
// same bits in whichever tile it lies.
class DistanceBlock {
 public:
  static constexpr int ROWS = MAX_CHANNELS, GROUPS = ACCUMULATORS / MAX_CHANNELS, POINTS = GROUPS * LANES;

  explicit DistanceBlock(int features) : features_(features), groups_(static_cast<size_t>(POINTS) * features) {}

  // Takes the points `first` up to but not including `first + used`, at most POINTS, as the others.
  void choose(const float* points, int first, int used) {
    uint32_t order[POINTS];
    for (int i = 0; i < used; i++) order[i] = static_cast<uint32_t>(first + i);
    gatherBatch(used, features_, points, order, groups_.data());
  }

  // Gives take(row, r, lanes) the distances of the points `from` up to but not including `to`: r rows from `row` on, each of POINTS lanes.
  template <typename Take>
  void each(const float* points, int from, int to, const Take& take) {
    float lanes[ROWS * POINTS];
    int row = from;
    const auto rows = [&](auto tile, int count) {
      for (; row + count <= to; row += count) {
        tile(features_, points + static_cast<int64_t>(row) * features_, groups_.data(), lanes);
        take(row, count, lanes);
      }
    };
    rows(distanceTile<ROWS, GROUPS>, ROWS);
    rows(distanceTile<1, GROUPS>, 1);
  }

 private:
  int features_;
  std::vector<float> groups_;
};

// out[i][j] = ‖a_i − b_j‖² for points in rows.
void pairwiseDistances(int countA, int countB, int features, const float* a, const float* b, float* out) {
  constexpr int POINTS = DistanceBlock::POINTS;
  DistanceBlock block(features);
  for (int first = 0; first < countB; first += POINTS) {
    const int used = std::min(POINTS, countB - first);
    block.choose(b, first, used);
    block.each(a, 0, countA, [&](int row, int rows, const float* lanes) {
      for (int r = 0; r < rows; r++) {
        std::memcpy(out + static_cast<int64_t>(row + r) * countB + first, lanes + r * POINTS, sizeof(float) * used);
      }
    });
  }
}

// out[i][j] = out[j][i] = ‖x_i − x_j‖² for points in rows, each computed once.
void symmetricDistances(int count, int features, const float* points, float* out) {
  constexpr int POINTS = DistanceBlock::POINTS;
  DistanceBlock block(features);
  for (int first = 0; first < count; first += POINTS) {
    const int used = std::min(POINTS, count - first);
    block.choose(points, first, used);
    block.each(points, first, count, [&](int row, int rows, const float* lanes) {
      for (int r = 0; r < rows; r++) {
        std::memcpy(out + static_cast<int64_t>(row + r) * count + first, lanes + r * POINTS, sizeof(float) * used);
      }
      for (int j = 0; j < used; j++) {
        float* mirrored = out + static_cast<int64_t>(first + j) * count + row;
        for (int r = 0; r < rows; r++) mirrored[r] = lanes[r * POINTS + j];
      }
    });
  }
}

// out = exp(−γ · distances); both may be the same array.
void radialBasis(int64_t count, float gamma, const float* distances, float* out) {
  for (int64_t i = 0; i < count; i++) out[i] = exponential(-gamma * distances[i]);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
