// Squared distances between every two of many points, and the radial basis function of them: what kernel methods are made of.
#pragma once

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "aligned.h"
#include "batch.h"
#include "kernels.h"
#include "pointwise.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Of so many features or more, distances are made from inner products, a multiply-add each where differences take two operations.
// Fewer are dominated by other work.
constexpr int MANY_FEATURES = 64;

// A distance below this share of what it is the difference of has lost too many digits.
constexpr float LOSS = 1.0f / 8;

// Features that are gone through at a time, so that they stay in the first cache; fewer addends a sum make for smaller rounding errors too.
constexpr int CHUNK = MANY_FEATURES;

constexpr int TILE_ROWS = MAX_CHANNELS, TILE_GROUPS = POSITION_ACCUMULATORS / MAX_CHANNELS,
              TILE_POINTS = TILE_GROUPS * LANES;

// Points of a and of b that stay in the second cache while they meet.
constexpr int BLOCK_ROWS = 64, PANEL_POINTS = 144;
static_assert(PANEL_POINTS % TILE_POINTS == 0);

// Adds to the sums of ROWS points of a with TILE_POINTS points of b, which lie `features` vectors apart in groups of 16, what `count`
// of the features contribute: squared differences, or products.
template <int ROWS, bool PRODUCTS>
[[gnu::noinline]] void distanceTile(int count, const int32_t* counted, int64_t features, const float* a, const float* b,
                                    float* lanes) {
  Vec sum[ROWS][TILE_GROUPS];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 8
    for (int g = 0; g < TILE_GROUPS; g++) sum[r][g] = broadcast(0);
  }
  for (int k = 0; k < count; k++) {
    const int64_t f = counted[k];
    Vec points[TILE_GROUPS];
#pragma GCC unroll 8
    for (int g = 0; g < TILE_GROUPS; g++) points[g] = load(b + (g * features + f) * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++) {
      const Vec value = broadcast(a[r * features + f]);
#pragma GCC unroll 8
      for (int g = 0; g < TILE_GROUPS; g++) {
        if constexpr (PRODUCTS) {
          sum[r][g] = fma(points[g], value, sum[r][g]);
        } else {
          const Vec difference = points[g] - value;
          sum[r][g] = fma(difference, difference, sum[r][g]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 8
    for (int g = 0; g < TILE_GROUPS; g++) {
      float* at = lanes + r * TILE_POINTS + g * LANES;
      store(at, load(at) + sum[r][g]);
    }
  }
}

// ‖a − b‖² of two points, feature by feature in 16 lanes.
inline float squaredDistance(int features, const float* a, const float* b) {
  Vec sum = broadcast(0);
  int f = 0;
  for (; f + LANES <= features; f += LANES) {
    const Vec difference = load(a + f) - load(b + f);
    sum = fma(difference, difference, sum);
  }
  float total = sumLanes(sum);
  for (; f < features; f++) total += (a[f] - b[f]) * (a[f] - b[f]);
  return total;
}

// Moves points in rows so that the center is the origin, and gives the squared norm of each.
inline void centerPoints(int count, int features, const float* points, const float* center, float* moved,
                         float* norms) {
  for (int i = 0; i < count; i++, points += features, moved += features) {
    for (int f = 0; f < features; f++) moved[f] = points[f] - center[f];
    Vec sum = broadcast(0);
    int f = 0;
    for (; f + LANES <= features; f += LANES) sum = fma(load(moved + f), load(moved + f), sum);
    norms[i] = sumLanes(sum);
    for (; f < features; f++) norms[i] += moved[f] * moved[f];
  }
}

// Inner products ⟨a, b⟩ of the rows of a tile become squared distances ‖a‖² + ‖b‖² − 2⟨a, b⟩, or direct(r, j) where too many digits
// are lost.
template <typename Direct>
inline void productsToDistances(int rows, int used, const float* rowNorms, const float* norms, float* lanes,
                                const Direct& direct) {
  const Vec two = broadcast(2), loss = broadcast(LOSS), one = broadcast(1), zero = broadcast(0);
  for (int r = 0; r < rows; r++) {
    float* row = lanes + r * TILE_POINTS;
    Vec lost = zero;
    for (int k = 0; k < TILE_POINTS; k += LANES) {
      const Vec norm = broadcast(rowNorms[r]) + load(norms + k);
      const Vec distance = norm - two * load(row + k);
      lost = lost + ifGreater(distance, loss * norm, zero, one);
      store(row + k, distance);
    }
    if (sumLanes(lost) == 0) continue;
    for (int j = 0; j < used; j++) {
      if (!(row[j] > LOSS * (rowNorms[r] + norms[j]))) row[j] = direct(r, j);
    }
  }
}

// The features that add anything to products with `count` packed points: in which not all of them are 0, as pixels of a margin are once
// centered. In chunks, that end at `ends`.
inline void findCounted(int count, int features, const float* packed, std::vector<int32_t>& counted,
                        std::vector<size_t>& ends) {
  counted.clear();
  ends.clear();
  for (int f = 0; f < features; f++) {
    if (f % CHUNK == 0 && f > 0) ends.push_back(counted.size());
    Vec different = broadcast(0);
    for (int64_t g = 0; g < groupsOf(count); g++) {
      const Vec values = load(packed + (g * features + f) * LANES);
      different = different + ifEqual(values, broadcast(0), broadcast(0), broadcast(1));
    }
    if (sumLanes(different) > 0) counted.push_back(f);
  }
  ends.push_back(counted.size());
}

// Gives take(row, rows, first, used, lanes) the squared distances ‖a_i − b_j‖² part by part: `rows` points of a from `row` on, a line
// of TILE_POINTS lanes each, against `used` points of b from `first` on; where a triangle is enough, not all of those with j > i.
// However the parts lie, a distance has the same bits.
template <bool PRODUCTS, typename Take>
void distanceTiles(int countA, int countB, int features, const float* a, const float* b, const float* center,
                   bool triangle, const Take& take) {
  // Of a no more is moved than a block at a time: a copy of all of it may be more than there is memory for.
  const int mostRows = PRODUCTS ? std::min(countA, BLOCK_ROWS) : 0;
  const AlignedFloats movedA(int64_t{mostRows} * features), normsA(mostRows), movedB(int64_t{TILE_POINTS} * features),
      normsB(PANEL_POINTS), panel(int64_t{PANEL_POINTS} * features), lanes(BLOCK_ROWS * TILE_POINTS);
  uint32_t order[TILE_POINTS];
  std::iota(order, order + TILE_POINTS, 0);
  std::vector<int32_t> counted(features);
  std::iota(counted.begin(), counted.end(), 0);
  std::vector<size_t> ends = {counted.size()};  // Of differences one chunk, since there are fewer than MANY_FEATURES.
  const auto usedFrom = [=](int first) { return std::min(TILE_POINTS, countB - first); };
  const auto pointsOfB = [=](int first) { return b + static_cast<int64_t>(first) * features; };

  for (int panelStart = 0; panelStart < countB; panelStart += PANEL_POINTS) {
    const int panelEnd = std::min(panelStart + PANEL_POINTS, countB);
    const auto packed = [&](int first) { return panel.data() + static_cast<int64_t>(first - panelStart) * features; };
    for (int first = panelStart; first < panelEnd; first += TILE_POINTS) {
      const float* points = pointsOfB(first);
      if (PRODUCTS) {
        centerPoints(usedFrom(first), features, points, center, movedB.data(), normsB.data() + first - panelStart);
        points = movedB.data();
      }
      gatherBatch(usedFrom(first), features, points, order, packed(first), features);
    }
    if (PRODUCTS) findCounted(panelEnd - panelStart, features, panel.data(), counted, ends);

    for (int start = triangle ? panelStart : 0; start < countA; start += BLOCK_ROWS) {
      const int rows = std::min(BLOCK_ROWS, countA - start);
      const float* pointsOfA = a + static_cast<int64_t>(start) * features;
      const float* operands = PRODUCTS ? movedA.data() : pointsOfA;
      if (PRODUCTS) centerPoints(rows, features, pointsOfA, center, movedA.data(), normsA.data());
      for (int first = panelStart; first < (triangle ? std::min(panelEnd, start + rows) : panelEnd);
           first += TILE_POINTS) {
        std::memset(lanes.data(), 0, sizeof(float) * rows * TILE_POINTS);
        size_t from = 0;
        for (const size_t end : ends) {
          int row = 0;
          const auto tiles = [&](auto tile, int height) {
            for (; row + height <= rows; row += height) {
              tile(static_cast<int>(end - from), counted.data() + from, features,
                   operands + static_cast<int64_t>(row) * features, packed(first), lanes.data() + row * TILE_POINTS);
            }
          };
          tiles(distanceTile<TILE_ROWS, PRODUCTS>, TILE_ROWS);
          tiles(distanceTile<1, PRODUCTS>, 1);
          from = end;
        }
        if constexpr (PRODUCTS) {
          const auto direct = [&](int r, int j) {
            return squaredDistance(features, pointsOfA + static_cast<int64_t>(r) * features, pointsOfB(first + j));
          };
          productsToDistances(rows, usedFrom(first), normsA.data(), normsB.data() + first - panelStart, lanes.data(),
                              direct);
        }
        take(start, rows, first, usedFrom(first), lanes.data());
      }
    }
  }
}

template <typename Take>
void distanceTiles(int countA, int countB, int features, const float* a, const float* b, const float* center,
                   bool triangle, const Take& take) {
  if (features >= MANY_FEATURES) distanceTiles<true>(countA, countB, features, a, b, center, triangle, take);
  else distanceTiles<false>(countA, countB, features, a, b, center, triangle, take);
}

// out[i][j] = ‖a_i − b_j‖² for points in rows; `center` lies in the midst of b.
void pairwiseDistances(int countA, int countB, int features, const float* a, const float* b, const float* center,
                       float* out) {
  const auto take = [=](int row, int rows, int first, int used, const float* lanes) {
    for (int r = 0; r < rows; r++) {
      std::memcpy(out + static_cast<int64_t>(row + r) * countB + first, lanes + r * TILE_POINTS, sizeof(float) * used);
    }
  };
  distanceTiles(countA, countB, features, a, b, center, false, take);
}

// out[i][j] = out[j][i] = ‖x_i − x_j‖² for points in rows, each computed once; `center` lies in their midst.
void symmetricDistances(int count, int features, const float* points, const float* center, float* out) {
  const auto take = [=](int row, int rows, int first, int used, const float* lanes) {
    for (int r = 0; r < rows; r++) {
      std::memcpy(out + static_cast<int64_t>(row + r) * count + first, lanes + r * TILE_POINTS, sizeof(float) * used);
    }
    for (int j = 0; j < used; j++) {
      float* mirrored = out + static_cast<int64_t>(first + j) * count + row;
      for (int r = 0; r < rows; r++) mirrored[r] = lanes[r * TILE_POINTS + j];
    }
  };
  distanceTiles(count, count, features, points, points, center, true, take);
}

// out = exp(−γ · distances); both may be the same array.
void radialBasis(int64_t count, float gamma, const float* distances, float* out) {
  for (int64_t i = 0; i < count; i++) out[i] = exponential(-gamma * distances[i]);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
