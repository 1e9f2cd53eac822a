// Correlation: the one operation behind convolutions, transposed convolutions and dense layers (1 × 1 planes), forward and
// backward; which of them it is depends on the weights' order and the offsets alone.
#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "kernels.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// Groups, or positions, that a tile takes at once, at the most.
constexpr int MAX_GROUPS = 8;

// The taps 0 … kernel − 1 that fall inside an extent when the first falls on `start`.
struct Taps {
  int first, end;
  Taps(int start, int kernel, int extent) : first(std::max(0, -start)), end(std::min(kernel, extent - start)) {}
};

// What the tiles of some output channels have in common.
struct Tiles {
  const Correlation& c;
  const Planes& from;
  const float* weights;
  int block;                // Output channels between the weights of two taps.
  int64_t phaseWeights;     // Of one input phase.
  const int64_t* channels;  // Where the output channels lie.
  bool accumulate;
  // Whether the lines of the output are fetched ahead: stores that wait for theirs hold up loads whose low address bits agree. Rows of
  // products are in the caches.
  bool fetchOut;
};

// CHANNELS output channels of VECTORS vectors, which lie `step` apart in the input and `stepOut` in the output: those of one position in
// neighbouring groups, or of neighbouring positions in one group. `count` such tiles of positions follow one another.
template <int CHANNELS, int VECTORS>
[[gnu::noinline]] void correlateTile(const Tiles& tiles, const float* in, int64_t step, Taps rows, Taps columns,
                                     float* out, int64_t stepOut, int count) {
  const Planes& from = tiles.from;
  const int64_t column = from.column, block = tiles.block;
  const int64_t* channels = tiles.channels;
  const int64_t row = tiles.c.kernelWidth * block, channel = tiles.c.kernelHeight * row;
  const int height = rows.end - rows.first;
  in += rows.first * from.row + columns.first * column;
  const float* firstTap = tiles.weights + rows.first * row + columns.first * block;
  // Where the number of columns is a constant, their loop is unrolled.
  const auto eachTile = [&](auto width) __attribute__((always_inline)) {
    for (int tile = 0; tile < count; tile++, in += VECTORS * step, out += VECTORS * stepOut) {
      Vec sum[CHANNELS][VECTORS];
#pragma GCC unroll 8
      for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) {
          sum[o][v] = tiles.accumulate ? load(out + channels[o] + v * stepOut) : broadcast(0);
        }
      }
      if (tiles.fetchOut) {
#pragma GCC unroll 8
        for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
          for (int v = 0; v < VECTORS; v++) __builtin_prefetch(out + channels[o] + v * stepOut, 1);
        }
      }
      const auto addTap = [&](const float* x, const float* w) __attribute__((always_inline)) {
        Vec lanes[VECTORS];
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) lanes[v] = load(x + v * step);
#pragma GCC unroll 8
        for (int o = 0; o < CHANNELS; o++) {
          const Vec weight = broadcast(w[o]);
#pragma GCC unroll 8
          for (int v = 0; v < VECTORS; v++) sum[o][v] = fma(weight, lanes[v], sum[o][v]);
        }
      };
      const float* weights = firstTap;
      for (int phase = 0; phase < from.phases; phase++, weights += tiles.phaseWeights) {
        const float *plane = in + from.phase[phase], *taps = weights;
        for (int i = 0; i < from.channels; i++, plane += from.channel, taps += channel) {
          const float *x = plane, *w = taps;
          for (int ky = 0; ky < height; ky++, x += from.row, w += row) {
            for (int kx = 0; kx < width; kx++) addTap(x + kx * column, w + kx * block);
          }
        }
      }
#pragma GCC unroll 8
      for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
        for (int v = 0; v < VECTORS; v++) store(out + channels[o] + v * stepOut, sum[o][v]);
      }
    }
  };
  const int width = columns.end - columns.first;
  if (width == 5) eachTile(std::integral_constant<int, 5>());
  else if (width == 4) eachTile(std::integral_constant<int, 4>());
  else if (width == 3) eachTile(std::integral_constant<int, 3>());
  else if (width == 1) eachTile(std::integral_constant<int, 1>());
  else eachTile(width);
}

// CHANNELS output channels from `channel` on at every position, for groups `first` … `end` − 1.
template <int CHANNELS>
void correlateChannels(const Correlation& c, int first, int end, const float* in, const Planes& from, float* out,
                       const Planes& to, int channel, const float* weights, int block, int64_t phaseWeights,
                       bool accumulate) {
  constexpr int MOST = CHANNELS == 1 ? MAX_GROUPS : 4;
  constexpr int GROUPS = std::clamp(ACCUMULATORS / CHANNELS, 1, MOST);
  constexpr int POSITIONS = std::clamp(POSITION_ACCUMULATORS / CHANNELS, 1, MOST);
  // Positions whose columns all fall inside share a tile, which leaves more of the first cache to each group than tiles of groups do.
  const int firstWhole = std::max(0, -c.offsetX);
  const int endWhole = std::min(to.width, from.width - c.kernelWidth + 1 - c.offsetX);
  int64_t channels[CHANNELS];
  for (int o = 0; o < CHANNELS; o++) channels[o] = to.at(channel + o);
  const Tiles tiles = {c, from, weights, block, phaseWeights, channels, accumulate, c.kernelHeight > 1};
  int g = first;
  const auto groups = [&](auto tile, int count) {
    for (; g + count <= end; g += count) {
      for (int y = 0; y < to.height; y++) {
        const Taps rows(y + c.offsetY, c.kernelHeight, from.height);
        for (int x = 0; x < to.width;) {
          const Taps columns(x + c.offsetX, c.kernelWidth, from.width);
          const float* source = in + g * from.group + (y + c.offsetY) * from.row + (x + c.offsetX) * from.column;
          float* target = out + g * to.group + y * to.row + x * to.column;
          if (POSITIONS > 1 && x >= firstWhole && x + POSITIONS <= endWhole) {
            const int atOnce = (endWhole - x) / POSITIONS;
            for (int h = 0; h < count; h++) {
              correlateTile<CHANNELS, POSITIONS>(tiles, source + h * from.group, from.column, rows, columns,
                                                 target + h * to.group, to.column, atOnce);
            }
            x += atOnce * POSITIONS;
          } else {
            tile(tiles, source, from.group, rows, columns, target, to.group, 1);
            x++;
          }
        }
      }
    }
  };
  // Planes of one position, as in dense layers, have no rows that groups could contend with for the first cache.
  if (to.height * to.width == 1) groups(correlateTile<CHANNELS, POSITIONS>, POSITIONS);
  groups(correlateTile<CHANNELS, GROUPS>, GROUPS);
  if (GROUPS > 1) groups(correlateTile<CHANNELS, 1>, 1);
}

// Weights are packed [input phase][block of output channels][input channel][ky][kx][channel in block], blocks of CHANNEL_BLOCK but
// for the last. With `accumulate` the result is added to `out`.
void correlateDirectly(const Correlation& c, const float* in, const Planes& from, float* out, const Planes& to,
                       const float* weights, bool accumulate) {
  const int64_t taps = static_cast<int64_t>(from.channels) * c.kernelHeight * c.kernelWidth;
  const int outputs = to.allChannels();
  // A few groups at a time, whose input stays in the second-level cache for all output channels.
  for (int g = 0; g < c.groups; g += MAX_GROUPS) {
    const int end = std::min(c.groups, g + MAX_GROUPS);
    int width;
    for (int o = 0; o < outputs; o += width) {
      const int first = o / CHANNEL_BLOCK * CHANNEL_BLOCK;
      const int block = std::min(CHANNEL_BLOCK, outputs - first);
      const int rest = first + block - o;
      const auto run = [&](auto channels) {
        channels(c, g, end, in, from, out, to, o, weights + first * taps + (o - first), block, outputs * taps,
                 accumulate);
      };
      width = std::min(rest >= 8 ? 8 : rest >= 4 ? 4 : rest, MAX_CHANNELS);
      if (width == 8) run(correlateChannels<MAX_CHANNELS>);
      else if (width == 4) run(correlateChannels<std::min(4, MAX_CHANNELS)>);
      else if (width == 3) run(correlateChannels<std::min(3, MAX_CHANNELS)>);
      else if (width == 2) run(correlateChannels<2>);
      else run(correlateChannels<1>);
    }
  }
}

// Adds to the sums of CHANNELS channels of a with one of b, for one row of the kernel and TAPS of its columns from kx on, what the
// rows `from` up to but not including `to` contribute, counted over all groups. Of a channel's sums, each a vector, the first is at a
// multiple of `stride`.
template <int CHANNELS, int TAPS>
[[gnu::noinline]] void rowTile(const Correlation& c, const float* a, const Planes& outer, const float* b,
                               const Planes& inner, int from, int to, int ky, int kx, float* sums, int64_t stride) {
  Vec sum[CHANNELS][TAPS];
#pragma GCC unroll 8
  for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
    for (int k = 0; k < TAPS; k++) sum[o][k] = load(sums + o * stride + k * LANES);
  }
  const int shiftY = ky + c.offsetY;
  const int shiftX = kx + c.offsetX;
  // Columns whose taps all fall inside; at the others a tap outside reads zeros.
  static const float zeros[LANES] = {};
  const int firstWhole = std::min(outer.width, std::max(0, -shiftX));
  const int endWhole = std::max(firstWhole, std::min(outer.width, inner.width - shiftX - TAPS + 1));

  for (int row = from; row < to; row++) {
    const int g = row / outer.height, y = row % outer.height;
    if (y + shiftY < 0 || y + shiftY >= inner.height) continue;
    const float* rowA = a + g * outer.group + y * outer.row;
    const float* rowB = b + g * inner.group + (y + shiftY) * inner.row + shiftX * inner.column;
    const auto column = [&](int x, auto tap) __attribute__((always_inline)) {
      Vec shifted[TAPS];
#pragma GCC unroll 8
      for (int k = 0; k < TAPS; k++) shifted[k] = load(tap(x + k));
#pragma GCC unroll 8
      for (int o = 0; o < CHANNELS; o++) {
        const Vec lanes = loadOnce(rowA + o * outer.channel + x * outer.column);
#pragma GCC unroll 8
        for (int k = 0; k < TAPS; k++) sum[o][k] = fma(lanes, shifted[k], sum[o][k]);
      }
    };
    const auto inside = [&](int x) { return rowB + x * inner.column; };
    const auto border = [&](int x) {
      const bool isInside = static_cast<unsigned>(x + shiftX) < static_cast<unsigned>(inner.width);
      return isInside ? inside(x) : zeros;
    };
    for (int x = 0; x < firstWhole; x++) column(x, border);
    for (int x = firstWhole; x < endWhole; x++) column(x, inside);
    for (int x = endWhole; x < outer.width; x++) column(x, border);
  }
#pragma GCC unroll 8
  for (int o = 0; o < CHANNELS; o++) {
#pragma GCC unroll 8
    for (int k = 0; k < TAPS; k++) store(sums + o * stride + k * LANES, sum[o][k]);
  }
}

// Calls `body` with the tile, the first channel and the number of channels of each block of at most CHANNELS.
template <int CHANNELS, int TAPS, typename Body>
inline void eachRowTile(int channels, Body body) {
  constexpr int HALF = std::max(1, CHANNELS / 2);
  int o = 0;
  for (; o + CHANNELS <= channels; o += CHANNELS) body(rowTile<CHANNELS, TAPS>, o, CHANNELS);
  for (; o + HALF <= channels; o += HALF) body(rowTile<HALF, TAPS>, o, HALF);
  for (; o < channels; o++) body(rowTile<1, TAPS>, o, 1);
}

// Gradient of one tap for A channels of a and B of b.
template <int A, int B>
[[gnu::noinline]] void tapTile(const Correlation& c, const float* a, const Planes& outer, const float* b,
                               const Planes& inner, int ky, int kx, float* gradient) {
  Vec sum[A][B];
#pragma GCC unroll 8
  for (int o = 0; o < A; o++) {
#pragma GCC unroll 8
    for (int i = 0; i < B; i++) sum[o][i] = broadcast(0);
  }
  const int shiftY = ky + c.offsetY;
  const int shiftX = kx + c.offsetX;
  const int firstRow = std::max(0, -shiftY);
  const int endRow = std::min(outer.height, inner.height - shiftY);
  const int first = std::max(0, -shiftX);
  const int end = std::min(outer.width, inner.width - shiftX);
  const int64_t channelA = outer.channel, columnA = outer.column;
  const int64_t channelB = inner.channel, columnB = inner.column;
  for (int g = 0; g < c.groups; g++) {
    for (int y = firstRow; y < endRow; y++) {
      const float* atA = a + g * outer.group + y * outer.row + first * columnA;
      const float* atB = b + g * inner.group + (y + shiftY) * inner.row + (first + shiftX) * columnB;
      for (int x = first; x < end; x++, atA += columnA, atB += columnB) {
        Vec shifted[B];
#pragma GCC unroll 8
        for (int i = 0; i < B; i++) shifted[i] = load(atB + i * channelB);
#pragma GCC unroll 8
        for (int o = 0; o < A; o++) {
          const Vec lanes = load(atA + o * channelA);
#pragma GCC unroll 8
          for (int i = 0; i < B; i++) sum[o][i] = fma(lanes, shifted[i], sum[o][i]);
        }
      }
    }
  }
  const int64_t taps = static_cast<int64_t>(c.kernelHeight) * c.kernelWidth;
  const int64_t tap = static_cast<int64_t>(ky) * c.kernelWidth + kx;
#pragma GCC unroll 8
  for (int o = 0; o < A; o++) {
#pragma GCC unroll 8
    for (int i = 0; i < B; i++) gradient[(o * inner.channels + i) * taps + tap] = sumLanes(sum[o][i]);
  }
}

// Calls `tile` for every A × B block of channels, and `single` for each pair that is left.
template <int A, int B, typename Tile, typename Single>
inline void eachBlock(int outer, int inner, Tile tile, Single single) {
  for (int o = 0; o < outer; o++) {
    const bool rows = o % A == 0 && o + A <= outer;
    const bool inRows = o < outer / A * A;
    for (int i = 0; i < inner; i++) {
      const bool inBlock = inRows && i < inner / B * B;
      if (!inBlock) single(o, i);
      else if (rows && i % B == 0) tile(o, i);
    }
  }
}

// Calls `body` with where each phase of a or b begins and how many weights the phases before it have.
template <typename Body>
inline void eachPhase(const Correlation& c, const float* a, const Planes& outer, const float* b, const Planes& inner,
                      Body body) {
  const int64_t weights = int64_t{outer.channels} * inner.channels * c.kernelHeight * c.kernelWidth;
  for (int p = 0; p < outer.phases; p++) {
    for (int q = 0; q < inner.phases; q++)
      body(a + outer.phase[p], b + inner.phase[q], (p * inner.phases + q) * weights);
  }
}

// Bytes of a that stay in the first cache while all of b that meets them goes by.
constexpr int BLOCK_BYTES = 24576;

// The gradient by kernels whose rows are a multiple of TAPS taps long: the taps of a row share what they load. CHANNELS channels of a
// go together.
template <int CHANNELS, int TAPS>
void gradientByRows(const Correlation& c, const float* a, const Planes& outer, const float* b, const Planes& inner,
                    float* gradient) {
  const int64_t taps = static_cast<int64_t>(c.kernelHeight) * c.kernelWidth;
  const int64_t channelSize = inner.channels * taps;
  const int64_t stride = inner.phases * channelSize;
  const int rows = c.groups * outer.height;
  const int step = std::max<int>(1, BLOCK_BYTES / (CHANNELS * outer.width * LANES * sizeof(float)));
  static thread_local std::vector<float> sums;
  const auto channels = [&](auto tile, int first, int count) {
    sums.assign(count * stride * LANES, 0.0f);
    for (int from = 0; from < rows; from += step) {
      const int to = std::min(rows, from + step);
      for (int i = 0; i < inner.allChannels(); i++) {
        for (int ky = 0; ky < c.kernelHeight; ky++) {
          for (int kx = 0; kx < c.kernelWidth; kx += TAPS) {
            tile(c, a + outer.at(first), outer, b + inner.at(i), inner, from, to, ky, kx,
                 sums.data() + (i * taps + ky * c.kernelWidth + kx) * LANES, stride * LANES);
          }
        }
      }
    }
    const float* sum = sums.data();
    for (int o = first; o < first + count; o++) {
      for (int phase = 0; phase < inner.phases; phase++) {
        float* target = gradient + (int64_t{phase} * outer.allChannels() + o) * channelSize;
        for (int64_t k = 0; k < channelSize; k++, sum += LANES) target[k] = sumLanes(load(sum));
      }
    }
  };
  for (int p = 0; p < outer.phases; p++) {
    eachRowTile<CHANNELS, TAPS>(outer.channels,
                                [&](auto tile, int o, int count) { channels(tile, p * outer.channels + o, count); });
  }
}

// The gradient by kernels of any size, of one phase.
void gradientByTaps(const Correlation& c, const float* a, const Planes& outer, const float* b, const Planes& inner,
                    float* gradient) {
  const int64_t taps = static_cast<int64_t>(c.kernelHeight) * c.kernelWidth;
  const auto eachTap = [&](auto tile) {
    return [&, tile](int o, int i) {
      for (int ky = 0; ky < c.kernelHeight; ky++) {
        for (int kx = 0; kx < c.kernelWidth; kx++) {
          tile(c, a + o * outer.channel, outer, b + i * inner.channel, inner, ky, kx,
               gradient + (int64_t{o} * inner.channels + i) * taps);
        }
      }
    };
  };
  if (inner.channels < TAP_INNER) {
    eachBlock<MAX_CHANNELS, 1>(outer.channels, inner.channels, eachTap(tapTile<MAX_CHANNELS, 1>),
                               eachTap(tapTile<1, 1>));
  } else {
    eachBlock<TAP_OUTER, TAP_INNER>(outer.channels, inner.channels, eachTap(tapTile<TAP_OUTER, TAP_INNER>),
                                    eachTap(tapTile<1, 1>));
  }
}

// gradient[a][b][ky][kx] = Σ over samples and positions of a[y][x] · b[y + ky + offsetY][x + kx + offsetX], one phase after the other.
void correlateGradientDirectly(const Correlation& c, const float* a, const Planes& outer, const float* b,
                               const Planes& inner, float* gradient) {
  if (c.kernelWidth % 5 == 0) return gradientByRows<ROW_OUTER, 5>(c, a, outer, b, inner, gradient);
  if (c.kernelWidth % 3 == 0 && inner.channels < TAP_INNER) {
    return gradientByRows<SHORT_ROW_OUTER, 3>(c, a, outer, b, inner, gradient);
  }
  eachPhase(c, a, outer, b, inner, [&](const float* phaseA, const float* phaseB, int64_t before) {
    gradientByTaps(c, phaseA, outer, phaseB, inner, gradient + before);
  });
}

// target[t] = Σ source[indices[j]] over starts[t] ≤ j < starts[t + 1]: reorders weights, and sums those that share a tap.
// Every target has at least one source.
void gatherSums(int count, const float* source, const int32_t* starts, const int32_t* indices, float* target) {
  if (starts[count] == count) {
    for (int t = 0; t < count; t++) target[t] = source[indices[t]];
    return;
  }
  for (int t = 0; t < count; t++) {
    float sum = 0;
    for (int j = starts[t]; j < starts[t + 1]; j++) sum += source[indices[j]];
    target[t] = sum;
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
