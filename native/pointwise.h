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
  int32_t bits;
  std::memcpy(&bits, &p, sizeof bits);
  bits += static_cast<int32_t>(n) << 23;
  std::memcpy(&p, &bits, sizeof p);
  return p;
}

// x becomes 1 / (1 + e⁻ˣ).
void sigmoidForward(int64_t count, float* x) {
  for (int64_t i = 0; i < count; i++) x[i] = 1.0f / (1.0f + exponential(-x[i]));
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
