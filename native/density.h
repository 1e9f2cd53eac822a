// Sums of Gaussians around samples, for kernel density estimates: in double precision, eight samples at a time, each lane by itself and
// then the lanes one after the other, so that every instruction set adds up the same.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "dual.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// The exponent of what adds nothing to a sum that has a 1 in it: such Gaussians count as 0, which also avoids the numbers next to zero
// that processors are slow with.
constexpr double NEGLIGIBLE = -50;
// Squared it is e^NEGLIGIBLE.
constexpr double LEAST_ROOT = 1.3887943864964021e-11;

// Without a sign, so that what does not fit is cut off.
typedef uint64_t Bits __attribute__((vector_size(8 * WIDTH)));

// eˣ for −50 < x ≤ 0 to within 2 ulp: x = n·ln 2 + r, the Taylor series of eʳ up to r¹³ (the next term is below 2⁻⁵⁷ for |r| ≤ ln 2 / 2), and
// n put into the exponent. Written without a call to the C library, whose results differ between versions.
inline __attribute__((always_inline)) Doubles exponential(Doubles x) {
  const Doubles shifted =
      x * 1.4426950408889634 + 6755399441055744.0;  // 1.5 · 2⁵² rounds to an integer held in the low bits
  const Doubles n = shifted - 6755399441055744.0;
  // ln 2 in two parts, the first with so few bits that its product with n is exact.
  const Doubles r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  Doubles p = Doubles{} + 1.0 / 6227020800.0;
  for (const double inverse :
       {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0}) {
    p = p * r + 1.0 / inverse;
  }
  p = p * r * r + r + 1.0;
  Bits bits, exponent;
  std::memcpy(&bits, &p, sizeof bits);
  std::memcpy(&exponent, &shifted, sizeof exponent);
  bits += exponent << 52;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

// sums[k] = Σ exp((nearest − d²) · precision)^(2^k) over the squared distances d² that are not in the stretch [from, to), of which `nearest`
// is the least and is returned: +∞ where there is none.
double gaussianSums(int64_t count, int64_t from, int64_t to, double precision, int levels, const float* distances,
                    double* sums) {
  const int64_t stretches[2][2] = {{0, from}, {to, count}};
  Doubles least = Doubles{} + INFINITE;
  double nearest = INFINITE;
  for (const auto& [first, end] : stretches) {
    int64_t j = first;
    for (; j + WIDTH <= end; j += WIDTH) {
      const Doubles squared = loadFloats(distances + j);
      least = squared < least ? squared : least;
    }
    for (; j < end; j++) nearest = distances[j] < nearest ? distances[j] : nearest;
  }
  for (int lane = 0; lane < WIDTH; lane++) nearest = least[lane] < nearest ? least[lane] : nearest;
  Doubles lanes[MAX_LEVELS] = {};
  const auto add = [&](Doubles squared) {
    const Doubles exponent = (nearest - squared) * precision;
    const Doubles zero = {};
    Doubles gaussian = exponent > NEGLIGIBLE ? exponential(exponent) : zero;
    for (int k = 0; k < levels; k++) {
      lanes[k] += gaussian;
      // With the variance halved the Gaussian is squared, so that one exponential serves for all levels.
      gaussian = gaussian > LEAST_ROOT ? gaussian * gaussian : zero;
    }
  };
  for (const auto& [first, end] : stretches) {
    int64_t j = first;
    for (; j + WIDTH <= end; j += WIDTH) add(loadFloats(distances + j));
    if (j == end) continue;
    float rest[WIDTH];
    std::fill(std::copy(distances + j, distances + end, rest), rest + WIDTH, std::numeric_limits<float>::infinity());
    add(loadFloats(rest));
  }
  for (int k = 0; k < levels; k++) {
    sums[k] = 0;
    for (int lane = 0; lane < WIDTH; lane++) sums[k] += lanes[k][lane];
  }
  return nearest;
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
