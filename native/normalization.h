// Batch normalisation without affine parameters, leaky ReLU and 2 × 2 max-pooling in one pass over memory. All three are
// non-decreasing in each value, so the maximum is taken first and only it is normalised and activated.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Positions that are summed in float before the sum goes on in double.
constexpr int FLOAT_SUM = 64;

// 1 for the lanes of the last group that hold samples of the batch, 0 for padding.
inline Vec lastMask(int batch, int groups) {
  float mask[LANES];
  for (int lane = 0; lane < LANES; lane++) mask[lane] = (groups - 1) * LANES + lane < batch ? 1.0f : 0.0f;
  return load(mask);
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

// The mean over the batch of one channel's terms. Four sums, of every fourth position, keep four additions in flight.
template <typename Term>
inline float channelMean(const Normalization& n, int batch, int channel, const float* x, Vec mask, Term term) {
  const int positions = n.height * n.width;
  const int64_t plane = int64_t{positions} * LANES;
  Total totals[4];
  int added = 0;
  const auto flush = [&] {
    for (Total& total : totals) total.flush();
    added = 0;
  };
  for (int g = 0; g < n.groups; g++) {
    const float* values = x + (static_cast<int64_t>(g) * n.channels + channel) * plane;
    const Vec weight = g + 1 < n.groups ? broadcast(1) : mask;
    int p = 0;
    for (; p + 4 <= positions; p += 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) totals[i].add(term(load(values + (p + i) * LANES)) * weight);
      added += 4;
      if (added >= 4 * FLOAT_SUM) flush();
    }
    for (; p < positions; p++) totals[0].add(term(load(values + p * LANES)) * weight);
  }
  flush();
  const double sum = (totals[0].value() + totals[1].value()) + (totals[2].value() + totals[3].value());
  return static_cast<float>(sum / (static_cast<double>(batch) * positions));
}

// A channel's normalisation and activation, with what they need in registers.
struct Activation {
  Vec mean, scale, slope;

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
  return maximum(maximum(load(window), load(window + LANES)),
                 maximum(load(window + row), load(window + row + LANES)));
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
      for (int64_t i = 0; i < plane; i += LANES) store(to + i, activation.activate(activation.normalize(load(from + i))));
    }
  }
}

// y = pool(leakyRelu((x − mean) · scale)).
void normalizeForward(const Normalization& n, const float* x, const float* mean, const float* scale, float* y) {
  for (int channel = 0; channel < n.channels; channel++) normalizeChannel(n, channel, x, mean, scale, y);
}

// The same by the mean, the biased variance and the scale = 1/√(variance + ε) of each channel over the batch. A channel's planes are
// still in the second-level cache when they are normalised.
void normalizeBatch(const Normalization& n, int batch, float epsilon, const float* x, float* mean, float* variance,
                    float* scale, float* y) {
  const Vec mask = lastMask(batch, n.groups);
  for (int channel = 0; channel < n.channels; channel++) {
    const float m = channelMean(n, batch, channel, x, mask, [](Vec value) { return value; });
    const Vec center = broadcast(m);
    const float v = channelMean(n, batch, channel, x, mask, [center](Vec value) {
      const Vec difference = value - center;
      return difference * difference;
    });
    mean[channel] = m;
    variance[channel] = v;
    scale[channel] = 1.0f / std::sqrt(v + epsilon);
    normalizeChannel(n, channel, x, mean, scale, y);
  }
}

// Replaces x by the gradient of the loss by x, given dy by y. With h the normalised values and dh their gradient,
// dx = scale · (dh − mean(dh) − h · mean(dh · h)). Pooling hands a gradient to the first of equal maxima.
template <bool NORMALIZE, bool POOL>
void normalizeBackward(const Normalization& n, int batch, float* x, const float* means, const float* scales,
                       const float* dy) {
  const int height = POOL ? n.height / 2 : n.height;
  const int width = POOL ? n.width / 2 : n.width;
  const int64_t row = static_cast<int64_t>(n.width) * LANES;
  const int64_t outputs = static_cast<int64_t>(height) * width * LANES;
  const double count = static_cast<double>(batch) * n.height * n.width;
  const Vec mask = lastMask(batch, n.groups);

  for (int channel = 0; channel < n.channels; channel++) {
    const Activation activation(n, channel, means, scales);
    const auto plane = [&](int g) { return x + (static_cast<int64_t>(g) * n.channels + channel) * n.height * row; };
    // Visits each position of y: where in x it comes from, and its gradient.
    const auto visit = [&](int g, auto each) {
      float* values = plane(g);
      const float* gradients = dy + (static_cast<int64_t>(g) * n.channels + channel) * outputs;
      for (int yy = 0; yy < height; yy++) {
        for (int xx = 0; xx < width; xx++, gradients += LANES) {
          each(POOL ? values + 2 * yy * row + 2 * xx * LANES : values + yy * row + xx * LANES, load(gradients));
        }
      }
    };

    Vec meanGradient = broadcast(0), meanProduct = broadcast(0);
    if (NORMALIZE) {
      Total gradientTotal, productTotal;
      int added = 0;
      const auto flush = [&] {
        gradientTotal.flush();
        productTotal.flush();
        added = 0;
      };
      for (int g = 0; g < n.groups; g++) {
        visit(g, [&](const float* at, Vec gradient) {
          const Vec h = activation.normalize(POOL ? windowMaximum(at, row) : load(at));
          const Vec dh = activation.backward(h, gradient);
          gradientTotal.add(dh);
          productTotal.add(dh * h);
          if (++added == FLOAT_SUM) flush();
        });
      }
      flush();
      meanGradient = broadcast(static_cast<float>(gradientTotal.value() / count));
      meanProduct = broadcast(static_cast<float>(productTotal.value() / count));
    }

    for (int g = 0; g < n.groups; g++) {
      const Vec weight = g + 1 < n.groups ? broadcast(1) : mask;
      const auto input = [&](Vec h, Vec dh) {
        return NORMALIZE ? (dh - meanGradient - h * meanProduct) * activation.scale * weight : dh;
      };
      if (!POOL) {
        visit(g, [&](float* at, Vec gradient) {
          const Vec h = activation.normalize(load(at));
          store(at, input(h, activation.backward(h, gradient)));
        });
        continue;
      }
      visit(g, [&](float* window, Vec gradient) {
        const Vec top = windowMaximum(window, row);
        Vec rest = activation.backward(activation.normalize(top), gradient);
        for (const int64_t place : {int64_t{0}, int64_t{LANES}, row, row + LANES}) {
          const Vec value = load(window + place);
          const Vec dh = ifEqual(value, top, rest, broadcast(0));
          rest = ifEqual(value, top, broadcast(0), rest);
          store(window + place, input(activation.normalize(value), dh));
        }
      });
      // An odd last row or column is in no window: no gradient reaches it but through the statistics.
      for (int yy = 0; yy < n.height; yy++) {
        for (int xx = yy < 2 * height ? 2 * width : 0; xx < n.width; xx++) {
          float* at = plane(g) + yy * row + xx * LANES;
          store(at, input(activation.normalize(load(at)), broadcast(0)));
        }
      }
    }
  }
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
