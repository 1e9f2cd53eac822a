// Correlation with fewer products: Winograd's minimal filtering (Winograd, 1980; Lavin and Gray, 2016) along y. TAPS + 3
// products give four rows of a correlation with TAPS taps, where a direct sum takes 4 · TAPS. Along x the products stay
// correlations, which the kernels of correlation.h compute.
//
// Four rows of the correlation of TAPS + 3 input rows x with taps w are y = Aᵀ((G w) ⊙ (Bᵀ x)); the gradient by the taps, given that
// by y, is Gᵀ((A dy) ⊙ (Bᵀ x)). A, B and G are those of polynomial products evaluated at zero, at infinity and at pairs of points
// ±p. The two products of a pair share their work: what even and odd powers contribute is added for p and subtracted for −p.
#pragma once

#include <algorithm>
#include <utility>

#include "aligned.h"
#include "correlation.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Output rows of a tile.
constexpr int ROWS = 4;

// The points ±p that products are evaluated at, along y alone or along both axes with 5 taps or 3. Of small fractions these keep rounding
// errors low: within about twice those of a direct sum, and four times.
inline constexpr double ONE_WAY[] = {0.5, 1, 1.75};
inline constexpr double BOTH_WAYS_OF_5[] = {0.5, 1, 2};
inline constexpr double BOTH_WAYS_OF_3[] = {0.625, 1.5};

// The matrices A, G and Bᵀ, a row a product: at zero, at infinity, then at each pair of points.
template <int COUNT, const double* POINTS>
struct Transforms {
  static constexpr int TAPS = COUNT;
  static constexpr int PRODUCTS = TAPS + ROWS - 1;
  static constexpr int PAIRS = PRODUCTS / 2;
  float output[PRODUCTS][ROWS] = {};
  double taps[PRODUCTS][TAPS] = {};
  float input[PRODUCTS][PRODUCTS] = {};

  constexpr Transforms() {
    for (int t = 0; t < PRODUCTS; t++) {
      // Coefficients of Π (z − point) over the other finite points, from the lowest power up.
      double others[PRODUCTS] = {1};
      double norm = 1;
      for (int other = 0; other < PRODUCTS; other++) {
        if (other == t || other == INFINITE) continue;
        for (int k = PRODUCTS - 1; k > 0; k--) others[k] = others[k - 1] - point(other) * others[k];
        others[0] *= -point(other);
        norm *= point(t) - point(other);
      }
      for (int k = 0; k < PRODUCTS; k++) input[t][k] = static_cast<float>(others[k]);
      if (t == INFINITE) {
        output[t][ROWS - 1] = 1;
        taps[t][TAPS - 1] = 1;
        continue;
      }
      double power = 1;
      for (int k = 0; k < std::max(ROWS, TAPS); k++, power *= point(t)) {
        if (k < ROWS) output[t][k] = static_cast<float>(power);
        if (k < TAPS) taps[t][k] = power / norm;
      }
    }
  }

 private:
  static constexpr int INFINITE = 1;
  static constexpr double point(int product) {
    if (product < 2) return 0;
    return product % 2 == 0 ? POINTS[product / 2 - 1] : -POINTS[product / 2 - 1];
  }
};

template <int TAPS>
using OneWay = Transforms<TAPS, ONE_WAY>;
template <int TAPS>
using BothWays = Transforms<TAPS, TAPS == 5 ? BOTH_WAYS_OF_5 : BOTH_WAYS_OF_3>;

template <typename T>
constexpr T MATRICES{};

// Calls `body` with each pair's number as a constant.
template <int... PAIRS, typename Body>
inline void eachPair(std::integer_sequence<int, PAIRS...>, Body body) {
  (body(std::integral_constant<int, PAIRS>()), ...);
}

// Memory that a thread's kernels work in, from call to call.
inline float* workspace(int64_t floats) {
  static thread_local AlignedFloats memory(0);
  if (memory.count() < floats) memory = AlignedFloats(floats);
  return memory.data();
}

// Contiguous planes [group][channel][y][x][16].
inline Planes contiguous(int channels, int height, int width) {
  const int64_t row = int64_t{width} * LANES;
  return {channels * height * row, height * row, row, LANES, channels, height, width};
}

// Two products of one pair from COUNT values x or y: of Bᵀ x or, where OUTPUT, of A y.
template <typename T, int PAIR, bool OUTPUT, int COUNT>
inline void transformPair(const Vec (&values)[COUNT], Vec& first, Vec& second) {
  constexpr const T& transforms = MATRICES<T>;
  Vec even = broadcast(0), odd = broadcast(0);
#pragma GCC unroll 8
  for (int k = 0; k < COUNT; k++) {
    const int product = 2 * PAIR + (PAIR == 0 && k % 2 == 1);
    const float factor = OUTPUT ? transforms.output[product][k] : transforms.input[product][k];
    if (factor == 0) continue;
    Vec& sum = k % 2 == 0 ? even : odd;
    sum = fma(broadcast(factor), values[k], sum);
  }
  first = PAIR == 0 ? even : even + odd;
  second = PAIR == 0 ? odd : even - odd;
}

// Two rows of Bᵀ x or, where OUTPUT, of A y: the products of one pair, from COUNT rows of x or y.
template <typename T, int PAIR, bool OUTPUT, int COUNT>
inline void transformRow(const float* const (&rows)[COUNT], int64_t column, float* first, float* second,
                         int64_t outColumn, int width) {
  for (int x = 0; x < width; x++) {
    Vec values[COUNT], products[2];
#pragma GCC unroll 8
    for (int k = 0; k < COUNT; k++) values[k] = load(rows[k] + x * column);
    transformPair<T, PAIR, OUTPUT>(values, products[0], products[1]);
    store(first + x * outColumn, products[0]);
    store(second + x * outColumn, products[1]);
  }
}

// All products of COUNT rows of x or y, rows of which lie `stride` apart.
template <typename T, bool OUTPUT, int COUNT>
inline void transformRows(const float* const (&rows)[COUNT], int64_t column, float* out, int64_t stride,
                          int64_t outColumn, int width) {
  for (int x = 0; x < width; x++) {
    Vec values[COUNT];
#pragma GCC unroll 8
    for (int k = 0; k < COUNT; k++) values[k] = load(rows[k] + x * column);
    eachPair(
        std::make_integer_sequence<int, T::PAIRS>(), [&](auto pair) __attribute__((always_inline)) {
          Vec first, second;
          transformPair<T, pair, OUTPUT>(values, first, second);
          store(out + 2 * pair * stride + x * outColumn, first);
          store(out + (2 * pair + 1) * stride + x * outColumn, second);
        });
  }
}

// The rows of a plane from `start` on; zeros stand in for those outside.
template <int COUNT>
inline void rowsFrom(int start, const float* plane, const Planes& from, const float* zeros,
                     const float* (&rows)[COUNT]) {
  for (int k = 0; k < COUNT; k++) {
    const int y = start + k;
    rows[k] = y >= 0 && y < from.height ? plane + y * from.row : zeros;
  }
}

// The products of one pair for tiles whose first row is `start` + tile · ROWS, of all groups and channels.
template <typename T, int PAIR, bool OUTPUT>
void transformPlanes(int groups, int start, const float* in, const Planes& from, const float* zeros, float* first,
                     float* second, const Planes& to) {
  constexpr int COUNT = OUTPUT ? ROWS : T::PRODUCTS;
  for (int g = 0; g < groups; g++) {
    for (int channel = 0; channel < to.channels; channel++) {
      for (int tile = 0; tile < to.height; tile++) {
        const float* rows[COUNT];
        rowsFrom(start + tile * ROWS, in + g * from.group + channel * from.channel, from, zeros, rows);
        const int64_t at = g * to.group + channel * to.channel + tile * to.row;
        transformRow<T, PAIR, OUTPUT>(rows, from.column, first + at, second + at, to.column, to.width);
      }
    }
  }
}

// `count` rows of Aᵀ m, from a row of each product, which lie `stride` apart. Lines of the output are fetched some positions ahead.
template <typename T>
inline void outputRows(const float* products, int64_t stride, int64_t column, float* out, const Planes& to, int count,
                       bool accumulate) {
  constexpr const T& transforms = MATRICES<T>;
  constexpr int PAIRS = T::PAIRS;
  constexpr int AHEAD = 4;
  for (int x = 0; x < to.width; x++) {
    const float* at = products + x * column;
    Vec sums[ROWS] = {load(at), broadcast(0), broadcast(0), load(at + stride)};
#pragma GCC unroll 4
    for (int pair = 1; pair < PAIRS; pair++) {
      const Vec positive = load(at + 2 * pair * stride), negative = load(at + (2 * pair + 1) * stride);
      const Vec even = positive + negative, odd = positive - negative;
#pragma GCC unroll 4
      for (int j = 0; j < ROWS; j++) {
        sums[j] = fma(broadcast(transforms.output[2 * pair][j]), j % 2 == 0 ? even : odd, sums[j]);
      }
    }
#pragma GCC unroll 4
    for (int j = 0; j < ROWS; j++) {
      if (j >= count) break;
      float* target = out + j * to.row + x * to.column;
      __builtin_prefetch(target + AHEAD * to.column, 1);
      store(target, accumulate ? load(target) + sums[j] : sums[j]);
    }
  }
}

// G w for weights as correlate() packs them, each product packed so in turn.
template <typename T>
void transformTaps(int inputs, int outputs, int width, const float* weights, float* transformed) {
  constexpr const T& transforms = MATRICES<T>;
  for (int first = 0; first < outputs; first += CHANNEL_BLOCK) {
    const int row = width * std::min(CHANNEL_BLOCK, outputs - first);
    for (int i = 0; i < inputs; i++, weights += T::TAPS * row, transformed += row) {
      for (int t = 0; t < T::PRODUCTS; t++) {
        float* target = transformed + int64_t{t} * inputs * outputs * width;
        for (int k = 0; k < row; k++) {
          float sum = 0;
          for (int ky = 0; ky < T::TAPS; ky++)
            sum += static_cast<float>(transforms.taps[t][ky]) * weights[ky * row + k];
          target[k] = sum;
        }
      }
    }
  }
}

// Of inputs of one phase.
template <int TAPS>
void correlateWithFewerProducts(const Correlation& c, const float* in, const Planes& from, float* out, const Planes& to,
                                const float* weights, bool accumulate) {
  using T = OneWay<TAPS>;
  const int outputs = to.allChannels();
  // Groups at a time: as many as correlateDirectly() takes at once, so that a row of tiles stays in the second-level cache.
  const int chunk = outputs < CHANNEL_BLOCK ? 4 : 2;
  const Planes inputs = contiguous(from.channels, 1, from.width);
  const Planes products = contiguous(outputs, 1, to.width);
  const int64_t taps = int64_t{from.channels} * outputs * c.kernelWidth;
  const int64_t zeroRow = from.width * from.column;
  const int64_t inputSize = chunk * inputs.group, productSize = chunk * products.group;
  float* input = workspace(T::PRODUCTS * (inputSize + productSize + taps) + zeroRow);
  float* product = input + T::PRODUCTS * inputSize;
  float* transformedTaps = product + T::PRODUCTS * productSize;
  float* zeros = transformedTaps + T::PRODUCTS * taps;
  std::fill_n(zeros, zeroRow, 0.0f);
  transformTaps<T>(from.channels, outputs, c.kernelWidth, weights, transformedTaps);

  for (int g = 0; g < c.groups; g += chunk) {
    const int groups = std::min(chunk, c.groups - g);
    const Correlation row = {groups, 1, c.kernelWidth, 0, c.offsetX};
    for (int y = 0; y < to.height; y += ROWS) {
      for (int h = 0; h < groups; h++) {
        for (int i = 0; i < from.channels; i++) {
          const float* rows[T::PRODUCTS];
          rowsFrom(y + c.offsetY, in + (g + h) * from.group + i * from.channel, from, zeros, rows);
          transformRows<T, false>(rows, from.column, input + h * inputs.group + i * inputs.channel, inputSize, LANES,
                                  from.width);
        }
      }
      for (int t = 0; t < T::PRODUCTS; t++) {
        correlateDirectly(row, input + t * inputSize, inputs, product + t * productSize, products,
                          transformedTaps + t * taps, false);
      }
      for (int h = 0; h < groups; h++) {
        for (int o = 0; o < outputs; o++) {
          outputRows<T>(product + h * products.group + o * products.channel, productSize, products.column,
                        out + (g + h) * to.group + to.at(o) + y * to.row, to, std::min(ROWS, to.height - y),
                        accumulate);
        }
      }
    }
  }
}

// Of one phase.
template <int TAPS>
void correlateGradientWithFewerProducts(const Correlation& c, const float* a, const Planes& outer, const float* b,
                                        const Planes& inner, float* gradient) {
  using T = OneWay<TAPS>;
  constexpr const T& transforms = MATRICES<T>;
  const int tiles = (outer.height + ROWS - 1) / ROWS;
  const Planes innerProducts = contiguous(inner.channels, tiles, inner.width);
  // Outer channels go a few at a time, whose products are used while they are in the second-level cache.
  const int block = std::min(CHANNEL_BLOCK, outer.channels);
  const int64_t outerSize = c.groups * contiguous(block, tiles, outer.width).group;
  const int64_t innerSize = c.groups * innerProducts.group;
  const int64_t blockSize = int64_t{block} * inner.channels * c.kernelWidth;
  const int64_t size = int64_t{outer.channels} * inner.channels * c.kernelWidth;
  const int64_t zeroRow = std::max(outer.width * outer.column, inner.width * inner.column);
  float* outerProduct = workspace(2 * (outerSize + innerSize) + zeroRow + blockSize + TAPS * size);
  float* innerProduct = outerProduct + 2 * outerSize;
  float* zeros = innerProduct + 2 * innerSize;
  float* product = zeros + zeroRow;
  float* sums = product + blockSize;  // [ky][o][i][kx], so that what a product adds is contiguous.
  std::fill_n(zeros, zeroRow, 0.0f);
  std::fill_n(sums, TAPS * size, 0.0f);

  eachPair(std::make_integer_sequence<int, T::PAIRS>(), [&](auto pair) {
    transformPlanes<T, pair, false>(c.groups, c.offsetY, b, inner, zeros, innerProduct, innerProduct + innerSize,
                                    innerProducts);
    for (int o = 0; o < outer.channels; o += block) {
      const Planes outerProducts = contiguous(std::min(block, outer.channels - o), tiles, outer.width);
      const int64_t first = int64_t{o} * inner.channels * c.kernelWidth;
      const int64_t count = int64_t{outerProducts.channels} * inner.channels * c.kernelWidth;
      transformPlanes<T, pair, true>(c.groups, 0, a + o * outer.channel, outer, zeros, outerProduct,
                                     outerProduct + outerSize, outerProducts);
      for (int t = 2 * pair; t < 2 * pair + 2; t++) {
        correlateGradientDirectly({c.groups, 1, c.kernelWidth, 0, c.offsetX}, outerProduct + t % 2 * outerSize,
                                  outerProducts, innerProduct + t % 2 * innerSize, innerProducts, product);
        for (int ky = 0; ky < TAPS; ky++) {
          float* sum = sums + ky * size + first;
          for (int64_t k = 0; k < count; k++) sum[k] += static_cast<float>(transforms.taps[t][ky]) * product[k];
        }
      }
    }
  });
  for (int64_t from = 0; from < size; from += c.kernelWidth) {
    for (int ky = 0; ky < TAPS; ky++, gradient += c.kernelWidth) {
      std::copy_n(sums + ky * size + from, c.kernelWidth, gradient);
    }
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
