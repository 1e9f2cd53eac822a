// Kernels that treat each value by itself: sigmoid and Adam.
#pragma once

#include <cmath>
#include <cstring>

#include "kernels.h"
#include "vector.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// eˣ to within 2 ulp: x = n·ln 2 + r, a polynomial for eʳ (Cephes expf), and n put into the exponent. Written without a call
// to the C library, whose results differ between versions.
inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 · 2²³ rounds to an integer held in the low bits
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  uint32_t bits;
  std::memcpy(&bits, &p, sizeof bits);
  bits += static_cast<uint32_t>(static_cast<int32_t>(n)) << 23;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

// log(1 + eˣ), by log(1 + u) = 2 (t + t³/3 + t⁵/5 + …) with t = u / (2 + u) ≤ 1/3.
inline float softplus(float x) {
  const float u = exponential(x < 0 ? x : -x);
  const float t = u / (2.0f + u);
  const float s = t * t;
  float p = 1.0f / 17;
  p = p * s + 1.0f / 15;
  p = p * s + 1.0f / 13;
  p = p * s + 1.0f / 11;
  p = p * s + 1.0f / 9;
  p = p * s + 1.0f / 7;
  p = p * s + 1.0f / 5;
  p = p * s + 1.0f / 3;
  p = p * s + 1.0f;
  return (x > 0 ? x : 0.0f) + 2.0f * t * p;
}

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

// x becomes 1 / (1 + e⁻ˣ).
void sigmoidForward(int64_t count, float* x) {
  for (int64_t i = 0; i < count; i++) x[i] = sigmoid(x[i]);
}

// dy by y becomes dx by x, with y the sigmoid's output.
void sigmoidBackward(int64_t count, const float* y, float* dy) {
  for (int64_t i = 0; i < count; i++) dy[i] = dy[i] * y[i] * (1.0f - y[i]);
}

// Adam (Kingma and Ba, 2015) with the L2 penalty added to the gradient; correction = 1 − βᵗ.
void adam(int64_t count, const AdamStep& step, float* weights, const float* gradient, float* moment1, float* moment2) {
  const float size = step.learningRate / step.correction1;
  const float root = std::sqrt(step.correction2);
  for (int64_t i = 0; i < count; i++) {
    const float g = gradient[i] + step.weightDecay * weights[i];
    moment1[i] = 0.9f * moment1[i] + 0.1f * g;
    moment2[i] = 0.999f * moment2[i] + 0.001f * g * g;
    weights[i] -= size * moment1[i] / (std::sqrt(moment2[i]) / root + 1e-8f);
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
