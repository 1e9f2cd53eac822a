// Which correlations are computed with fewer products, and how.
#pragma once

#include "winograd.h"
#include "winograd_tiles.h"

namespace deepsad {
namespace DEEPSAD_ISA {

enum class Filtering { none, oneWay, bothWays };

// Channels that make many terms of a sum.
constexpr int MANY_CHANNELS = 32;

// The same on every instruction set, so that all give the same bits. `summed`: the channels whose products a sum is of.
inline Filtering filteringOf(const Correlation& c, const Planes& a, const Planes& b, int summed) {
  const int taps = c.kernelHeight;
  if (c.kernelWidth != taps || (taps != 5 && taps != 3)) return Filtering::none;
  const int fewest = std::min(a.allChannels(), b.allChannels()), most = std::max(a.allChannels(), b.allChannels());
  const int extent = std::min({a.height, a.width, b.height, b.width});
  // Along both directions, 5 taps lose more than four times what a direct sum does where it has few terms: below 32 channels, or where
  // most outputs are at a border. Of few channels the transforms also take longer than they save: below 16, with 3 taps below 32, or 12
  // where the phases of an up-sampled image share those of the other side.
  const bool phases = taps == 3 && (a.phases > 1 || b.phases > 1);
  const int least = phases ? 12 : taps == 5 ? 16 : MANY_CHANNELS;
  if (most >= MANY_CHANNELS && fewest >= least && extent >= (taps == 5 ? 2 : 1) * ROWS &&
      (phases || summed >= MANY_CHANNELS)) {
    return Filtering::bothWays;
  }
  // Along y alone the same holds for 5 taps of fewer than 4 channels, and 3 taps save nothing there.
  const bool few = std::min(a.channels, b.channels) < 4;
  return few && (taps == 3 || extent < 3 * ROWS) ? Filtering::none : Filtering::oneWay;
}

// Weights are packed [input phase][block of output channels][input channel][ky][kx][channel in block], blocks of CHANNEL_BLOCK but
// for the last. With `accumulate` the result is added to `out`.
void correlate(const Correlation& c, const float* in, const Planes& from, float* out, const Planes& to,
               const float* weights, bool accumulate) {
  const Filtering filtering = filteringOf(c, from, to, from.allChannels());
  if (filtering == Filtering::none) return correlateDirectly(c, in, from, out, to, weights, accumulate);
  if (filtering == Filtering::bothWays) {
    const auto run = c.kernelHeight == 5 ? correlateInTiles<5> : correlateInTiles<3>;
    return run(c, in, from, out, to, weights, accumulate);
  }
  const int64_t phaseWeights = int64_t{from.channels} * to.allChannels() * c.kernelHeight * c.kernelWidth;
  for (int phase = 0; phase < from.phases; phase++, weights += phaseWeights) {
    const auto run = c.kernelHeight == 5 ? correlateWithFewerProducts<5> : correlateWithFewerProducts<3>;
    run(c, in + from.phase[phase], from, out, to, weights, accumulate || phase > 0);
  }
}

// gradient[a][b][ky][kx] = Σ over samples and positions of a[y][x] · b[y + ky + offsetY][x + kx + offsetX], one phase after the other:
// sums of many terms, however few the channels.
void correlateGradient(const Correlation& c, const float* a, const Planes& outer, const float* b, const Planes& inner,
                       float* gradient) {
  const Filtering filtering = filteringOf(c, outer, inner, MANY_CHANNELS);
  if (filtering == Filtering::none) return correlateGradientDirectly(c, a, outer, b, inner, gradient);
  if (filtering == Filtering::bothWays) {
    const auto run = c.kernelHeight == 5 ? correlateGradientInTiles<5> : correlateGradientInTiles<3>;
    return run(c, a, outer, b, inner, gradient);
  }
  eachPhase(c, a, outer, b, inner, [&](const float* phaseA, const float* phaseB, int64_t before) {
    const auto run =
        c.kernelHeight == 5 ? correlateGradientWithFewerProducts<5> : correlateGradientWithFewerProducts<3>;
    run(c, phaseA, outer, phaseB, inner, gradient + before);
  });
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
