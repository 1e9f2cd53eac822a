// The exponential and the logarithm of src/exponential.ts, whose comments say why: the same sums and products in the same order, and so the
// same bits. Without branches, so that loops over them are made of vectors. They are static, since each instruction set compiles its own.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace deepsad {
namespace double_precision {

constexpr double LN2 = 0.6931471805599453;
constexpr double LN2_HIGH = 0.6931471803691238;
constexpr double LN2_LOW = 1.9082149292705877e-10;
constexpr double SQRT2 = 1.4142135623730951;

// 1/13!, 1/12!, …, 1.
struct InverseFactorials {
  static constexpr int COUNT = 14;
  double of[COUNT] = {};
  constexpr InverseFactorials() {
    of[COUNT - 1] = 1;
    for (int k = 1; k < COUNT; k++) of[COUNT - 1 - k] = of[COUNT - k] / k;
  }
};

// 1/21, 1/19, …, 1.
struct InverseOdds {
  static constexpr int COUNT = 11;
  double of[COUNT] = {};
  constexpr InverseOdds() {
    for (int k = 0; k < COUNT; k++) of[k] = 1.0 / (21 - 2 * k);
  }
};

template <typename Coefficients>
static inline double seriesOf(double x) {
  constexpr Coefficients coefficients;
  double sum = coefficients.of[0];
#pragma GCC unroll 16
  for (int k = 1; k < Coefficients::COUNT; k++) sum = sum * x + coefficients.of[k];
  return sum;
}

// Without a sign, so that shifts and sums cut off what does not fit.
static inline uint64_t bitsOf(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline double ofBits(uint64_t bits) {
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// 1.5 · 2⁵²: the sum with it is a whole number, in whose lowest bits it lies.
constexpr double WHOLE = 6755399441055744.0;

// 2ⁿ for whole n from −1022 to 1023.
static inline double powerOfTwo(double n) { return ofBits((bitsOf(n + WHOLE) + 1023) << 52); }

// eˣ.
static inline double exponential(double x) {
  const double quotient = x / LN2;
  const double nearest = (quotient + WHOLE) - WHOLE;
  // From the midst of two whole numbers JavaScript goes up.
  const double n = quotient - nearest == 0.5 ? nearest + 1 : nearest;
  const double r = x - n * LN2_HIGH - n * LN2_LOW;
  const double power = seriesOf<InverseFactorials>(r) * powerOfTwo(n);
  const double past = x < 0 ? 0 : std::numeric_limits<double>::infinity();
  return x != x ? x : std::fabs(x) > 708 ? past : power;
}

// log x of a normal number above 0.
static inline double logarithm(double x) {
  // The exponent's bits, put under those of 2⁵², make the sum of both.
  const double exponent = ofBits((bitsOf(x) >> 52) | bitsOf(0x1p52)) - 0x1p52 - 1023;
  const double whole = x * powerOfTwo(1 - exponent) / 2;
  const double mantissa = whole > SQRT2 ? whole / 2 : whole;
  const double e = whole > SQRT2 ? exponent + 1 : exponent;
  const double t = (mantissa - 1) / (mantissa + 1);
  return e * LN2_HIGH + (2 * t * seriesOf<InverseOdds>(t * t) + e * LN2_LOW);
}

}  // namespace double_precision
}  // namespace deepsad
