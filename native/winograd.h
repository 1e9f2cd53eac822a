// Correlation with fewer products: Winograd's minimal filtering (Winograd, 1980; Lavin and Gray, 2016) along y. TAPS + 3
// products give four rows of a correlation with TAPS taps, where a direct sum takes 4 · TAPS. Along x the products stay
// correlations.
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

// The points ±p that products are evaluated at, of 3 taps along both axes and else. Of small fractions these keep rounding errors low:
// within about twice those of a direct sum, and four times along both axes or where sums have few terms.
inline constexpr double BOTH_WAYS_OF_3[] = {0.625, 1.5};
inline constexpr double POINTS[] = {0.5, 1, 2};

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
using OneWay = Transforms<TAPS, POINTS>;
template <int TAPS>
using BothWays = Transforms<TAPS, TAPS == 3 ? BOTH_WAYS_OF_3 : POINTS>;

template <typename T>
constexpr T MATRICES{};

// Calls `body` with each pair's number as a constant.
template <int... PAIRS, typename Body>
inline void eachPair(std::integer_sequence<int, PAIRS...>, Body body) {
  (body(std::integral_constant<int, PAIRS>()), ...);
}

// Memory that a thread's kernels work in, from call to call; a second one where what they call needs its own.
template <int NUMBER = 0>
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

// Four values Aᵀ m from the products m of one position.
template <typename T>
struct OutputSums {
  Vec sums[ROWS];

  // The products of one pair, of which the first is that at zero and at infinity.
  [[gnu::always_inline]] void add(int pair, Vec positive, Vec negative) {
    constexpr const T& transforms = MATRICES<T>;
    if (pair == 0) {
      sums[0] = positive;
      sums[1] = sums[2] = broadcast(0);
      sums[3] = negative;
      return;
    }
    const Vec even = positive + negative, odd = positive - negative;
#pragma GCC unroll 4
    for (int j = 0; j < ROWS; j++) {
      sums[j] = fma(broadcast(transforms.output[2 * pair][j]), j % 2 == 0 ? even : odd, sums[j]);
    }
  }

  // Into the first `count` of four rows.
  [[gnu::always_inline]] void store(float* out, int64_t row, int count, bool accumulate) const {
#pragma GCC unroll 4
    for (int j = 0; j < ROWS; j++) {
      if (j >= count) break;
      float* target = out + j * row;
      DEEPSAD_ISA::store(target, accumulate ? load(target) + sums[j] : sums[j]);
    }
  }
};

// `count` rows of Aᵀ m, from a row of each product, which lie `stride` apart. Lines of the output are fetched some positions ahead.
template <typename T>
inline void outputRows(const float* products, int64_t stride, int64_t column, float* out, const Planes& to, int count,
                       bool accumulate) {
  constexpr int AHEAD = 4;
  for (int x = 0; x < to.width; x++) {
    const float* at = products + x * column;
    OutputSums<T> sums;
#pragma GCC unroll 4
    for (int pair = 0; pair < T::PAIRS; pair++) {
      sums.add(pair, load(at + 2 * pair * stride), load(at + (2 * pair + 1) * stride));
    }
    float* target = out + x * to.column;
#pragma GCC unroll 4
    for (int j = 0; j < ROWS; j++) __builtin_prefetch(target + j * to.row + AHEAD * to.column, 1);
    sums.store(target, to.row, count, accumulate);
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
          double sum = 0;
          for (int ky = 0; ky < T::TAPS; ky++) sum += transforms.taps[t][ky] * weights[ky * row + k];
          target[k] = static_cast<float>(sum);
        }
      }
    }
  }
}

// Rows of a tile's inputs, transformed: [channel][product][x], with columns of zeros on both sides for taps that fall outside.
template <typename T>
struct TransformedRows {
  int before, width;  // Columns of zeros before the input, and columns in all.
  int64_t row, channel;

  // Of a correlation whose other side is `positions` wide.
  TransformedRows(const Correlation& c, const Planes& from, int positions)
      : before(std::max(0, -c.offsetX)),
        width(before + std::max(from.width, positions + T::TAPS - 1 + c.offsetX)),
        row(int64_t{width} * LANES),
        channel(T::PRODUCTS * row) {}

  // Of the rows of `planes` from `start` on.
  void write(int start, const float* planes, const Planes& from, const float* zeros, float* to) const {
    for (int i = 0; i < from.channels; i++, to += channel) {
      const float* rows[T::PRODUCTS];
      rowsFrom(start, planes + i * from.channel, from, zeros, rows);
      transformRows<T, false>(rows, from.column, to + before * LANES, row, LANES, from.width);
    }
  }
};

// POSITIONS neighbouring positions of `count` rows of one output channel: their products, summed over input channels and columns of
// the kernel, and Aᵀ m of them. `taps`: the channel's in its `block`, those of a product `tapsOfProduct` behind those of the one before.
template <typename T, int POSITIONS>
[[gnu::noinline]] void filteredTile(int channels, const float* in, int64_t row, const float* taps,
                                    int64_t tapsOfProduct, int64_t block, float* out, const Planes& to, int count,
                                    bool accumulate) {
  constexpr int WIDTH = T::TAPS;
  Vec m[T::PRODUCTS][POSITIONS];
#pragma GCC unroll 8
  for (int t = 0; t < T::PRODUCTS; t++) {
#pragma GCC unroll 8
    for (int v = 0; v < POSITIONS; v++) m[t][v] = broadcast(0);
  }
  for (int i = 0; i < channels; i++, taps += WIDTH * block) {
    const float* w = taps;
#pragma GCC unroll 8
    for (int t = 0; t < T::PRODUCTS; t++, in += row, w += tapsOfProduct) {
      Vec x[POSITIONS + WIDTH - 1];
#pragma GCC unroll 8
      for (int v = 0; v < POSITIONS + WIDTH - 1; v++) x[v] = loadOnce(in + v * LANES);
#pragma GCC unroll 8
      for (int kx = 0; kx < WIDTH; kx++) {
        const Vec tap = broadcast(w[kx * block]);
#pragma GCC unroll 8
        for (int v = 0; v < POSITIONS; v++) m[t][v] = fma(tap, x[kx + v], m[t][v]);
      }
      // Addresses that move on: the compiler would else work out those of each product beforehand, and keep them on the stack.
      asm("" : "+r"(in), "+r"(w));
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < POSITIONS; v++) {
    OutputSums<T> sums;
#pragma GCC unroll 4
    for (int pair = 0; pair < T::PAIRS; pair++) sums.add(pair, m[2 * pair][v], m[2 * pair + 1][v]);
    sums.store(out + v * to.column, to.row, count, accumulate);
  }
}

// Of inputs of few channels: all products of some positions are summed in registers. `taps`: as transformTaps() packs them.
template <typename T>
void correlateFewChannels(const Correlation& c, const float* in, const Planes& from, float* out, const Planes& to,
                          const float* taps, const float* zeros, bool accumulate) {
  constexpr int POSITIONS = std::max(1, FILTERED_ACCUMULATORS / T::PRODUCTS);
  const int outputs = to.allChannels();
  const TransformedRows<T> inputs(c, from, to.width);
  float* input = workspace<1>(from.channels * inputs.channel);
  std::fill_n(input, from.channels * inputs.channel, 0.0f);
  const int64_t tapsOfChannel = int64_t{from.channels} * T::TAPS;
  for (int g = 0; g < c.groups; g++) {
    for (int y = 0; y < to.height; y += ROWS) {
      inputs.write(y + c.offsetY, in + g * from.group, from, zeros, input);
      const auto positions = [&](auto tile, int x) {
        const float* at = input + (inputs.before + x + c.offsetX) * LANES;
        float* target = out + g * to.group + y * to.row + x * to.column;
        for (int o = 0; o < outputs; o++) {
          const int first = o / CHANNEL_BLOCK * CHANNEL_BLOCK;
          tile(from.channels, at, inputs.row, taps + first * tapsOfChannel + (o - first), outputs * tapsOfChannel,
               std::min(CHANNEL_BLOCK, outputs - first), target + to.at(o), to, std::min(ROWS, to.height - y),
               accumulate);
        }
      };
      int x = 0;
      for (; x + POSITIONS <= to.width; x += POSITIONS) positions(filteredTile<T, POSITIONS>, x);
      for (; x + 2 <= to.width; x += 2) positions(filteredTile<T, 2>, x);
      for (; x < to.width; x++) positions(filteredTile<T, 1>, x);
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
  const int64_t taps = int64_t{from.channels} * outputs * TAPS;
  const int64_t zeroRow = from.width * from.column;
  const int64_t inputSize = chunk * inputs.group, productSize = chunk * products.group;
  float* input = workspace(T::PRODUCTS * (inputSize + productSize + taps) + zeroRow);
  float* product = input + T::PRODUCTS * inputSize;
  float* transformedTaps = product + T::PRODUCTS * productSize;
  float* zeros = transformedTaps + T::PRODUCTS * taps;
  std::fill_n(zeros, zeroRow, 0.0f);
  transformTaps<T>(from.channels, outputs, TAPS, weights, transformedTaps);
  if (from.channels <= FEW_CHANNELS) {
    return correlateFewChannels<T>(c, in, from, out, to, transformedTaps, zeros, accumulate);
  }

  for (int g = 0; g < c.groups; g += chunk) {
    const int groups = std::min(chunk, c.groups - g);
    const Correlation row = {groups, 1, TAPS, 0, c.offsetX};
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

// What one row of tiles adds to the sums of a pair's products, for CHANNELS outer channels and an inner side of one channel. `rows`: those
// of the first outer channel; `inner`: the transformed row of the first product, `innerRow` floats before that of the second. The sums of
// a product, [o][kx][16], lie `stride` apart.
template <typename T, int PAIR, int CHANNELS>
[[gnu::noinline]] void gradientTile(const float* const (&rows)[ROWS], const Planes& outer, const float* inner,
                                    int64_t innerRow, float* sums, int64_t stride) {
  constexpr int COUNT = CHANNELS * T::TAPS;
  Vec sum[2][COUNT];
#pragma GCC unroll 2
  for (int p = 0; p < 2; p++) {
#pragma GCC unroll 16
    for (int k = 0; k < COUNT; k++) sum[p][k] = load(sums + p * stride + k * LANES);
  }
  for (int x = 0; x < outer.width; x++, inner += LANES) {
    Vec products[2][CHANNELS];
#pragma GCC unroll 2
    for (int o = 0; o < CHANNELS; o++) {
      Vec values[ROWS];
#pragma GCC unroll 4
      for (int j = 0; j < ROWS; j++) values[j] = load(rows[j] + o * outer.channel + x * outer.column);
      transformPair<T, PAIR, true>(values, products[0][o], products[1][o]);
    }
#pragma GCC unroll 2
    for (int p = 0; p < 2; p++) {
#pragma GCC unroll 8
      for (int kx = 0; kx < T::TAPS; kx++) {
        const Vec shifted = loadOnce(inner + p * innerRow + kx * LANES);
#pragma GCC unroll 2
        for (int o = 0; o < CHANNELS; o++) {
          Vec& target = sum[p][o * T::TAPS + kx];
          target = fma(products[p][o], shifted, target);
        }
      }
    }
  }
#pragma GCC unroll 2
  for (int p = 0; p < 2; p++) {
#pragma GCC unroll 16
    for (int k = 0; k < COUNT; k++) store(sums + p * stride + k * LANES, sum[p][k]);
  }
}

// Adds the products of all tiles to sums [product][o][kx][16] where the inner side has one channel: those of the outer side are made in
// registers, where each is used once for every column of the kernel.
template <typename T>
void sumProductsOfOne(const Correlation& c, const float* a, const Planes& outer, const float* b, const Planes& inner,
                      const float* zeros, float* sums) {
  constexpr int CHANNELS = std::max(1, ROW_OUTER / 2);
  const TransformedRows<T> inputs(c, inner, outer.width);
  float* input = workspace<1>(inputs.channel);
  std::fill_n(input, inputs.channel, 0.0f);
  const int64_t stride = int64_t{outer.channels} * T::TAPS * LANES;
  for (int g = 0; g < c.groups; g++) {
    for (int y = 0; y < outer.height; y += ROWS) {
      inputs.write(y + c.offsetY, b + g * inner.group, inner, zeros, input);
      const auto channels = [&](auto count, int o) {
        const float* rows[ROWS];
        rowsFrom(y, a + g * outer.group + o * outer.channel, outer, zeros, rows);
        eachPair(std::make_integer_sequence<int, T::PAIRS>(), [&](auto pair) {
          const float* first = input + 2 * pair * inputs.row + (inputs.before + c.offsetX) * LANES;
          gradientTile<T, pair, count>(rows, outer, first, inputs.row, sums + 2 * pair * stride + o * T::TAPS * LANES,
                                       stride);
        });
      };
      int o = 0;
      // The row of zeros is one channel's.
      if (y + ROWS <= outer.height) {
        for (; o + CHANNELS <= outer.channels; o += CHANNELS) channels(std::integral_constant<int, CHANNELS>(), o);
      }
      for (; o < outer.channels; o++) channels(std::integral_constant<int, 1>(), o);
    }
  }
}

// The products of one pair for rows of tiles, `from` up to but not including `to` counted over all groups, `tiles` in each; the first of a
// group starts at `start`.
template <typename T, int PAIR, bool OUTPUT>
void transformPlanes(int from, int to, int tiles, int start, const float* in, const Planes& planes, const float* zeros,
                     float* first, float* second, const Planes& products) {
  constexpr int COUNT = OUTPUT ? ROWS : T::PRODUCTS;
  for (int channel = 0; channel < products.channels; channel++) {
    for (int tile = from; tile < to; tile++) {
      const float* rows[COUNT];
      rowsFrom(start + tile % tiles * ROWS, in + tile / tiles * planes.group + channel * planes.channel, planes, zeros,
               rows);
      const int64_t at = channel * products.channel + (tile - from) * products.row;
      transformRow<T, PAIR, OUTPUT>(rows, planes.column, first + at, second + at, products.column, products.width);
    }
  }
}

// Adds the products of all tiles to sums [product][o][i][kx][16]: rows of tiles so many at a time that what is used of the outer side, a
// pair's products of a few channels, stays in the first cache for all inner channels.
template <typename T>
void sumProductsOfMany(const Correlation& c, const float* a, const Planes& outer, const float* b, const Planes& inner,
                       const float* zeros, float* sums) {
  constexpr int CHANNELS = T::TAPS == 5 ? ROW_OUTER : SHORT_ROW_OUTER;
  const auto pairs = std::make_integer_sequence<int, T::PAIRS>();
  const int tiles = (outer.height + ROWS - 1) / ROWS;
  const int rows = c.groups * tiles;
  const int step = std::clamp<int>(BLOCK_BYTES / (CHANNELS * outer.width * LANES * sizeof(float)), 1, rows);
  const Planes inners = contiguous(inner.channels, step, inner.width);
  const int64_t outerSize = contiguous(CHANNELS, step, outer.width).group;
  float* innerProducts = workspace<1>(T::PRODUCTS * inners.group + 2 * outerSize);
  float* outerProducts = innerProducts + T::PRODUCTS * inners.group;
  const int64_t kernel = T::TAPS * LANES, stride = inner.channels * kernel;
  for (int from = 0; from < rows; from += step) {
    const int to = std::min(rows, from + step);
    eachPair(pairs, [&](auto pair) {
      float* first = innerProducts + 2 * pair * inners.group;
      transformPlanes<T, pair, false>(from, to, tiles, c.offsetY, b, inner, zeros, first, first + inners.group, inners);
    });
    eachRowTile<CHANNELS, T::TAPS>(outer.channels, [&](auto tile, int o, int count) {
      const Planes outers = contiguous(count, step, outer.width);
      eachPair(pairs, [&](auto pair) {
        transformPlanes<T, pair, true>(from, to, tiles, 0, a + o * outer.channel, outer, zeros, outerProducts,
                                       outerProducts + outerSize, outers);
        for (int t = 2 * pair; t < 2 * pair + 2; t++) {
          for (int i = 0; i < inner.channels; i++) {
            tile({1, 1, T::TAPS, 0, c.offsetX}, outerProducts + t % 2 * outerSize, outers,
                 innerProducts + t * inners.group + i * inners.channel, inners, 0, to - from, 0, 0,
                 sums + (t * outer.channels + o) * stride + i * kernel, stride);
          }
        }
      });
    });
  }
}

// Of one phase.
template <int TAPS>
void correlateGradientWithFewerProducts(const Correlation& c, const float* a, const Planes& outer, const float* b,
                                        const Planes& inner, float* gradient) {
  using T = OneWay<TAPS>;
  constexpr const T& transforms = MATRICES<T>;
  const int64_t kernels = int64_t{outer.channels} * inner.channels;
  const int64_t size = T::PRODUCTS * kernels * TAPS * LANES;
  const int64_t zeroRow = std::max(outer.width * outer.column, inner.width * inner.column);
  float* sums = workspace(size + zeroRow);
  float* zeros = sums + size;
  std::fill_n(sums, size + zeroRow, 0.0f);
  (inner.channels == 1 ? sumProductsOfOne<T> : sumProductsOfMany<T>)(c, a, outer, b, inner, zeros, sums);

  std::fill_n(gradient, kernels * TAPS * TAPS, 0.0f);
  for (int t = 0; t < T::PRODUCTS; t++) {
    for (int64_t kernel = 0; kernel < kernels; kernel++) {
      for (int kx = 0; kx < TAPS; kx++, sums += LANES) {
        const float product = sumLanes(load(sums));
        for (int ky = 0; ky < TAPS; ky++) {
          gradient[(kernel * TAPS + ky) * TAPS + kx] += static_cast<float>(transforms.taps[t][ky]) * product;
        }
      }
    }
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
