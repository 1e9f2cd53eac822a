// The Node-API binding of the kernels of shallow methods: every call checks its arrays' lengths.
#include <algorithm>

#include "arguments.h"

namespace deepsad {
namespace {

Napi::Value PairwiseDistances(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int countA = arguments.integer();
  const int countB = arguments.integer();
  const int features = arguments.integer();
  const float* a = arguments.floats(product(countA, features));
  const float* b = arguments.floats(product(countB, features));
  const float* center = arguments.floats(features);
  float* out = arguments.floats(product(countA, countB));
  arguments.kernels().pairwiseDistances(countA, countB, features, a, b, center, out);
  return arguments.undefined();
}

Napi::Value SymmetricDistances(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int count = arguments.integer();
  const int features = arguments.integer();
  const float* points = arguments.floats(product(count, features));
  const float* center = arguments.floats(features);
  float* out = arguments.floats(product(count, count));
  arguments.kernels().symmetricDistances(count, features, points, center, out);
  return arguments.undefined();
}

Napi::Value RadialBasis(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const float gamma = static_cast<float>(arguments.number());
  const Arguments::Floats distances = arguments.floatArray();
  float* out = arguments.floats(distances.length);
  arguments.kernels().radialBasis(distances.length, gamma, distances.data, out);
  return arguments.undefined();
}

// A stretch [from, to) of samples.
struct StretchArgument {
  int64_t from, to;

  explicit StretchArgument(Arguments& arguments) : from(arguments.integer()), to(arguments.integer()) {
    if (from < 0) arguments.fail("a stretch begins at " + std::to_string(from));
  }
};

Napi::Value FindExtremes(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const StretchArgument stretch(arguments);
  const double low = arguments.number();
  const double high = arguments.number();
  const double* coefficients = arguments.doubles(stretch.to);
  const double* projections = arguments.doubles(stretch.to);
  double* found = arguments.doubles(6);
  const Extremes e = arguments.kernels().findExtremes(stretch.from, stretch.to, low, high, coefficients, projections);
  const double values[] = {
      static_cast<double>(e.up), e.upValue, static_cast<double>(e.down), e.downValue, e.lowest, e.highest};
  std::copy(std::begin(values), std::end(values), found);
  return arguments.undefined();
}

Napi::Value FindPartner(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const StretchArgument stretch(arguments);
  const double low = arguments.number();
  const int growing = arguments.integer();
  const int64_t needed = std::max(stretch.to, growing + int64_t{1});
  if (growing < 0) arguments.fail("sample " + std::to_string(growing) + " does not exist");
  const double* coefficients = arguments.doubles(needed);
  const double* projections = arguments.doubles(needed);
  const float* row = arguments.floats(needed);
  const float* diagonal = arguments.floats(needed);
  double* found = arguments.doubles(2);
  const Partner partner =
      arguments.kernels().findPartner(stretch.from, stretch.to, low, growing, coefficients, projections, row, diagonal);
  found[0] = static_cast<double>(partner.index);
  found[1] = partner.gain;
  return arguments.undefined();
}

Napi::Value AddRows(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int count = arguments.integer();
  double* sums = arguments.doubles(count);
  const double factorA = arguments.number();
  const float* rowA = arguments.floats(count);
  const double factorB = arguments.number();
  const float* rowB = arguments.floats(count);
  arguments.kernels().addRows(count, sums, factorA, rowA, factorB, rowB);
  return arguments.undefined();
}

Napi::Value WeightedSum(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int count = arguments.integer();
  const double* coefficients = arguments.doubles(count);
  const float* values = arguments.floats(count);
  return Napi::Number::New(info.Env(), arguments.kernels().weightedSum(count, coefficients, values));
}

Napi::Value GaussianSums(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const StretchArgument left(arguments);
  const double precision = arguments.number();
  const int levels = arguments.integer();
  if (levels < 1 || levels > MAX_LEVELS) arguments.fail(std::to_string(levels) + " levels");
  const Arguments::Floats distances = arguments.floatArray();
  if (left.to < left.from || left.to > distances.length) {
    arguments.fail("a stretch ends at " + std::to_string(left.to));
  }
  double* sums = arguments.doubles(levels);
  const double nearest =
      arguments.kernels().gaussianSums(distances.length, left.from, left.to, precision, levels, distances.data, sums);
  return Napi::Number::New(info.Env(), nearest);
}

}  // namespace

void addShallowKernels(Bindings& bindings) {
  bindings.add("pairwiseDistances", PairwiseDistances);
  bindings.add("symmetricDistances", SymmetricDistances);
  bindings.add("radialBasis", RadialBasis);
  bindings.add("findExtremes", FindExtremes);
  bindings.add("findPartner", FindPartner);
  bindings.add("addRows", AddRows);
  bindings.add("weightedSum", WeightedSum);
  bindings.add("gaussianSums", GaussianSums);
}

}  // namespace deepsad
