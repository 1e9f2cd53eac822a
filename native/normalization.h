// Batch normalisation without affine parameters, leaky ReLU and 2 × 2 max-pooling in one pass over memory. All three are
// non-decreasing in each value, so the maximum is taken first and only it is normalised and activated.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Four positions at once keep four additions in flight; which position adds to which accumulator is part of the result.
constexpr int STRIDE = 4 * LANES;

// Values that are summed in float before the sum goes on in double.
constexpr int64_t FLOAT_SUM = 1024;

// 1 for the lanes of a group that hold samples of the batch, 0 for padding.
inline void laneMask(int batch, int group, float* mask) {
  for (int lane = 0; lane < LANES; lane++) mask[lane] = group * LANES + lane < batch ? 1.0f : 0.0f;
}

// The sum over the batch of one channel's terms, in WIDTH accumulators. Sums run over few values in float, then in double.
template <int WIDTH, typename Term>
double sumChannel(const Normalization& n, int batch, int channel, const float* x, Term term) {
  const int64_t plane = static_cast<int64_t>(n.height) * n.width * LANES;
  float mask[LANES];
  laneMask(batch, n.groups - 1, mask);
  double total = 0;
  float sums[WIDTH] = {};
  int64_t added = 0;
  for (int g = 0; g < n.groups; g++) {
    const bool last = g + 1 == n.groups;
    const float* values = x + (static_cast<int64_t>(g) * n.channels + channel) * plane;
    const auto add = [&](auto masked) {
      int64_t at = 0;
      for (; at + WIDTH <= plane; at += WIDTH) {
        for (int i = 0; i < WIDTH; i++) sums[i] += masked(term(values[at + i]), i);
      }
      for (; at < plane; at += LANES) {
        for (int i = 0; i < LANES; i++) sums[i] += masked(term(values[at + i]), i);
      }
    };
    if (last) add([&](float value, int i) { return value * mask[i % LANES]; });
    else add([](float value, int) { return value; });
    added += plane;
    if (added < FLOAT_SUM && !last) continue;
    for (int width = WIDTH; width > LANES; width /= 2) {
      for (int i = 0; i < width / 2; i++) sums[i] += sums[i + width / 2];
    }
    total += sumLanes(sums);
    std::fill_n(sums, WIDTH, 0.0f);
    added = 0;
  }
  return total;
}

// Mean, biased variance and scale = 1/√(variance + ε) of each channel over the batch.
void batchStatistics(const Normalization& n, int batch, float epsilon, const float* x, float* mean, float* variance,
                     float* scale) {
  const int positions = n.height * n.width;
  const double count = static_cast<double>(batch) * positions;
  for (int channel = 0; channel < n.channels; channel++) {
    const auto average = [&](auto term) {
      const double sum = positions < STRIDE / LANES ? sumChannel<LANES>(n, batch, channel, x, term)
                                                    : sumChannel<STRIDE>(n, batch, channel, x, term);
      return static_cast<float>(sum / count);
    };
    const float m = average([](float value) { return value; });
    const float v = average([m](float value) { return (value - m) * (value - m); });
    mean[channel] = m;
    variance[channel] = v;
    scale[channel] = 1.0f / std::sqrt(v + epsilon);
  }
}

// y = pool(leakyRelu((x − mean) · scale)).
void normalizeForward(const Normalization& n, const float* x, const float* mean, const float* scale, float* y) {
  const int height = n.pool ? n.height / 2 : n.height;
  const int width = n.pool ? n.width / 2 : n.width;
  const int64_t row = static_cast<int64_t>(n.width) * LANES;
  for (int g = 0; g < n.groups; g++) {
    for (int channel = 0; channel < n.channels; channel++) {
      const int64_t plane = static_cast<int64_t>(g) * n.channels + channel;
      const float* from = x + plane * n.height * row;
      float* to = y + plane * height * width * LANES;
      const float m = n.normalize ? mean[channel] : 0.0f;
      const float s = n.normalize ? scale[channel] : 1.0f;
      const auto activate = [m, s, slope = n.slope](float value) {
        const float h = (value - m) * s;
        return h > 0 ? h : h * slope;
      };
      if (!n.pool) {
        for (int64_t i = 0; i < n.height * row; i++) to[i] = activate(from[i]);
        continue;
      }
      for (int yy = 0; yy < height; yy++) {
        for (int xx = 0; xx < width; xx++, to += LANES) {
          const float* window = from + 2 * yy * row + 2 * xx * LANES;
          for (int i = 0; i < LANES; i++) {
            const float upper = std::max(window[i], window[i + LANES]);
            const float lower = std::max(window[row + i], window[row + i + LANES]);
            to[i] = activate(std::max(upper, lower));
          }
        }
      }
    }
  }
}

// Replaces x by the gradient of the loss by x, given dy by y. With h the normalised values and dh their gradient,
// dx = scale · (dh − mean(dh) − h · mean(dh · h)). Pooling hands a gradient to the first of equal maxima.
void normalizeBackward(const Normalization& n, int batch, float* x, const float* mean, const float* scale,
                       const float* dy) {
  const int height = n.pool ? n.height / 2 : n.height;
  const int width = n.pool ? n.width / 2 : n.width;
  const int64_t row = static_cast<int64_t>(n.width) * LANES;
  const int64_t pooledPlane = static_cast<int64_t>(height) * width * LANES;
  const float slope = n.slope;
  const double count = static_cast<double>(batch) * n.height * n.width;
  float ones[LANES], lastMask[LANES];
  std::fill_n(ones, LANES, 1.0f);
  laneMask(batch, n.groups - 1, lastMask);

  for (int channel = 0; channel < n.channels; channel++) {
    const float m = n.normalize ? mean[channel] : 0.0f;
    const float s = n.normalize ? scale[channel] : 1.0f;
    // Visits each position of y: the normalised value h behind it, the gradient dh there, and where in x it comes from.
    const auto visit = [&](int g, auto each) {
      const int64_t plane = static_cast<int64_t>(g) * n.channels + channel;
      float* values = x + plane * n.height * row;
      const float* gradients = dy + plane * pooledPlane;
      for (int yy = 0; yy < height; yy++) {
        for (int xx = 0; xx < width; xx++, gradients += LANES) {
          each(n.pool ? values + 2 * yy * row + 2 * xx * LANES : values + yy * row + xx * LANES, gradients);
        }
      }
    };
    const auto maximum = [row](const float* window, int i) {
      return std::max(std::max(window[i], window[i + LANES]), std::max(window[row + i], window[row + i + LANES]));
    };

    float meanGradient = 0, meanProduct = 0;
    if (n.normalize) {
      double gradientTotal = 0, productTotal = 0;
      float gradientSums[LANES] = {}, productSums[LANES] = {};
      int64_t added = 0;
      for (int g = 0; g < n.groups; g++) {
        visit(g, [&](const float* window, const float* gradient) {
          for (int i = 0; i < LANES; i++) {
            const float h = ((n.pool ? maximum(window, i) : window[i]) - m) * s;
            const float dh = h > 0 ? gradient[i] : gradient[i] * slope;
            gradientSums[i] += dh;
            productSums[i] += dh * h;
          }
        });
        added += pooledPlane;
        if (added < FLOAT_SUM && g + 1 < n.groups) continue;
        gradientTotal += sumLanes(gradientSums);
        productTotal += sumLanes(productSums);
        std::fill_n(gradientSums, LANES, 0.0f);
        std::fill_n(productSums, LANES, 0.0f);
        added = 0;
      }
      meanGradient = static_cast<float>(gradientTotal / count);
      meanProduct = static_cast<float>(productTotal / count);
    }

    for (int g = 0; g < n.groups; g++) {
      const float* mask = g + 1 < n.groups ? ones : lastMask;
      const auto input = [&](float h, float dh, int i) {
        return n.normalize ? (dh - meanGradient - h * meanProduct) * s * mask[i] : dh;
      };
      if (!n.pool) {
        visit(g, [&](float* at, const float* gradient) {
          for (int i = 0; i < LANES; i++) {
            const float h = (at[i] - m) * s;
            at[i] = input(h, h > 0 ? gradient[i] : gradient[i] * slope, i);
          }
        });
        continue;
      }
      visit(g, [&](float* window, const float* gradient) {
        float top[LANES], rest[LANES];
        for (int i = 0; i < LANES; i++) {
          top[i] = maximum(window, i);
          rest[i] = (top[i] - m) * s > 0 ? gradient[i] : gradient[i] * slope;
        }
        for (const int64_t place : {int64_t{0}, int64_t{LANES}, row, row + LANES}) {
          float values[LANES];
          for (int i = 0; i < LANES; i++) values[i] = window[place + i];
          for (int i = 0; i < LANES; i++) {
            const float dh = values[i] == top[i] ? rest[i] : 0.0f;
            rest[i] = values[i] == top[i] ? 0.0f : rest[i];
            values[i] = input((values[i] - m) * s, dh, i);
          }
          std::memcpy(window + place, values, sizeof values);
        }
      });
      // An odd last row or column is in no window: no gradient reaches it but through the statistics.
      const auto unpooled = [&](int yy, int xx) {
        float* at = x + (static_cast<int64_t>(g) * n.channels + channel) * n.height * row + yy * row + xx * LANES;
        for (int i = 0; i < LANES; i++) at[i] = input((at[i] - m) * s, 0, i);
      };
      for (int yy = 0; yy < n.height; yy++) {
        const int first = yy < 2 * height ? 2 * width : 0;
        for (int xx = first; xx < n.width; xx++) unpooled(yy, xx);
      }
    }
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
