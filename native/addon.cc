// The Node-API binding of the kernels: checks every array's length against what a kernel will touch, then calls it. Geometry comes
// as small Int32Arrays that TypeScript prepares once for a network.
#include <napi.h>

#include <algorithm>
#include <string>

#include "kernels.h"
#include "processes.h"

namespace {

using deepsad::GROUP;
using deepsad::groupsOf;
using deepsad::Kernels;

// Reads the arguments of one call in order. One call into Node-API an array, since small networks are bound by such calls.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  const Kernels& kernels() const { return *static_cast<const Kernels*>(info_.Data()); }

  int integer() { return static_cast<int>(number()); }
  bool flag() { return next().As<Napi::Boolean>().Value(); }

  double number() {
    double value;
    if (napi_get_value_double(info_.Env(), next(), &value) != napi_ok) failType("a number");
    return value;
  }

  struct Floats {
    float* data;
    int64_t length;
  };

  Floats floatArray() {
    const Array array = typedArray(napi_float32_array);
    return {static_cast<float*>(array.data), array.length};
  }

  struct Integers {
    const int32_t* data;
    int64_t length;
  };

  Integers integerArray() {
    const Array array = typedArray(napi_int32_array);
    return {static_cast<int32_t*>(array.data), array.length};
  }

  double* doubles(int64_t needed) { return static_cast<double*>(longEnough(typedArray(napi_float64_array), needed)); }
  float* floats(int64_t needed) { return static_cast<float*>(longEnough(typedArray(napi_float32_array), needed)); }
  const int32_t* integers(int64_t needed) {
    return static_cast<int32_t*>(longEnough(typedArray(napi_int32_array), needed));
  }
  const uint32_t* unsignedIntegers(int64_t needed) {
    return static_cast<uint32_t*>(longEnough(typedArray(napi_uint32_array), needed));
  }

  Napi::Value undefined() const { return info_.Env().Undefined(); }

  [[noreturn]] void fail(const std::string& message) const { throw Napi::RangeError::New(info_.Env(), message); }

 private:
  struct Array {
    void* data;
    int64_t length;
  };

  [[noreturn]] void failType(const char* wanted) const {
    throw Napi::TypeError::New(info_.Env(), "argument " + std::to_string(at_ - 1) + " is not " + wanted);
  }

  Napi::Value next() { return info_[at_++]; }

  Array typedArray(napi_typedarray_type wanted) {
    napi_typedarray_type type;
    size_t length;
    void* data;
    const napi_status status =
        napi_get_typedarray_info(info_.Env(), next(), &type, &length, &data, nullptr, nullptr);
    if (status != napi_ok || type != wanted) failType("a typed array of the right kind");
    return {data, static_cast<int64_t>(length)};
  }

  void* longEnough(Array array, int64_t needed) const {
    if (array.length < needed) {
      fail("argument " + std::to_string(at_ - 1) + " has " + std::to_string(array.length) +
           " elements where the kernel needs " + std::to_string(needed));
    }
    return array.data;
  }

  const Napi::CallbackInfo& info_;
  size_t at_ = 0;
};

int64_t product(int64_t a, int64_t b, int64_t c = 1) { return a * b * c; }

// Planes as [group, channel, row, column, channels, height, width, where each phase begins …], strides in floats.
struct PlanesArgument {
  float* data;
  deepsad::Planes planes;

  PlanesArgument(Arguments& arguments, int groups) {
    constexpr int EXTENT = 7;
    const Arguments::Floats array = arguments.floatArray();
    const Arguments::Integers g = arguments.integerArray();
    const int64_t phases = g.length - EXTENT;
    if (phases < 1 || phases > deepsad::MAX_PHASES) arguments.fail("planes have " + std::to_string(phases) + " phases");
    planes = {g.data[0], g.data[1], g.data[2], g.data[3], g.data[4], g.data[5], g.data[6], static_cast<int>(phases)};
    const int64_t last = (groups - 1) * planes.group + (planes.channels - 1) * planes.channel +
                         (planes.height - 1) * planes.row + (planes.width - 1) * planes.column + GROUP;
    for (int phase = 0; phase < planes.phases; phase++) {
      const int64_t start = g.data[EXTENT + phase];
      if (start < 0 || start + last > array.length) {
        arguments.fail("planes end at " + std::to_string(start + last) + " of " + std::to_string(array.length));
      }
      planes.phase[phase] = start;
    }
    data = array.data;
  }
};

// The kernel's extent as [kernelHeight, kernelWidth, offsetY, offsetX].
deepsad::Correlation correlationArgument(Arguments& arguments) {
  const int groups = arguments.integer();
  const int32_t* g = arguments.integers(4);
  return {groups, g[0], g[1], g[2], g[3]};
}

int64_t weightsOf(const deepsad::Correlation& c, const deepsad::Planes& a, const deepsad::Planes& b) {
  return product(a.allChannels(), b.allChannels(), c.kernelHeight) * c.kernelWidth;
}

Napi::Value Correlate(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const deepsad::Correlation c = correlationArgument(arguments);
  const PlanesArgument in(arguments, c.groups);
  const PlanesArgument out(arguments, c.groups);
  const float* weights = arguments.floats(weightsOf(c, in.planes, out.planes));
  const bool accumulate = arguments.flag();
  arguments.kernels().correlate(c, in.data, in.planes, out.data, out.planes, weights, accumulate);
  return arguments.undefined();
}

Napi::Value CorrelateGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const deepsad::Correlation c = correlationArgument(arguments);
  const PlanesArgument a(arguments, c.groups);
  const PlanesArgument b(arguments, c.groups);
  float* gradient = arguments.floats(weightsOf(c, a.planes, b.planes));
  arguments.kernels().correlateGradient(c, a.data, a.planes, b.data, b.planes, gradient);
  return arguments.undefined();
}

Napi::Value GatherSums(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Arguments::Floats source = arguments.floatArray();
  const int count = arguments.integer();
  const int32_t* starts = arguments.integers(count + 1);
  const int32_t* indices = arguments.integers(starts[count]);
  float* target = arguments.floats(count);
  uint32_t largest = 0;
  for (int j = 0; j < starts[count]; j++) largest = std::max(largest, static_cast<uint32_t>(indices[j]));
  if (largest >= source.length) arguments.fail("index " + std::to_string(largest) + " is out of range");
  arguments.kernels().gatherSums(count, source.data, starts, indices, target);
  return arguments.undefined();
}

Napi::Value PackDense(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int inputs = arguments.integer();
  const int outputs = arguments.integer();
  const int64_t size = product(inputs, outputs);
  const float* weights = arguments.floats(size);
  float* forward = arguments.floats(size);
  float* backward = arguments.floats(size);
  arguments.kernels().packDense(inputs, outputs, weights, forward, backward);
  return arguments.undefined();
}

Napi::Value DenseForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int inputs = arguments.integer();
  const int outputs = arguments.integer();
  const float* x = arguments.floats(product(groupsOf(batch), inputs, GROUP));
  const float* weights = arguments.floats(product(inputs, outputs));
  float* y = arguments.floats(product(groupsOf(batch), outputs, GROUP));
  arguments.kernels().denseForward(batch, inputs, outputs, x, weights, y);
  return arguments.undefined();
}

Napi::Value DenseBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int inputs = arguments.integer();
  const int outputs = arguments.integer();
  const bool needed = arguments.flag();
  const float* x = arguments.floats(product(groupsOf(batch), inputs, GROUP));
  const float* dy = arguments.floats(product(groupsOf(batch), outputs, GROUP));
  const float* weights = arguments.floats(product(inputs, outputs));
  float* scratch = arguments.floats(deepsad::denseScratch(batch, inputs, outputs));
  float* gradient = arguments.floats(product(inputs, outputs));
  float* dx = arguments.floats(product(groupsOf(batch), inputs, GROUP));
  arguments.kernels().denseBackward(batch, inputs, outputs, x, dy, weights, scratch, gradient, needed ? dx : nullptr);
  return arguments.undefined();
}

// [channels, height, width, normalize, pool] and the leaky ReLU's slope.
deepsad::Normalization normalizationArgument(Arguments& arguments, int groups) {
  const int32_t* g = arguments.integers(5);
  const float slope = static_cast<float>(arguments.number());
  return {groups, g[0], g[1], g[2], g[3] != 0, g[4] != 0, slope};
}

int64_t inputSize(const deepsad::Normalization& n) { return product(n.groups, n.channels, GROUP) * n.height * n.width; }

int64_t outputSize(const deepsad::Normalization& n) {
  return n.pool ? product(n.groups, n.channels, GROUP) * (n.height / 2) * (n.width / 2) : inputSize(n);
}

Napi::Value NormalizeForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const deepsad::Normalization n = normalizationArgument(arguments, groupsOf(batch));
  const float* x = arguments.floats(inputSize(n));
  const float* mean = arguments.floats(n.normalize ? n.channels : 0);
  const float* scale = arguments.floats(n.normalize ? n.channels : 0);
  float* y = arguments.floats(outputSize(n));
  arguments.kernels().normalizeForward(n, x, mean, scale, y);
  return arguments.undefined();
}

Napi::Value NormalizeBatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const deepsad::Normalization n = normalizationArgument(arguments, groupsOf(batch));
  const float epsilon = static_cast<float>(arguments.number());
  const float* x = arguments.floats(inputSize(n));
  float* mean = arguments.floats(n.channels);
  float* variance = arguments.floats(n.channels);
  float* scale = arguments.floats(n.channels);
  float* y = arguments.floats(outputSize(n));
  arguments.kernels().normalizeBatch(n, batch, epsilon, x, mean, variance, scale, y);
  return arguments.undefined();
}

Napi::Value NormalizeBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const deepsad::Normalization n = normalizationArgument(arguments, groupsOf(batch));
  float* x = arguments.floats(inputSize(n));
  const float* mean = arguments.floats(n.normalize ? n.channels : 0);
  const float* scale = arguments.floats(n.normalize ? n.channels : 0);
  const float* dy = arguments.floats(outputSize(n));
  arguments.kernels().normalizeBackward(n, batch, x, mean, scale, dy);
  return arguments.undefined();
}

Napi::Value SigmoidForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int count = arguments.integer();
  arguments.kernels().sigmoidForward(count, arguments.floats(count));
  return arguments.undefined();
}

Napi::Value SigmoidBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int count = arguments.integer();
  const float* y = arguments.floats(count);
  arguments.kernels().sigmoidBackward(count, y, arguments.floats(count));
  return arguments.undefined();
}

Napi::Value SquaredDistances(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int features = arguments.integer();
  const bool shared = arguments.flag();
  const int64_t size = product(groupsOf(batch), features, GROUP);
  const float* output = arguments.floats(size);
  const float* target = arguments.floats(shared ? features : size);
  float* distances = arguments.floats(batch);
  arguments.kernels().squaredDistances(batch, features, output, target, shared, distances);
  return arguments.undefined();
}

Napi::Value DistanceGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int features = arguments.integer();
  const bool shared = arguments.flag();
  const int64_t size = product(groupsOf(batch), features, GROUP);
  const float* output = arguments.floats(size);
  const float* target = arguments.floats(shared ? features : size);
  const float* weights = arguments.floats(batch);
  float* gradient = arguments.floats(size);
  arguments.kernels().distanceGradient(batch, features, output, target, shared, weights, gradient);
  return arguments.undefined();
}

Napi::Value Adam(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  deepsad::AdamStep step;
  step.learningRate = static_cast<float>(arguments.number());
  step.weightDecay = static_cast<float>(arguments.number());
  step.correction1 = static_cast<float>(arguments.number());
  step.correction2 = static_cast<float>(arguments.number());
  const Arguments::Floats weights = arguments.floatArray();
  const float* gradient = arguments.floats(weights.length);
  float* moment1 = arguments.floats(weights.length);
  float* moment2 = arguments.floats(weights.length);
  arguments.kernels().adam(weights.length, step, weights.data, gradient, moment1, moment2);
  return arguments.undefined();
}

Napi::Value GatherBatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int features = arguments.integer();
  const Arguments::Floats samples = arguments.floatArray();
  const uint32_t* order = arguments.unsignedIntegers(batch);
  float* groups = arguments.floats(product(groupsOf(batch), features, GROUP));
  for (int i = 0; i < batch; i++) {
    if (product(order[i] + int64_t{1}, features) > samples.length) {
      arguments.fail("sample " + std::to_string(order[i]) + " does not exist");
    }
  }
  arguments.kernels().gatherBatch(batch, features, samples.data, order, groups);
  return arguments.undefined();
}

Napi::Value ScatterBatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int features = arguments.integer();
  const float* groups = arguments.floats(product(groupsOf(batch), features, GROUP));
  float* samples = arguments.floats(product(batch, features));
  arguments.kernels().scatterBatch(batch, features, groups, samples);
  return arguments.undefined();
}

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
  const deepsad::Extremes e =
      arguments.kernels().findExtremes(stretch.from, stretch.to, low, high, coefficients, projections);
  const double values[] = {static_cast<double>(e.up), e.upValue, static_cast<double>(e.down), e.downValue, e.lowest, e.highest};
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
  const deepsad::Partner partner = arguments.kernels().findPartner(stretch.from, stretch.to, low, growing, coefficients,
                                                                   projections, row, diagonal);
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

Napi::Value LineOffset(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  constexpr uintptr_t LINE = 64;
  const uintptr_t address = reinterpret_cast<uintptr_t>(arguments.floats(0));
  return Napi::Number::New(info.Env(), static_cast<double>(address % LINE / sizeof(float)));
}

Napi::Value MeasureFmaPeak(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Arguments(info).kernels().measureFmaPeak());
}

// The instruction sets that this machine can run, fastest first.
std::vector<const Kernels*> supported() {
  std::vector<const Kernels*> sets;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    sets.push_back(&deepsad::avx512::kernels);
  }
  if (avx2) sets.push_back(&deepsad::avx2::kernels);
#endif
  sets.push_back(&deepsad::baseline::kernels);
  return sets;
}

Napi::Value InstructionSets(const Napi::CallbackInfo& info) {
  const std::vector<const Kernels*> sets = supported();
  Napi::Array names = Napi::Array::New(info.Env(), sets.size());
  for (uint32_t i = 0; i < sets.size(); i++) names.Set(i, sets[i]->name);
  return names;
}

Napi::Value KernelsOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = info[0].As<Napi::String>();
  for (const Kernels* kernels : supported()) {
    if (name != kernels->name) continue;
    Napi::Object table = Napi::Object::New(env);
    const auto add = [&](const char* key, Napi::Value (*function)(const Napi::CallbackInfo&)) {
      table.Set(key, Napi::Function::New(env, function, key, const_cast<Kernels*>(kernels)));
    };
    add("correlate", Correlate);
    add("correlateGradient", CorrelateGradient);
    add("gatherSums", GatherSums);
    add("packDense", PackDense);
    add("denseForward", DenseForward);
    add("denseBackward", DenseBackward);
    add("normalizeForward", NormalizeForward);
    add("normalizeBatch", NormalizeBatch);
    add("normalizeBackward", NormalizeBackward);
    add("sigmoidForward", SigmoidForward);
    add("sigmoidBackward", SigmoidBackward);
    add("squaredDistances", SquaredDistances);
    add("distanceGradient", DistanceGradient);
    add("adam", Adam);
    add("gatherBatch", GatherBatch);
    add("scatterBatch", ScatterBatch);
    add("pairwiseDistances", PairwiseDistances);
    add("symmetricDistances", SymmetricDistances);
    add("radialBasis", RadialBasis);
    add("findExtremes", FindExtremes);
    add("findPartner", FindPartner);
    add("addRows", AddRows);
    add("weightedSum", WeightedSum);
    add("lineOffset", LineOffset);
    add("measureFmaPeak", MeasureFmaPeak);
    return table;
  }
  throw Napi::RangeError::New(env, "this machine cannot run the instruction set " + name);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("instructionSets", Napi::Function::New(env, InstructionSets));
  exports.Set("kernels", Napi::Function::New(env, KernelsOf));
  exports.Set("mapFile", Napi::Function::New(env, deepsad::MapFile));
  exports.Set("endWithParent", Napi::Function::New(env, deepsad::EndWithParent));
  return exports;
}

}  // namespace

NODE_API_MODULE(deepsad, Init)
