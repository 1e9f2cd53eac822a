// The kernels of the native engine, as a table of functions that each instruction set fills in.
//
// Layout: a batch is held in groups of 16 samples, a group as [channel][y][x][16]; the samples of a group are innermost, so
// that every kernel is a loop over 16 lanes whatever the channel count. Lanes past the end of a batch are padding; they may
// hold anything finite, and their gradients are zero.
#pragma once

#include <cstdint>

namespace deepsad {

constexpr int GROUP = 16;

// Weights of output channels are packed in blocks of this many, innermost.
constexpr int CHANNEL_BLOCK = 8;

// Rows and columns of an up-sampled image are each of one of two phases.
constexpr int MAX_PHASES = 4;

// Bandwidths that a sum of Gaussians may be for at a time.
constexpr int MAX_LEVELS = 16;

// Planes of channels inside an array, which may be a strided part of larger planes: one of the phases of an up-sampled image, or
// several of the same extent, each with all channels. Strides and where a phase begins count floats.
struct Planes {
  int64_t group, channel, row, column;
  int channels, height, width;
  int phases = 1;
  int64_t phase[MAX_PHASES] = {};

  // The channels of all phases, those of a phase together.
  int allChannels() const { return phases * channels; }
  int64_t at(int channelOfAll) const { return phase[channelOfAll / channels] + channelOfAll % channels * channel; }
};

// out[o][y][x] = Σ_{i,ky,kx} w[o][i][ky][kx] · in[i][y + ky + offsetY][x + kx + offsetX], taps outside the input left out. One of
// both sides may have several phases, whose channels are as many more outputs or inputs.
struct Correlation {
  int groups;
  int kernelHeight, kernelWidth, offsetY, offsetX;
};

// One pass of batch normalisation, leaky ReLU and 2 × 2 max-pooling, each of which may be absent.
struct Normalization {
  int groups, channels, height, width;
  bool normalize, pool;
  float slope;  // of the leaky ReLU; 1 where there is none
};

struct AdamStep {
  float learningRate, weightDecay, correction1, correction2;
};

// Among some samples of a dual: the one of least projection that may grow and the one of greatest that may shrink (−1 where there
// is none), and the range of all projections.
struct Extremes {
  int64_t up, down;
  double upValue, downValue, lowest, highest;
};

// The sample that lowers the objective of a dual most when it shrinks (−1 where there is none), and twice by how much.
struct Partner {
  int64_t index;
  double gain;
};

// Above each kernel stands what it computes. The plain loops that it must equal, to the rounding of single precision, are those of
// src/engine/testing/reference.ts that are named, or of the test that holds it to them, in src/engine/native.
struct Kernels {
  const char* name;

  // out[o][y][x] (+)= Σ_{i,ky,kx} w[o][i][ky][kx] · in[i][y + ky + offsetY][x + kx + offsetX]: passConvolution() forward, and
  // backward to the input; stages.test.ts.
  void (*correlate)(const Correlation&, const float* in, const Planes&, float* out, const Planes&, const float* weights,
                    bool accumulate);
  // gradient[a][b][ky][kx] = Σ_{s,y,x} a[y][x] · b[y + ky + offsetY][x + kx + offsetX]: passConvolution() backward to the kernel;
  // stages.test.ts.
  void (*correlateGradient)(const Correlation&, const float* a, const Planes&, const float* b, const Planes&,
                            float* gradient);
  // target[t] = Σ_{starts[t] ≤ j < starts[t + 1]} source[indices[j]]: between a layer's weights and packed ones; stages.test.ts.
  void (*gatherSums)(int count, const float* source, const int32_t* starts, const int32_t* indices, float* target);

  // forward[b][i][o'] = backward[b][o][i'] = weights[o][i], blocks b of CHANNEL_BLOCK outputs or inputs; stages.test.ts.
  void (*packDense)(int inputs, int outputs, const float* weights, float* forward, float* backward);
  // y[o] = Σ_i w[o][i] · x[i]: passDense() forward; stages.test.ts.
  void (*denseForward)(int batch, int inputs, int outputs, const float* x, const float* weights, float* y);
  // gradient[o][i] = Σ_s dy[o] · x[i], dx[i] = Σ_o w[o][i] · dy[o]: passDense() backward; stages.test.ts.
  void (*denseBackward)(int batch, int inputs, int outputs, const float* x, const float* dy, const float* weights,
                        float* scratch, float* gradient, float* dx);
  // y[o] += bias[o], and gradient[o] = Σ_s dy[o]: passDense() with a bias; stages.test.ts.
  void (*addBias)(int batch, int outputs, const float* bias, float* y);
  void (*biasGradient)(int batch, int outputs, const float* dy, float* gradient);

  // y = pool(leakyRelu((x − mean) · scale)): passBatchNormalization(), leaky ReLU and passMaxPooling() one after the other, by running
  // statistics; stages.test.ts.
  void (*normalizeForward)(const Normalization&, const float* x, const float* mean, const float* scale, float* y);
  // The same by mean = Σ x / n, variance = Σ (x − mean)² / n and scale = 1/√(variance + ε) of each channel; stages.test.ts.
  void (*normalizeBatch)(const Normalization&, int batch, float epsilon, const float* x, float* mean, float* variance,
                         float* scale, float* y);
  // With h = (x − mean) · scale and dh its gradient, dx = scale · (dh − mean(dh) − h · mean(dh · h)): the same three backward;
  // stages.test.ts.
  void (*normalizeBackward)(const Normalization&, int batch, float* x, const float* mean, const float* scale,
                            const float* dy);

  // x ← 1 / (1 + e⁻ˣ), dy ← dy · y · (1 − y): passEach() of the sigmoid; stages.test.ts.
  void (*sigmoidForward)(int64_t count, float* x);
  void (*sigmoidBackward)(int64_t count, const float* y, float* dy);

  // distances[s] = Σ_f (output[f] − target[f])², gradient[f] = 2 · weight[s] · (output[f] − target[f]): ReferenceModel.step();
  // training.test.ts.
  void (*squaredDistances)(int batch, int features, const float* output, const float* target, bool shared,
                           float* distances);
  void (*distanceGradient)(int batch, int features, const float* output, const float* target, bool shared,
                           const float* weights, float* gradient);
  // entropies[s] = Σ_f log(1 + e^logit) − target · logit, gradient[f] = weight[s] · (1 / (1 + e^−logit) − target): the loops of
  // steps.test.ts.
  void (*crossEntropies)(int batch, int features, const float* logits, const float* target, float* entropies);
  void (*crossEntropyGradient)(int batch, int features, const float* logits, const float* target, const float* weights,
                               float* gradient);

  // m ← 0.9 m + 0.1 g, v ← 0.999 v + 0.001 g², w ← w − rate · (m / c₁) / (√(v / c₂) + 1e-8), g with the L2 penalty and c = 1 − βᵗ:
  // ReferenceModel.adam(); training.test.ts.
  void (*adam)(int64_t count, const AdamStep&, float* weights, const float* gradient, float* moment1, float* moment2);

  // z = μ + σ ε, noises ← σ ε, slopes = d log σ² / da, divergences[s] = Σ (z² − ε² − log σ²) / 2: plainLatents() of latents.test.ts.
  void (*drawLatents)(int64_t samples, int count, bool softplus, const float* outputs, double* noises, float* latents,
                      double* slopes, double* divergences);

  // groups[s / 16][f][s % 16] = samples[order[s]][f] of groups of `width` features, and back: intoGroups() and fromGroups() of
  // testing/groups.ts; training.test.ts, and steps.test.ts where rows are wider.
  void (*gatherBatch)(int batch, int features, const float* samples, const uint32_t* order, float* groups, int width);
  void (*scatterBatch)(int batch, int features, const float* groups, float* samples, int width);

  // out[i][j] = Σ_f (a_i[f] − b_j[f])²: the loops of distances.test.ts.
  void (*pairwiseDistances)(int countA, int countB, int features, const float* a, const float* b, const float* center,
                            float* out);
  void (*symmetricDistances)(int count, int features, const float* points, const float* center, float* out);
  // out = e^(−γ · distance): Math.exp() in distances.test.ts.
  void (*radialBasis)(int64_t count, float gamma, const float* distances, float* out);

  // Least and greatest projections among those that may grow or shrink, and the partner of greatest slope² / curvature: the loops of
  // dual.test.ts, as are the sums Σ factor · row and Σ coefficients · values.
  Extremes (*findExtremes)(int64_t from, int64_t to, double low, double high, const double* coefficients,
                           const double* projections);
  Partner (*findPartner)(int64_t from, int64_t to, double low, int64_t growing, const double* coefficients,
                         const double* projections, const float* row, const float* diagonal);
  void (*addRows)(int64_t count, double* sums, double factorA, const float* rowA, double factorB, const float* rowB);
  double (*weightedSum)(int64_t count, const double* coefficients, const float* values);

  // sums[k] = Σ exp((nearest − d²) · precision)^(2^k), k < levels, over all d² but those of [from, to); returns the nearest: the loop of
  // density.test.ts.
  double (*gaussianSums)(int64_t count, int64_t from, int64_t to, double precision, int levels, const float* distances,
                         double* sums);

  // GFLOP/s of multiply-adds on registers alone, which benchmarks compare with.
  double (*measureFmaPeak)();
};

inline int groupsOf(int batch) { return (batch + GROUP - 1) / GROUP; }

// Floats that denseBackward works in.
inline int64_t denseScratch(int batch, int inputs, int outputs) {
  const int64_t blocks = groupsOf(inputs);
  return blocks * GROUP * batch + int64_t{outputs} * batch + blocks * GROUP * outputs;
}

namespace avx512 {
extern const Kernels kernels;
}
namespace avx2 {
extern const Kernels kernels;
}
namespace baseline {
extern const Kernels kernels;
}

}  // namespace deepsad
