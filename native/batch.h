// What enters and leaves the network: gathering a batch into groups of 16 samples, and distances of its outputs to targets.
#pragma once

#include <cstring>

#include "kernels.h"
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

// groups[g][f][lane] = samples[order[16 g + lane]][f]; padding lanes are 0.
void gatherBatch(int batch, int features, const float* samples, const uint32_t* order, float* groups) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const float* rows[LANES];
    const int lanes = lanesUsed(batch, g);
    for (int i = 0; i < lanes; i++) rows[i] = samples + static_cast<int64_t>(order[g * LANES + i]) * features;
    float* to = groups + static_cast<int64_t>(g) * features * LANES;
    if (lanes < LANES) std::memset(to, 0, sizeof(float) * features * LANES);
    rowsToLanes(lanes, features, rows, to);
  }
}

// samples[16 g + lane][f] = groups[g][f][lane].
void scatterBatch(int batch, int features, const float* groups, float* samples) {
  for (int g = 0; g < groupsOf(batch); g++) {
    lanesToRows(lanesUsed(batch, g), features, groups + static_cast<int64_t>(g) * features * LANES,
                samples + static_cast<int64_t>(g) * LANES * features, features);
  }
}

// distances[s] = ‖output_s − target_s‖²; the target is one point for all (`shared`) or laid out like the output. Four partial
// sums a lane, by feature modulo 4.
void squaredDistances(int batch, int features, const float* output, const float* target, bool shared, float* distances) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const float* values = output + static_cast<int64_t>(g) * features * LANES;
    const float* targets = target + static_cast<int64_t>(g) * features * LANES;
    float sums[4][LANES] = {};
    for (int f = 0; f < features; f++) {
      float* sum = sums[f % 4];
      for (int i = 0; i < LANES; i++) {
        const float difference = values[f * LANES + i] - (shared ? target[f] : targets[f * LANES + i]);
        sum[i] += difference * difference;
      }
    }
    for (int i = 0; i < LANES && g * LANES + i < batch; i++) {
      distances[g * LANES + i] = (sums[0][i] + sums[1][i]) + (sums[2][i] + sums[3][i]);
    }
  }
}

// gradient = 2 · weight_s · (output_s − target_s), 0 in padding lanes.
void distanceGradient(int batch, int features, const float* output, const float* target, bool shared,
                      const float* weights, float* gradient) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const int64_t start = static_cast<int64_t>(g) * features * LANES;
    float factor[LANES] = {};
    for (int i = 0; i < LANES && g * LANES + i < batch; i++) factor[i] = 2 * weights[g * LANES + i];
    for (int f = 0; f < features; f++) {
      const int64_t at = start + static_cast<int64_t>(f) * LANES;
      for (int i = 0; i < LANES; i++) {
        gradient[at + i] = factor[i] * (output[at + i] - (shared ? target[f] : target[at + i]));
      }
    }
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
