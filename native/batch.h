// What enters and leaves the network: gathering a batch into groups of 16 samples, and distances of its outputs to targets.
#pragma once

#include "kernels.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// groups[g][f][lane] = samples[order[16 g + lane]][f]; padding lanes are 0.
void gatherBatch(int batch, int features, const float* samples, const uint32_t* order, float* groups) {
  for (int g = 0; g < groupsOf(batch); g++) {
    const float* rows[LANES];
    const int lanes = batch - g * LANES < LANES ? batch - g * LANES : LANES;
    for (int i = 0; i < lanes; i++) rows[i] = samples + static_cast<int64_t>(order[g * LANES + i]) * features;
    float* to = groups + static_cast<int64_t>(g) * features * LANES;
    for (int f = 0; f < features; f++, to += LANES) {
      for (int i = 0; i < lanes; i++) to[i] = rows[i][f];
      for (int i = lanes; i < LANES; i++) to[i] = 0;
    }
  }
}

// samples[16 g + lane][f] = groups[g][f][lane].
void scatterBatch(int batch, int features, const float* groups, float* samples) {
  for (int s = 0; s < batch; s++) {
    const float* from = groups + static_cast<int64_t>(s / LANES) * features * LANES + s % LANES;
    float* to = samples + static_cast<int64_t>(s) * features;
    for (int f = 0; f < features; f++) to[f] = from[static_cast<int64_t>(f) * LANES];
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
