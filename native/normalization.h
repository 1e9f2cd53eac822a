// Batch normalisation without affine parameters, leaky ReLU and 2 × 2 max-pooling in one pass over memory. All three are
// non-decreasing in each value, so the maximum is taken first and only it is normalised and activated.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Values of a lane that are summed in float before the sum goes on in double.
constexpr int FLOAT_SUM = 64;

// 1 for the lanes of the last group that hold samples of the batch, 0 for padding.
inline Vec lastMask(int batch, int groups) {
  float mask[LANES];
  for (int lane = 0; lane < LANES; lane++) mask[lane] = (groups - 1) * LANES + lane < batch ? 1.0f : 0.0f;
  return load(mask);
}

// Calls `body` with each group and what is to be done with values of it that padding must not add to: only the last group has padding.
template <typename Body>
inline void eachGroup(const Normalization& n, Vec mask, Body body) {
  for (int g = 0; g + 1 < n.groups; g++) body(g, [](Vec value) { return value; });
  body(n.groups - 1, [mask](Vec value) { return value * mask; });
}

// A sum over lanes and positions: in float over few positions, then in double.
class Total {
 public:
  void add(Vec v) { sum_ = sum_ + v; }
  void flush() {
    total_ += sumLanes(sum_);
    sum_ = broadcast(0);
  }
  double value() const { return total_; }

 private:
  Vec sum_ = broadcast(0);
  double total_ = 0;
};

// Channels of fewer positions than this leave the core waiting for their sums one by one, and are treated so many at once.
constexpr int FEW_POSITIONS = 4;
constexpr int CHANNELS_AT_ONCE = 4;

// Calls `block` with the first channel and, as a constant, the number of channels of each block of them.
template <typename Block>
inline void inBlocks(const Normalization& n, Block block) {
  int channel = 0;
  if (n.height * n.width < FEW_POSITIONS) {
    for (; channel + CHANNELS_AT_ONCE <= n.channels; channel += CHANNELS_AT_ONCE) {
      block(channel, std::integral_constant<int, CHANNELS_AT_ONCE>());
    }
  }
  for (; channel < n.channels; channel++) block(channel, std::integral_constant<int, 1>());
}

// The means over the batch of the terms of K channels from `channel` on. A term is a function of a channel, counted from there, and a
// value of it. Four sums a channel, of every fourth position, keep four additions in flight; the first has those past the last four too, and
// so up to twice FLOAT_SUM values.
template <int K, typename Term>
inline void channelMeans(const Normalization& n, int batch, int channel, const float* x, Vec mask, Term term,
                         float* means) {
  const int positions = n.height * n.width;
  const int64_t plane = int64_t{positions} * LANES;
  Total totals[K][4];
  int added = 0, leftOver = 0;
  const auto flush = [&] {
    for (auto& ofChannel : totals) {
      for (Total& total : ofChannel) total.flush();
    }
    added = leftOver = 0;
  };
  eachGroup(n, mask, [&](int g, auto ofBatch) {
    const float* values = x + (static_cast<int64_t>(g) * n.channels + channel) * plane;
    const auto add = [&](int p, int i) {
#pragma GCC unroll 4
      for (int k = 0; k < K; k++) totals[k][i].add(ofBatch(term(k, load(values + k * plane + p * LANES))));
    };
    int p = 0;
    for (; p + 4 <= positions; p += 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) add(p + i, i);
      added += 4;
      if (added >= 4 * FLOAT_SUM) flush();
    }
    leftOver += positions - p;
    for (; p < positions; p++) add(p, 0);
    if (leftOver >= FLOAT_SUM) flush();
  });
  flush();
  for (int k = 0; k < K; k++) {
    const Total(&total)[4] = totals[k];
    const double sum = (total[0].value() + total[1].value()) + (total[2].value() + total[3].value());
    means[k] = static_cast<float>(sum / (static_cast<double>(batch) * positions));
  }
}

// A channel's normalisation and activation, with what they need in registers.
struct Activation {
  Vec mean, scale, slope;

  Activation() = default;
  Activation(const Normalization& n, int channel, const float* means, const float* scales)
      : mean(broadcast(n.normalize ? means[channel] : 0.0f)),
        scale(broadcast(n.normalize ? scales[channel] : 1.0f)),
        slope(broadcast(n.slope)) {}

  Vec normalize(Vec x) const { return (x - mean) * scale; }
  Vec activate(Vec h) const { return ifGreater(h, broadcast(0), h, h * slope); }
  // The gradient by the normalised value h, given that by its activation.
  Vec backward(Vec h, Vec gradient) const { return ifGreater(h, broadcast(0), gradient, gradient * slope); }
};

// The greatest of a 2 × 2 window.
inline Vec windowMaximum(const float* window, int64_t row) {
  return maximum(maximum(load(window), load(window + LANES)), maximum(load(window + row), load(window + row + LANES)));
}

// Fetches the lines of a window ahead: the planes of a channel are too short and too far apart for the core to foresee what is read.
inline void fetchWindow(const float* window, int64_t row) {
  for (const float* top : {window, window + LANES}) {
    __builtin_prefetch(top);
    __builtin_prefetch(top + row);
  }
}

// y = pool(leakyRelu((x − mean) · scale)) for one channel.
inline void normalizeChannel(const Normalization& n, int channel, const float* x, const float* mean, const float* scale,
                             float* y) {
  const Activation activation(n, channel, mean, scale);
  const int64_t row = static_cast<int64_t>(n.width) * LANES;
  const int64_t plane = n.height * row;
  const int64_t outputs = n.pool ? int64_t{n.height / 2} * (n.width / 2) * LANES : plane;
  for (int g = 0; g < n.groups; g++) {
    const int64_t at = static_cast<int64_t>(g) * n.channels + channel;
    const float* from = x + at * plane;
    float* to = y + at * outputs;
    if (n.pool) {
      for (int yy = 0; yy < n.height / 2; yy++) {
        for (int xx = 0; xx < n.width / 2; xx++, to += LANES) {
          const Vec top = windowMaximum(from + 2 * yy * row + 2 * xx * LANES, row);
          store(to, activation.activate(activation.normalize(top)));
        }
      }
    } else {
      for (int64_t i = 0; i < plane; i += LANES)
        store(to + i, activation.activate(activation.normalize(load(from + i))));
    }
  }
}

// y = pool(leakyRelu((x − mean) · scale)).
void normalizeForward(const Normalization& n, const float* x, const float* mean, const float* scale, float* y) {
  for (int channel = 0; channel < n.channels; channel++) normalizeChannel(n, channel, x, mean, scale, y);
}

// normalizeBatch() for K channels.
template <int K>
inline void normalizeBatch(const Normalization& n, int batch, float epsilon, int channel, Vec mask, const float* x,
                           float* means, float* variances, float* scales, float* y) {
  float mean[K], variance[K];
  channelMeans<K>(
      n, batch, channel, x, mask, [](int, Vec value) { return value; }, mean);
  Vec center[K];
  for (int k = 0; k < K; k++) center[k] = broadcast(mean[k]);
  const auto square = [&](int k, Vec value) {
    const Vec difference = value - center[k];
    return difference * difference;
  };
  channelMeans<K>(n, batch, channel, x, mask, square, variance);
  for (int k = 0; k < K; k++) {
    means[channel + k] = mean[k];
    variances[channel + k] = variance[k];
    scales[channel + k] = 1.0f / std::sqrt(variance[k] + epsilon);
  }
  for (int k = 0; k < K; k++) normalizeChannel(n, channel + k, x, means, scales, y);
}

// The same by the mean, the biased variance and the scale = 1/√(variance + ε) of each channel over the batch. A channel's planes are
// still in the second-level cache when they are normalised.
void normalizeBatch(const Normalization& n, int batch, float epsilon, const float* x, float* mean, float* variance,
                    float* scale, float* y) {
  const Vec mask = lastMask(batch, n.groups);
  inBlocks(n, [&](int channel, auto k) {
    normalizeBatch<k>(n, batch, epsilon, channel, mask, x, mean, variance, scale, y);
  });
}

// normalizeBackward() for K channels from `channel` on.
template <bool NORMALIZE, bool POOL, int K>
inline void normalizeBackward(const Normalization& n, int batch, int channel, Vec mask, float* x, const float* means,
                              const float* scales, const float* dy) {
  const int height = POOL ? n.height / 2 : n.height;
  const int width = POOL ? n.width / 2 : n.width;
  const int64_t row = static_cast<int64_t>(n.width) * LANES;
  const int64_t plane = n.height * row;
  const int64_t outputs = static_cast<int64_t>(height) * width * LANES;
  Activation activations[K];
  for (int k = 0; k < K; k++) activations[k] = Activation(n, channel + k, means, scales);

  const auto planes = [&](int g) { return x + (static_cast<int64_t>(g) * n.channels + channel) * plane; };
  // Visits each position of y in each of the channels: where in x it comes from, and its gradient.
  const auto visit = [&](int g, auto each) {
    float* values = planes(g);
    const float* gradients = dy + (static_cast<int64_t>(g) * n.channels + channel) * outputs;
    for (int yy = 0; yy < height; yy++) {
      for (int xx = 0; xx < width; xx++, gradients += LANES) {
        float* at = POOL ? values + 2 * yy * row + 2 * xx * LANES : values + yy * row + xx * LANES;
#pragma GCC unroll 4
        for (int k = 0; k < K; k++) each(k, at + k * plane, load(gradients + k * outputs));
      }
    }
  };

  Vec meanGradient[K], meanProduct[K];
  if (NORMALIZE) {
    const double count = static_cast<double>(batch) * n.height * n.width;
    Total gradientTotal[K], productTotal[K];
    int added = 0;
    const auto flush = [&] {
      for (int k = 0; k < K; k++) {
        gradientTotal[k].flush();
        productTotal[k].flush();
      }
      added = 0;
    };
    for (int g = 0; g < n.groups; g++) {
      visit(g, [&](int k, const float* at, Vec gradient) {
        if (POOL) fetchWindow(at + 2 * row, row);
        const Vec h = activations[k].normalize(POOL ? windowMaximum(at, row) : load(at));
        const Vec dh = activations[k].backward(h, gradient);
        gradientTotal[k].add(dh);
        productTotal[k].add(dh * h);
        if (k == K - 1 && ++added == FLOAT_SUM) flush();
      });
    }
    flush();
    for (int k = 0; k < K; k++) {
      meanGradient[k] = broadcast(static_cast<float>(gradientTotal[k].value() / count));
      meanProduct[k] = broadcast(static_cast<float>(productTotal[k].value() / count));
    }
  }

  const auto centered = [&](int k, Vec dh) { return NORMALIZE ? dh - meanGradient[k] : dh; };
  eachGroup(n, mask, [&](int g, auto ofBatch) {
    const auto input = [&](int k, Vec h, Vec centeredGradient) {
      return NORMALIZE ? ofBatch((centeredGradient - h * meanProduct[k]) * activations[k].scale) : centeredGradient;
    };
    if (!POOL) {
      visit(g, [&](int k, float* at, Vec gradient) {
        const Vec h = activations[k].normalize(load(at));
        store(at, input(k, h, centered(k, activations[k].backward(h, gradient))));
      });
      return;
    }
    visit(g, [&](int k, float* window, Vec gradient) {
      const int64_t places[] = {0, LANES, row, row + LANES};
      Vec values[4];
      for (int i = 0; i < 4; i++) values[i] = load(window + places[i]);
      const Vec top = maximum(maximum(values[0], values[1]), maximum(values[2], values[3]));
      const Vec none = centered(k, broadcast(0));
      Vec rest = centered(k, activations[k].backward(activations[k].normalize(top), gradient));
      for (int i = 0; i < 4; i++) {
        const Vec dh = ifEqual(values[i], top, rest, none);
        rest = ifEqual(values[i], top, none, rest);
        store(window + places[i], input(k, activations[k].normalize(values[i]), dh));
      }
    });
    // An odd last row or column is in no window: no gradient reaches it but through the statistics.
    for (int yy = 0; yy < n.height; yy++) {
      for (int xx = yy < 2 * height ? 2 * width : 0; xx < n.width; xx++) {
        for (int k = 0; k < K; k++) {
          float* at = planes(g) + k * plane + yy * row + xx * LANES;
          store(at, input(k, activations[k].normalize(load(at)), centered(k, broadcast(0))));
        }
      }
    }
  });
}

// Replaces x by the gradient of the loss by x, given dy by y. With h the normalised values and dh their gradient,
// dx = scale · (dh − mean(dh) − h · mean(dh · h)). Pooling hands a gradient to the first of equal maxima.
template <bool NORMALIZE, bool POOL>
void normalizeBackward(const Normalization& n, int batch, float* x, const float* means, const float* scales,
                       const float* dy) {
  const Vec mask = lastMask(batch, n.groups);
  inBlocks(n, [&](int channel, auto k) {
    normalizeBackward<NORMALIZE, POOL, k>(n, batch, channel, mask, x, means, scales, dy);
  });
}

void normalizeBackward(const Normalization& n, int batch, float* x, const float* mean, const float* scale,
                       const float* dy) {
  if (n.normalize && n.pool) normalizeBackward<true, true>(n, batch, x, mean, scale, dy);
  else if (n.normalize) normalizeBackward<true, false>(n, batch, x, mean, scale, dy);
  else if (n.pool) normalizeBackward<false, true>(n, batch, x, mean, scale, dy);
  else normalizeBackward<false, false>(n, batch, x, mean, scale, dy);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
