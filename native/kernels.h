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

struct Kernels {
  const char* name;

  void (*correlate)(const Correlation&, const float* in, const Planes&, float* out, const Planes&, const float* weights,
                    bool accumulate);
  void (*correlateGradient)(const Correlation&, const float* a, const Planes&, const float* b, const Planes&,
                            float* gradient);
  void (*gatherSums)(int count, const float* source, const int32_t* starts, const int32_t* indices, float* target);

  void (*packDense)(int inputs, int outputs, const float* weights, float* forward, float* backward);
  void (*denseForward)(int batch, int inputs, int outputs, const float* x, const float* weights, float* y);
  void (*denseBackward)(int batch, int inputs, int outputs, const float* x, const float* dy, const float* weights,
                        float* scratch, float* gradient, float* dx);

  void (*normalizeForward)(const Normalization&, const float* x, const float* mean, const float* scale, float* y);
  void (*normalizeBatch)(const Normalization&, int batch, float epsilon, const float* x, float* mean, float* variance,
                         float* scale, float* y);
  void (*normalizeBackward)(const Normalization&, int batch, float* x, const float* mean, const float* scale,
                            const float* dy);

  void (*sigmoidForward)(int64_t count, float* x);
  void (*sigmoidBackward)(int64_t count, const float* y, float* dy);

  void (*squaredDistances)(int batch, int features, const float* output, const float* target, bool shared,
                           float* distances);
  void (*distanceGradient)(int batch, int features, const float* output, const float* target, bool shared,
                           const float* weights, float* gradient);

  void (*adam)(int64_t count, const AdamStep&, float* weights, const float* gradient, float* moment1, float* moment2);

  void (*gatherBatch)(int batch, int features, const float* samples, const uint32_t* order, float* groups);
  void (*scatterBatch)(int batch, int features, const float* groups, float* samples);

  void (*pairwiseDistances)(int countA, int countB, int features, const float* a, const float* b,
                            const float* center, float* out);
  void (*symmetricDistances)(int count, int features, const float* points, const float* center, float* out);
  void (*radialBasis)(int64_t count, float gamma, const float* distances, float* out);

  Extremes (*findExtremes)(int64_t from, int64_t to, double low, double high, const double* coefficients,
                           const double* projections);
  Partner (*findPartner)(int64_t from, int64_t to, double low, int64_t growing, const double* coefficients,
                         const double* projections, const float* row, const float* diagonal);
  void (*addRows)(int64_t count, double* sums, double factorA, const float* rowA, double factorB, const float* rowB);
  double (*weightedSum)(int64_t count, const double* coefficients, const float* values);

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
