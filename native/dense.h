// Dense layers: correlations of planes of a single position, with as many channels as the layer has inputs.
#pragma once

#include "batch.h"
#include "correlation.h"
#include "kernels.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Packs weights [output][input] as correlate() reads them: for the layer itself and, with the roles of inputs and outputs
// exchanged, for the gradient by its input.
void packDense(int inputs, int outputs, const float* weights, float* forward, float* backward) {
  for (int first = 0; first < outputs; first += CHANNEL_BLOCK) {
    const int width = std::min(CHANNEL_BLOCK, outputs - first);
    const float* block = weights + static_cast<int64_t>(first) * inputs;
    const int whole = width == CHANNEL_BLOCK ? inputs / 4 * 4 : 0;
    for (int i = 0; i < whole; i += 4) {
      for (int o = 0; o < CHANNEL_BLOCK; o += 4) {
        const float* row = block + static_cast<int64_t>(o) * inputs + i;
        float* corner = forward + i * CHANNEL_BLOCK + o;
        const float* const from[4] = {row, row + inputs, row + 2 * inputs, row + 3 * inputs};
        float* const to[4] = {corner, corner + CHANNEL_BLOCK, corner + 2 * CHANNEL_BLOCK, corner + 3 * CHANNEL_BLOCK};
        transpose4(from, to);
      }
    }
    for (int i = whole; i < inputs; i++) {
      for (int o = 0; o < width; o++) forward[i * width + o] = block[static_cast<int64_t>(o) * inputs + i];
    }
    forward += inputs * width;
  }
  for (int first = 0; first < inputs; first += CHANNEL_BLOCK) {
    const int width = std::min(CHANNEL_BLOCK, inputs - first);
    for (int o = 0; o < outputs; o++, backward += width) {
      std::memcpy(backward, weights + static_cast<int64_t>(o) * inputs + first, sizeof(float) * width);
    }
  }
}

// to[f / width][s][f % width] = from[group of s][f][lane of s]: samples become channels, and features lanes. The last block is
// narrower where `padded` is off; padding features are left as they are.
inline void transposeLanes(int batch, int features, int width, bool padded, const float* from, float* to) {
  for (int first = 0; first < features; first += width) {
    const int used = std::min(width, features - first);
    const int stride = padded ? width : used;
    for (int g = 0; g < groupsOf(batch); g++) {
      lanesToRows(lanesUsed(batch, g), used, from + (static_cast<int64_t>(g) * features + first) * LANES,
                  to + static_cast<int64_t>(first) * batch + static_cast<int64_t>(g) * LANES * stride, stride);
    }
  }
}

inline Planes points(int channels) { return {int64_t{channels} * LANES, LANES, LANES, LANES, channels, 1, 1}; }

// y[o] = Σ weights[o][i] · x[i], the weights packed.
void denseForward(int batch, int inputs, int outputs, const float* x, const float* weights, float* y) {
  correlateDirectly({groupsOf(batch), 1, 1, 0, 0}, x, points(inputs), y, points(outputs), weights, false);
}

// y[o] += bias[o].
void addBias(int batch, int outputs, const float* bias, float* y) {
  for (int g = 0; g < groupsOf(batch); g++) {
    for (int o = 0; o < outputs; o++, y += LANES) store(y, load(y) + broadcast(bias[o]));
  }
}

// gradient[o] = Σ over samples of dy[o], whose padding lanes are 0.
void biasGradient(int batch, int outputs, const float* dy, float* gradient) {
  for (int o = 0; o < outputs; o++) {
    Vec sum = broadcast(0);
    for (int g = 0; g < groupsOf(batch); g++) sum = sum + load(dy + (static_cast<int64_t>(g) * outputs + o) * LANES);
    gradient[o] = sumLanes(sum);
  }
}

// gradient[o][i] = Σ over samples of dy[o] · x[i]: with samples in the place of channels and inputs in the lanes this is a
// correlation too, whose "weights" are dy. And dx, where it is asked for, by the weights packed backward. `scratch` holds
// denseScratch() floats, zeros at first.
void denseBackward(int batch, int inputs, int outputs, const float* x, const float* dy, const float* weights,
                   float* scratch, float* gradient, float* dx) {
  const int blocks = groupsOf(inputs);
  float* rows = scratch;
  float* samples = rows + int64_t{blocks} * LANES * batch;
  float* packed = samples + int64_t{outputs} * batch;
  transposeLanes(batch, inputs, LANES, true, x, rows);
  transposeLanes(batch, outputs, CHANNEL_BLOCK, false, dy, samples);
  correlateDirectly({blocks, 1, 1, 0, 0}, rows, points(batch), packed, points(outputs), samples, false);
  for (int block = 0; block < blocks; block++) {
    const int used = std::min(LANES, inputs - block * LANES);
    for (int o = 0; o < outputs; o++, packed += LANES) {
      std::memcpy(gradient + static_cast<int64_t>(o) * inputs + block * LANES, packed, sizeof(float) * used);
    }
  }
  if (dx) denseForward(batch, outputs, inputs, dy, weights, dx);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
