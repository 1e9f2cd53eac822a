// Sixteen float lanes, one for each sample of a group, as the instruction set at hand holds them.
//
// Every kernel that adds products does so through fma() below, lane by lane and in an order that the source fixes, so that
// each instruction set gives the same bits. Element-wise code is left to the compiler's vectoriser, which keeps IEEE results
// because contraction is off (-ffp-contract=off).
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels.h"

#if defined(DEEPSAD_AVX512) || defined(DEEPSAD_AVX2)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace deepsad {
namespace DEEPSAD_ISA {

// The samples of a group are the lanes of a vector.
constexpr int LANES = GROUP;

#if defined(DEEPSAD_AVX512)

typedef float Part __attribute__((vector_size(64)));
// What fits the registers: output channels held at once and accumulators in all, of several groups and of several positions; for the
// gradient by weights, outer channels beside a row of 5 taps and of 3, and outer and inner channels of a single tap; accumulators of
// a filtered tile, 0 where they are too few; channels and vectors of products of matrices, whose sums are held twice.
constexpr int MAX_CHANNELS = 8;
constexpr int ACCUMULATORS = 16;
constexpr int POSITION_ACCUMULATORS = 24;
constexpr int ROW_OUTER = 4;
constexpr int SHORT_ROW_OUTER = 8;
constexpr int TAP_OUTER = 4;
constexpr int TAP_INNER = 4;
constexpr int FILTERED_ACCUMULATORS = 24;
constexpr int FEW_CHANNELS = 8;
constexpr int PRODUCT_CHANNELS = 2;
constexpr int PRODUCT_VECTORS = 4;
inline Part multiplyAdd(Part a, Part b, Part c) { return _mm512_fmadd_ps(a, b, c); }

#elif defined(DEEPSAD_AVX2)

typedef float Part __attribute__((vector_size(32)));
constexpr int MAX_CHANNELS = 4;
constexpr int ACCUMULATORS = 4;
constexpr int POSITION_ACCUMULATORS = 4;
constexpr int ROW_OUTER = 1;
constexpr int SHORT_ROW_OUTER = 1;
constexpr int TAP_OUTER = 2;
constexpr int TAP_INNER = 2;
constexpr int FILTERED_ACCUMULATORS = 8;
constexpr int FEW_CHANNELS = 3;
constexpr int PRODUCT_CHANNELS = 4;
constexpr int PRODUCT_VECTORS = 1;
inline Part multiplyAdd(Part a, Part b, Part c) { return _mm256_fmadd_ps(a, b, c); }

#elif defined(__aarch64__)

typedef float Part __attribute__((vector_size(16)));
constexpr int MAX_CHANNELS = 4;
constexpr int ACCUMULATORS = 4;
constexpr int POSITION_ACCUMULATORS = 4;
constexpr int ROW_OUTER = 1;
constexpr int SHORT_ROW_OUTER = 1;
constexpr int TAP_OUTER = 2;
constexpr int TAP_INNER = 2;
constexpr int FILTERED_ACCUMULATORS = 8;
constexpr int FEW_CHANNELS = 3;
constexpr int PRODUCT_CHANNELS = 4;
constexpr int PRODUCT_VECTORS = 1;
inline Part multiplyAdd(Part a, Part b, Part c) { return vfmaq_f32(c, a, b); }

#else

typedef float Part __attribute__((vector_size(16)));
constexpr int MAX_CHANNELS = 2;
constexpr int ACCUMULATORS = 2;
constexpr int POSITION_ACCUMULATORS = 2;
constexpr int ROW_OUTER = 1;
constexpr int SHORT_ROW_OUTER = 1;
constexpr int TAP_OUTER = 2;
constexpr int TAP_INNER = 2;
constexpr int FILTERED_ACCUMULATORS = 8;
constexpr int FEW_CHANNELS = 3;
constexpr int PRODUCT_CHANNELS = 2;
constexpr int PRODUCT_VECTORS = 1;

// A fused multiply-add without the instruction: the product is exact in double, the sum is rounded to odd there, and that
// rounds once more to the float that a fused operation gives (Boldo and Melquiond, 2008).
inline float multiplyAdd(float a, float b, float c) {
  const double product = static_cast<double>(a) * b;
  const double addend = c;
  const double sum = product + addend;
  const double back = sum - product;
  const double error = (product - (sum - back)) + (addend - back);
  int64_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  if (error != 0 && (bits & 1) == 0 && sum - sum == 0) bits += ((error > 0) == (sum > 0)) ? 1 : -1;
  double odd;
  std::memcpy(&odd, &bits, sizeof odd);
  return static_cast<float>(odd);
}

// A function of its own: inlined wherever it is used, it would take the compiler minutes and run no faster.
[[gnu::noinline]] static Part multiplyAdd(Part a, Part b, Part c) {
  Part result;
  for (int i = 0; i < 4; i++) result[i] = multiplyAdd(a[i], b[i], c[i]);
  return result;
}

#endif

constexpr int PARTS = sizeof(float) * LANES / sizeof(Part);

struct Vec {
  Part part[PARTS];
};

static_assert(sizeof(Vec) == sizeof(float) * LANES && PARTS <= 4, "parts fill the lanes of a group");

#define DEEPSAD_EACH_PART _Pragma("GCC unroll 4") for (int i = 0; i < PARTS; i++)

inline Vec load(const float* from) {
  Vec v;
  DEEPSAD_EACH_PART std::memcpy(&v.part[i], from + i * (LANES / PARTS), sizeof(Part));
  return v;
}

// A load into a register, of which there are enough with AVX-512: the compiler would else repeat it in each instruction that uses it.
inline Vec loadOnce(const float* from) {
  Vec v = load(from);
#if defined(DEEPSAD_AVX512)
  DEEPSAD_EACH_PART asm("" : "+v"(v.part[i]));
#endif
  return v;
}

inline void store(float* to, Vec v) {
  DEEPSAD_EACH_PART std::memcpy(to + i * (LANES / PARTS), &v.part[i], sizeof(Part));
}

inline Vec broadcast(float x) {
  Vec v;
  DEEPSAD_EACH_PART v.part[i] = x - Part{};
  return v;
}

inline Vec operator+(Vec a, Vec b) {
  DEEPSAD_EACH_PART a.part[i] += b.part[i];
  return a;
}

inline Vec operator-(Vec a, Vec b) {
  DEEPSAD_EACH_PART a.part[i] -= b.part[i];
  return a;
}

inline Vec operator*(Vec a, Vec b) {
  DEEPSAD_EACH_PART a.part[i] *= b.part[i];
  return a;
}

inline Vec maximum(Vec a, Vec b) {
  DEEPSAD_EACH_PART a.part[i] = a.part[i] > b.part[i] ? a.part[i] : b.part[i];
  return a;
}

// Lane by lane, `yes` where a > b, else `no`.
inline Vec ifGreater(Vec a, Vec b, Vec yes, Vec no) {
  DEEPSAD_EACH_PART yes.part[i] = a.part[i] > b.part[i] ? yes.part[i] : no.part[i];
  return yes;
}

// Lane by lane, `yes` where a = b, else `no`.
inline Vec ifEqual(Vec a, Vec b, Vec yes, Vec no) {
  DEEPSAD_EACH_PART yes.part[i] = a.part[i] == b.part[i] ? yes.part[i] : no.part[i];
  return yes;
}

inline Vec fma(Vec a, Vec b, Vec c) {
  Vec v;
  DEEPSAD_EACH_PART v.part[i] = multiplyAdd(a.part[i], b.part[i], c.part[i]);
  return v;
}

typedef float Four __attribute__((vector_size(16)));

typedef float Eight __attribute__((vector_size(32)));
typedef float Sixteen __attribute__((vector_size(64)));

template <typename Half, typename Whole>
inline Half addHalves(Whole whole) {
  Half halves[2];
  std::memcpy(halves, &whole, sizeof whole);
  return halves[0] + halves[1];
}

// The four sums that are left when the halves of a part are added until it has four lanes.
inline Four fold(Four part) { return part; }
inline Four fold(Eight part) { return addHalves<Four>(part); }
inline Four fold(Sixteen part) { return fold(addHalves<Eight>(part)); }

// The sum over lanes, halving the distance between addends from 8 to 1.
inline float sumLanes(Vec v) {
  for (int step = PARTS / 2; step > 0; step /= 2) {
    for (int i = 0; i < step; i++) v.part[i] += v.part[i + step];
  }
  const Four four = fold(v.part[0]);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

// Lanes of two vectors, those of the second counted from 4. GCC before 12 and clang have no word for it in common.
template <int FIRST, int SECOND, int THIRD, int FOURTH>
inline Four shuffle(Four a, Four b) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, FIRST, SECOND, THIRD, FOURTH);
#else
  typedef int32_t Lanes __attribute__((vector_size(16)));
  return __builtin_shuffle(a, b, Lanes{FIRST, SECOND, THIRD, FOURTH});
#endif
}

// Four rows of four values, transposed.
inline void transpose4(const float* const from[4], float* const to[4]) {
  Four a, b, c, d;
  std::memcpy(&a, from[0], sizeof a);
  std::memcpy(&b, from[1], sizeof b);
  std::memcpy(&c, from[2], sizeof c);
  std::memcpy(&d, from[3], sizeof d);
  const Four ab = shuffle<0, 4, 1, 5>(a, b), AB = shuffle<2, 6, 3, 7>(a, b);
  const Four cd = shuffle<0, 4, 1, 5>(c, d), CD = shuffle<2, 6, 3, 7>(c, d);
  a = shuffle<0, 1, 4, 5>(ab, cd);
  b = shuffle<2, 3, 6, 7>(ab, cd);
  c = shuffle<0, 1, 4, 5>(AB, CD);
  d = shuffle<2, 3, 6, 7>(AB, CD);
  std::memcpy(to[0], &a, sizeof a);
  std::memcpy(to[1], &b, sizeof b);
  std::memcpy(to[2], &c, sizeof c);
  std::memcpy(to[3], &d, sizeof d);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
