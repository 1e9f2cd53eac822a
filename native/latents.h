// The latents of variational autoencoders.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "exponential.h"
#include "kernels.h"

namespace deepsad {
namespace DEEPSAD_ISA {

// z = μ + σ ε of samples with `count` latents each. Of a sample `outputs` holds the means, then as many a, where log σ² = log(1 + eᵃ) if
// `softplus` and else a; `noises` holds ε and becomes σ ε; `slopes` becomes the derivative of log σ² by a, and `divergences`
// Σ (z² − ε² − log σ²) / 2. In passes, each made of vectors: all that one latent needs are more operations than a core has in flight.
void drawLatents(int64_t samples, int count, bool softplus, const float* outputs, double* noises, float* latents,
                 double* slopes, double* divergences) {
  std::vector<double> variances(count), terms(count);
  for (int64_t s = 0; s < samples; s++, noises += count, latents += count, slopes += count) {
    const float* means = outputs + 2 * s * count;
    const float* a = means + count;
    for (int i = 0; i < count; i++) variances[i] = double_precision::exponential(a[i]);
    if (softplus) {
      for (int i = 0; i < count; i++) variances[i] = 1 + variances[i];
      for (int i = 0; i < count; i++) terms[i] = double_precision::logarithm(variances[i]);
      for (int i = 0; i < count; i++) slopes[i] = 1 - 1 / variances[i];
    } else {
      for (int i = 0; i < count; i++) {
        terms[i] = a[i];
        slopes[i] = 1;
      }
    }
    for (int i = 0; i < count; i++) {
      const double noise = noises[i];
      noises[i] = std::sqrt(variances[i]) * noise;
      const double z = means[i] + noises[i];
      latents[i] = static_cast<float>(z);
      terms[i] = (z * z - noise * noise - terms[i]) / 2;
    }
    divergences[s] = 0;
    for (int i = 0; i < count; i++) divergences[s] += terms[i];
  }
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
