// Correlation with fewer products yet: minimal filtering along y and along x, for kernels as wide as high. A tile of 4 × 4 outputs takes
// 64 products with 5 × 5 taps and 36 with 3 × 3, where direct sums take 400 and 144, and filtering along y alone 160 and 72.
//
// With the matrices of winograd.h, a tile of the correlation of x with taps w is Aᵀ ((G w Gᵀ) ⊙ (Bᵀ x B)) A, summed over input channels
// before A: so each of the products is one of matrices, of weights by inputs, whose columns are tiles of samples. The gradient by the taps,
// given dy by the tile, is Gᵀ ((A dy Aᵀ) ⊙ (Bᵀ x B)) G, summed over tiles and samples.
//
// Larger tiles lose another digit; tiles of 2 × 4 take half as many products again.
#pragma once

#include <algorithm>
#include <cstring>

#include "vector.h"
#include "winograd.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Channels that are summed one after the other before their sum is added to that of those before, as the samples of a tile are: the
// transforms amplify what long sums lose, those of 5 taps more than those of 3.
template <int TAPS>
constexpr int CHAIN = TAPS == 5 ? 8 : 16;

// Tiles that are worked on at once: their products stay in the second-level cache, and fill the registers.
constexpr int TILES_AT_ONCE = 4;

// How far the weights of a product are apart.
struct Factors {
  int64_t row, channel;
};

// CHANNELS channels of VECTORS vectors (+)= Σ over `count` of weights[k][channel] · in[k][vector], in chains of `chain` terms whose sums
// are added in their order. Where registers suffice they hold both kinds of sums: storing them with each chain takes a sixth of the time.
template <int CHANNELS, int VECTORS>
[[gnu::noinline]] void productTile(int count, int chain, const float* in, int64_t row, const Factors& factors,
                                   const float* weights, float* out, int64_t channel, bool accumulate) {
  const int64_t weightRow = factors.row, weightChannel = factors.channel;
  Vec total[CHANNELS][VECTORS];
#pragma GCC unroll 8
  for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      __builtin_prefetch(out + o * channel + v * LANES, 1);
      total[o][v] = broadcast(-0.0f);  // Which changes no addend, not even −0.
    }
  }
  for (int first = 0; first < count; first += chain) {
    Vec sum[CHANNELS][VECTORS];
#pragma GCC unroll 8
    for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) sum[o][v] = broadcast(0);
    }
    const int end = std::min(chain, count - first);
    for (int k = 0; k < end; k++, in += row, weights += weightRow) {
      Vec lanes[VECTORS];
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) lanes[v] = loadOnce(in + v * LANES);
#pragma GCC unroll 8
      for (int o = 0; o < CHANNELS; o++) {
        const Vec weight = broadcast(weights[o * weightChannel]);
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) sum[o][v] = fma(weight, lanes[v], sum[o][v]);
      }
    }
#pragma GCC unroll 8
    for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
      for (int v = 0; v < VECTORS; v++) total[o][v] = total[o][v] + sum[o][v];
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
    for (int v = 0; v < VECTORS; v++) {
      float* to = out + o * channel + v * LANES;
      store(to, accumulate ? load(to) + total[o][v] : total[o][v]);
    }
  }
}

// out[channel][vector] (+)= Σ over `count` of weights[k][channel] · in[k][vector], in chains of `chain` terms.
inline void matrixProduct(int count, int chain, const float* in, int64_t row, int vectors, const float* weights,
                          const Factors& factors, int channels, float* out, int64_t channel, bool accumulate) {
  const auto eachTile = [&](auto several, int width, auto single, int v) {
    int o = 0;
    const auto at = [&](auto tile) {
      tile(count, chain, in + v * LANES, row, factors, weights + o * factors.channel, out + o * channel + v * LANES,
           channel, accumulate);
    };
    for (; o + width <= channels; o += width) at(several);
    for (; o < channels; o++) at(single);
  };
  int v = 0;
  for (; v + PRODUCT_VECTORS <= vectors; v += PRODUCT_VECTORS) {
    eachTile(productTile<PRODUCT_CHANNELS, PRODUCT_VECTORS>, PRODUCT_CHANNELS, productTile<1, PRODUCT_VECTORS>, v);
  }
  for (; v < vectors; v++) eachTile(productTile<MAX_CHANNELS, 1>, MAX_CHANNELS, productTile<1, 1>, v);
}

// Rows of tiles of planes, those of all groups one after the other, of which `atOnce` are worked on at once.
struct Strips {
  int rows;   // Of tiles in a plane.
  int tiles;  // Of a strip.
  int count;
  int atOnce;

  Strips(int groups, const Planes& planes)
      : rows((planes.height + ROWS - 1) / ROWS),
        tiles((planes.width + ROWS - 1) / ROWS),
        count(groups * rows),
        atOnce(std::max(1, TILES_AT_ONCE / tiles)) {}

  int group(int strip) const { return strip / rows; }
  int y(int strip) const { return strip % rows * ROWS; }
};

// Where products are: [product][channel][tile][16] or another order.
struct Products {
  float* data;
  int64_t product, channel, tile;
};

// The products of one pair along y, by all along x, of COUNT rows of a channel in a strip: columns `first` … `end` − 1 of the tiles are
// those at `rows`, others 0. `line` has room for two rows of `width` floats, with zeros in those other columns.
template <typename T, int PAIR, bool OUTPUT, int COUNT>
inline void transformStrip(const float* const (&rows)[COUNT], int64_t column, int first, int end, int tiles,
                           float* line, int64_t width, float* out, const Products& to) {
  transformRow<T, PAIR, OUTPUT>(rows, column, line + first * LANES, line + width + first * LANES, LANES, end - first);
  for (int t = 0; t < 2; t++, line += width, out += T::PRODUCTS * to.product) {
    const float* columns[COUNT];
    for (int k = 0; k < COUNT; k++) columns[k] = line + k * LANES;
    transformRows<T, OUTPUT>(columns, ROWS * LANES, out, to.product, to.tile, tiles);
  }
}

// Floats of the two rows.
template <typename T>
int64_t lineSize(const Strips& strips) {
  return 2 * int64_t{strips.tiles * ROWS + T::TAPS - 1} * LANES;
}

// Bᵀ x B, of one pair along y, for `count` strips of the output from `first` on.
template <typename T, int PAIR>
void transformInput(const Correlation& c, const Strips& strips, int first, int count, const float* in,
                    const Planes& from, const float* zeros, float* line, const Products& to) {
  const int width = strips.tiles * ROWS + T::TAPS - 1;
  const int begin = std::max(0, -c.offsetX), end = std::min(width, from.width - c.offsetX);
  for (int s = 0; s < count; s++) {
    const int y = strips.y(first + s) + c.offsetY;
    const float* group = in + strips.group(first + s) * from.group + (begin + c.offsetX) * from.column;
    float* tiles = to.data + s * strips.tiles * to.tile;
    for (int i = 0; i < from.allChannels(); i++) {
      const float* rows[T::PRODUCTS];
      for (int k = 0; k < T::PRODUCTS; k++) {
        rows[k] = y + k >= 0 && y + k < from.height ? group + from.at(i) + (y + k) * from.row : zeros;
        if (PAIR == 0 && i + 1 < from.allChannels()) {
          const float* next = group + from.at(i + 1) + (y + k) * from.row;
          for (int x = begin; x < end; x++, next += from.column) __builtin_prefetch(next);
        }
      }
      transformStrip<T, PAIR, false>(rows, from.column, begin, end, strips.tiles, line, width * LANES,
                                     tiles + i * to.channel, to);
    }
  }
}

typedef double BlockDoubles __attribute__((vector_size(8 * CHANNEL_BLOCK)));
typedef float BlockFloats __attribute__((vector_size(4 * CHANNEL_BLOCK)));

// G w Gᵀ for weights as correlate() packs them: [product][block of output channels][input channel of all phases][channel in block],
// products `size` apart. In double precision, since these errors are those of all samples.
template <typename T>
void transformKernels(const Planes& from, int outputs, const float* weights, float* transformed, int64_t size) {
  constexpr const T& transforms = MATRICES<T>;
  constexpr int TAPS = T::TAPS, PRODUCTS = T::PRODUCTS;
  for (int phase = 0; phase < from.phases; phase++) {
    for (int first = 0; first < outputs; first += CHANNEL_BLOCK) {
      const int block = std::min(CHANNEL_BLOCK, outputs - first);
      float* target = transformed + int64_t{first} * from.allChannels() + phase * from.channels * block;
      for (int i = 0; i < from.channels; i++, target += block) {
        BlockDoubles kernel[TAPS * TAPS];
        for (int k = 0; k < TAPS * TAPS; k++, weights += block) {
          BlockFloats tap = {};
          std::memcpy(&tap, weights, sizeof(float) * block);
          kernel[k] = __builtin_convertvector(tap, BlockDoubles);
        }
        for (int t = 0; t < PRODUCTS; t++) {
          BlockDoubles row[TAPS] = {};
#pragma GCC unroll 25
          for (int k = 0; k < TAPS * TAPS; k++) row[k % TAPS] += transforms.taps[t][k / TAPS] * kernel[k];
          for (int u = 0; u < PRODUCTS; u++) {
            BlockDoubles sum = {};
#pragma GCC unroll 5
            for (int kx = 0; kx < TAPS; kx++) sum += transforms.taps[u][kx] * row[kx];
            const BlockFloats product = __builtin_convertvector(sum, BlockFloats);
            float* to = target + (t * PRODUCTS + u) * size;
            if (block == CHANNEL_BLOCK) std::memcpy(to, &product, sizeof product);
            else std::memcpy(to, &product, sizeof(float) * block);
          }
        }
      }
    }
  }
}

// correlate() by tiles: out[o] (+)= Σ_i Aᵀ ((G w[o][i] Gᵀ) ⊙ (Bᵀ in[i] B)) A, of all phases; the plain loops are passConvolution().
template <int TAPS>
void correlateInTiles(const Correlation& c, const float* in, const Planes& from, float* out, const Planes& to,
                      const float* weights, bool accumulate) {
  using T = BothWays<TAPS>;
  constexpr int PRODUCTS = T::PRODUCTS;
  const int inputs = from.allChannels(), outputs = to.allChannels();
  const Strips strips(c.groups, to);
  const int64_t channel = strips.atOnce * strips.tiles * LANES;
  // A line more than that from product to product, so that not all of a tile's fall on the same place in the caches.
  const int64_t inputSize = inputs * channel + LANES, outputSize = outputs * channel + LANES;
  const int64_t rowSize = ROWS * outputs * channel + LANES;
  const int64_t kernelSize = int64_t{inputs} * outputs + LANES;
  const int64_t line = lineSize<T>(strips), zeroRow = from.width * from.column;
  float* input =
      workspace(2 * PRODUCTS * inputSize + PRODUCTS * (outputSize + rowSize + PRODUCTS * kernelSize) + line + zeroRow);
  float* products = input + 2 * PRODUCTS * inputSize;
  float* rows = products + PRODUCTS * outputSize;  // Products along y alone.
  float* kernels = rows + PRODUCTS * rowSize;
  float* lines = kernels + PRODUCTS * PRODUCTS * kernelSize;
  float* zeros = lines + line;
  std::fill_n(lines, line + zeroRow, 0.0f);
  transformKernels<T>(from, outputs, weights, kernels, kernelSize);

  for (int first = 0; first < strips.count; first += strips.atOnce) {
    const int count = std::min(strips.atOnce, strips.count - first);
    const int tiles = count * strips.tiles;
    eachPair(std::make_integer_sequence<int, T::PAIRS>(), [&](auto pair) {
      transformInput<T, pair>(c, strips, first, count, in, from, zeros, lines, {input, inputSize, channel, LANES});
      for (int t = 2 * pair; t < 2 * pair + 2; t++) {
        for (int u = 0; u < PRODUCTS; u++) {
          const float* factors = input + (t % 2 * PRODUCTS + u) * inputSize;
          const float* kernel = kernels + (t * PRODUCTS + u) * kernelSize;
          for (int o = 0; o < outputs; o += CHANNEL_BLOCK) {
            const int block = std::min(CHANNEL_BLOCK, outputs - o);
            matrixProduct(inputs, CHAIN<TAPS>, factors, channel, tiles, kernel + o * inputs, {block, 1}, block,
                          products + u * outputSize + o * channel, channel, false);
          }
        }
        const Planes columns = {0, 0, LANES, ROWS * LANES, 1, ROWS, tiles};
        for (int o = 0; o < outputs; o++) {
          outputRows<T>(products + o * channel, outputSize, LANES, rows + t * rowSize + ROWS * o * channel, columns,
                        ROWS, false);
        }
      }
    });
    for (int s = 0; s < count; s++) {
      const int y = strips.y(first + s);
      float* target = out + strips.group(first + s) * to.group + y * to.row;
      for (int o = 0; o < outputs; o++) {
        outputRows<T>(rows + ROWS * (o * channel + s * strips.tiles * LANES), rowSize, LANES, target + to.at(o), to,
                      std::min(ROWS, to.height - y), accumulate);
      }
    }
  }
}

// The rows of a strip from y on, of planes with samples and channels exchanged: [row][x][sample][channel], zeros where x or y is outside
// and past the last channel.
inline void exchangeLanes(const float* group, const Planes& planes, int y, int width, const float* zeros, float* to) {
  constexpr int AHEAD = 2;
  const int channels = planes.allChannels();
  const int sample = (channels + LANES - 1) / LANES * LANES;
  for (int k = y; k < y + ROWS; k++) {
    for (int x = 0; x < width; x++, to += LANES * sample) {
      const bool inside = k < planes.height && x < planes.width;
      const auto at = [&](int channel) {
        return inside && channel < channels ? group + planes.at(channel) + k * planes.row + x * planes.column : zeros;
      };
      // Four channels at a time, since all of them may fall on the same place in the first cache.
      for (int channel = 0; channel < sample; channel += 4) {
        const float* from[4] = {at(channel), at(channel + 1), at(channel + 2), at(channel + 3)};
        for (const float* lanes : from) __builtin_prefetch(lanes + AHEAD * planes.column);
        for (int lane = 0; lane < LANES; lane += 4) {
          const float* const block[4] = {from[0] + lane, from[1] + lane, from[2] + lane, from[3] + lane};
          float* corner = to + lane * sample + channel;
          float* const samples[4] = {corner, corner + sample, corner + 2 * sample, corner + 3 * sample};
          transpose4(block, samples);
        }
      }
    }
  }
}

// gradient = Gᵀ m G, from products m [product][inner channel][outer channel], `size` and `width` floats apart.
template <typename T>
void gradientOfKernels(const Planes& outer, const Planes& inner, const float* products, int64_t size, int64_t width,
                       float* gradient) {
  constexpr const T& transforms = MATRICES<T>;
  constexpr int TAPS = T::TAPS, PRODUCTS = T::PRODUCTS;
  const auto factor = [&](int product, int tap) {
    return broadcast(static_cast<float>(transforms.taps[product][tap]));
  };
  for (int i = 0; i < inner.allChannels(); i++) {
    for (int first = 0; first < outer.allChannels(); first += LANES) {
      float taps[TAPS * TAPS][LANES];
      for (int ky = 0; ky < TAPS; ky++) {
        Vec row[PRODUCTS];
        for (int u = 0; u < PRODUCTS; u++) {
          row[u] = broadcast(0);
          for (int t = 0; t < PRODUCTS; t++) {
            row[u] = fma(factor(t, ky), load(products + (t * PRODUCTS + u) * size + i * width + first), row[u]);
          }
        }
        for (int kx = 0; kx < TAPS; kx++) {
          Vec sum = broadcast(0);
          for (int u = 0; u < PRODUCTS; u++) sum = fma(factor(u, kx), row[u], sum);
          store(taps[ky * TAPS + kx], sum);
        }
      }
      for (int o = first; o < std::min(first + LANES, outer.allChannels()); o++) {
        const int phase = o / outer.channels * inner.phases + i / inner.channels;
        const int64_t kernel =
            (int64_t{phase} * outer.channels + o % outer.channels) * inner.channels + i % inner.channels;
        for (int k = 0; k < TAPS * TAPS; k++) gradient[kernel * TAPS * TAPS + k] = taps[k][o - first];
      }
    }
  }
}

// correlateGradient() by tiles: gradient[o][i] = Gᵀ (Σ (A a[o] Aᵀ) ⊙ (Bᵀ b[i] B)) G over samples and tiles, of all phases; the plain loops
// are those of passConvolution() backward. The lanes are outer channels, so that samples, like tiles, are what products of matrices sum over.
template <int TAPS>
void correlateGradientInTiles(const Correlation& c, const float* a, const Planes& outer, const float* b,
                              const Planes& inner, float* gradient) {
  using T = BothWays<TAPS>;
  constexpr int PRODUCTS = T::PRODUCTS;
  const int inners = inner.allChannels();
  const int blocks = (outer.allChannels() + LANES - 1) / LANES;
  const int64_t outers = blocks * LANES;
  const Strips strips(c.groups, outer);
  const int64_t most = strips.atOnce * strips.tiles * LANES;  // Samples of tiles at once.
  const int64_t innerSize = inners * most + LANES, outerSize = outers * most + LANES;
  const int64_t stripSize = ROWS * ROWS * strips.tiles * LANES * outers;
  const int64_t size = inners * outers + LANES;
  const int64_t line = lineSize<T>(strips), zeroRow = std::max<int64_t>(LANES, inner.width * inner.column);
  float* innerProducts = workspace(2 * PRODUCTS * (innerSize + outerSize) + strips.atOnce * stripSize +
                                   PRODUCTS * PRODUCTS * size + 2 * line + zeroRow);
  float* outerProducts = innerProducts + 2 * PRODUCTS * innerSize;
  float* exchanged = outerProducts + 2 * PRODUCTS * outerSize;
  float* products = exchanged + strips.atOnce * stripSize;
  float* innerLines = products + PRODUCTS * PRODUCTS * size;
  float* outerLines = innerLines + line;
  float* zeros = outerLines + line;
  std::fill_n(products, PRODUCTS * PRODUCTS * size + 2 * line + zeroRow, 0.0f);

  for (int first = 0; first < strips.count; first += strips.atOnce) {
    const int count = std::min(strips.atOnce, strips.count - first);
    const int tiles = count * strips.tiles;
    for (int s = 0; s < count; s++) {
      exchangeLanes(a + strips.group(first + s) * outer.group, outer, strips.y(first + s), ROWS * strips.tiles, zeros,
                    exchanged + s * stripSize);
    }
    eachPair(std::make_integer_sequence<int, T::PAIRS>(), [&](auto pair) {
      transformInput<T, pair>(c, strips, first, count, b, inner, zeros, innerLines,
                              {innerProducts, innerSize, most, LANES});
      const Products to = {outerProducts, outerSize, LANES, LANES * outers};
      for (int s = 0; s < count; s++) {
        for (int64_t k = 0; k < LANES * blocks; k++) {
          const float* rows[ROWS];
          for (int y = 0; y < ROWS; y++) rows[y] = exchanged + s * stripSize + y * stripSize / ROWS + k * LANES;
          transformStrip<T, pair, true>(rows, LANES * outers, 0, ROWS * strips.tiles, strips.tiles, outerLines,
                                        line / 2, to.data + s * strips.tiles * to.tile + k * to.channel, to);
        }
      }
      for (int t = 0; t < 2 * PRODUCTS; t++) {
        for (int i = 0; i < inners; i += CHANNEL_BLOCK) {
          const int block = std::min(CHANNEL_BLOCK, inners - i);
          matrixProduct(tiles * LANES, LANES, outerProducts + t * outerSize, outers, blocks,
                        innerProducts + t * innerSize + i * most, {1, most}, block,
                        products + (2 * pair * PRODUCTS + t) * size + i * outers, outers, true);
        }
      }
    });
  }
  gradientOfKernels<T>(outer, inner, products, size, outers, gradient);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
