// Sixteen float lanes, one for each sample of a group, as the instruction set at hand holds them.
//
// Every kernel that adds products does so through fma() below, lane by lane and in an order that the source fixes, so that
// each instruction set gives the same bits. Element-wise code is left to the compiler's vectoriser, which keeps IEEE results
// because contraction is off (-ffp-contract=off).
#pragma once

#include <cstdint>
#include <cstring>

#if defined(DEEPSAD_AVX512) || defined(DEEPSAD_AVX2)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace deepsad {
namespace DEEPSAD_ISA {

constexpr int LANES = 16;

#if defined(DEEPSAD_AVX512)

typedef float Part __attribute__((vector_size(64)));
// Registers for accumulators: output channels held at once, and how many groups beside each other.
constexpr int MAX_CHANNELS = 8;
constexpr int ACCUMULATORS = 16;
constexpr int GRADIENT_CHANNELS = 4;
inline Part multiplyAdd(Part a, Part b, Part c) { return _mm512_fmadd_ps(a, b, c); }

#elif defined(DEEPSAD_AVX2)

typedef float Part __attribute__((vector_size(32)));
constexpr int MAX_CHANNELS = 4;
constexpr int ACCUMULATORS = 4;
constexpr int GRADIENT_CHANNELS = 1;
inline Part multiplyAdd(Part a, Part b, Part c) { return _mm256_fmadd_ps(a, b, c); }

#elif defined(__aarch64__)

typedef float Part __attribute__((vector_size(16)));
constexpr int MAX_CHANNELS = 4;
constexpr int ACCUMULATORS = 4;
constexpr int GRADIENT_CHANNELS = 1;
inline Part multiplyAdd(Part a, Part b, Part c) { return vfmaq_f32(c, a, b); }

#else

typedef float Part __attribute__((vector_size(16)));
constexpr int MAX_CHANNELS = 2;
constexpr int ACCUMULATORS = 2;
constexpr int GRADIENT_CHANNELS = 1;

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

inline Part multiplyAdd(Part a, Part b, Part c) {
  Part result;
  for (int i = 0; i < 4; i++) result[i] = multiplyAdd(a[i], b[i], c[i]);
  return result;
}

#endif

constexpr int PARTS = sizeof(float) * LANES / sizeof(Part);

struct Vec {
  Part part[PARTS];
};

#define DEEPSAD_EACH_PART _Pragma("GCC unroll 4") for (int i = 0; i < PARTS; i++)

inline Vec load(const float* from) {
  Vec v;
  DEEPSAD_EACH_PART std::memcpy(&v.part[i], from + i * (LANES / PARTS), sizeof(Part));
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

inline Vec fma(Vec a, Vec b, Vec c) {
  Vec v;
  DEEPSAD_EACH_PART v.part[i] = multiplyAdd(a.part[i], b.part[i], c.part[i]);
  return v;
}

// The sum over lanes, halving the distance between addends from 8 to 1.
inline float sumLanes(const float* lanes) {
  float sums[LANES];
  std::memcpy(sums, lanes, sizeof sums);
  for (int i = 0; i < 8; i++) sums[i] += sums[i + 8];
  for (int i = 0; i < 4; i++) sums[i] += sums[i + 4];
  for (int i = 0; i < 2; i++) sums[i] += sums[i + 2];
  return sums[0] + sums[1];
}

inline float sumLanes(Vec v) {
  float lanes[LANES];
  store(lanes, v);
  return sumLanes(lanes);
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
