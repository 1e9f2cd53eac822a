// The Node-API binding of the kernels of networks. Called once with geometry, as objects, and arrays, which are checked then, they
// return the function that a step calls: on a small network, looking at the arrays at every step takes an eighth of its time. Only those that
// bring samples in and out are called with their arrays.
#include <algorithm>

#include "arguments.h"

namespace deepsad {
namespace {

// Planes of an array that has room for them.
struct PlanesArgument {
  float* data;
  Planes planes;

  PlanesArgument(Arguments& arguments, int groups) {
    const Arguments::Floats array = arguments.floatArray();
    const Arguments::Fields fields = arguments.fields();
    planes.group = fields.integer("group");
    planes.channel = fields.integer("channel");
    planes.row = fields.integer("row");
    planes.column = fields.integer("column");
    planes.channels = fields.integer("channels");
    planes.height = fields.integer("height");
    planes.width = fields.integer("width");
    const std::vector<int64_t> starts = fields.integers("phases");
    planes.phases = static_cast<int>(starts.size());
    if (planes.phases < 1 || planes.phases > MAX_PHASES) {
      arguments.fail("planes have " + std::to_string(planes.phases) + " phases");
    }
    const int64_t last = (groups - 1) * planes.group + (planes.channels - 1) * planes.channel +
                         (planes.height - 1) * planes.row + (planes.width - 1) * planes.column + GROUP;
    for (int phase = 0; phase < planes.phases; phase++) {
      if (starts[phase] < 0 || starts[phase] + last > array.length) {
        arguments.fail("planes end at " + std::to_string(starts[phase] + last) + " of " + std::to_string(array.length));
      }
      planes.phase[phase] = starts[phase];
    }
    data = array.data;
  }
};

Correlation correlationArgument(Arguments& arguments, int groups) {
  const Arguments::Fields taps = arguments.fields();
  return {groups, taps.integer("height"), taps.integer("width"), taps.integer("offsetY"), taps.integer("offsetX")};
}

// What a correlation and its gradient are of: the taps of the kernel, and planes of both sides.
struct CorrelationArguments {
  int capacity;
  Correlation c;
  PlanesArgument a, b;

  explicit CorrelationArguments(Arguments& arguments)
      : capacity(arguments.integer()),
        c(correlationArgument(arguments, groupsOf(capacity))),
        a(arguments, c.groups),
        b(arguments, c.groups) {}

  int64_t weights() const {
    return product(a.planes.allChannels(), b.planes.allChannels(), c.kernelHeight) * c.kernelWidth;
  }

  Correlation ofBatch(int batch) const {
    Correlation result = c;
    result.groups = groupsOf(batch);
    return result;
  }
};

Napi::Value Correlate(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const CorrelationArguments of(arguments);
  const float* weights = arguments.floats(of.weights());
  const bool accumulate = arguments.flag();
  return arguments.bindBatch(of.capacity, [=](const Kernels& kernels, int batch) {
    kernels.correlate(of.ofBatch(batch), of.a.data, of.a.planes, of.b.data, of.b.planes, weights, accumulate);
  });
}

Napi::Value CorrelateGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const CorrelationArguments of(arguments);
  float* gradient = arguments.floats(of.weights());
  return arguments.bindBatch(of.capacity, [=](const Kernels& kernels, int batch) {
    kernels.correlateGradient(of.ofBatch(batch), of.a.data, of.a.planes, of.b.data, of.b.planes, gradient);
  });
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
  return arguments.bind(
      [=](const Kernels& kernels, Arguments&) { kernels.gatherSums(count, source.data, starts, indices, target); });
}

Napi::Value PackDense(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int inputs = arguments.integer();
  const int outputs = arguments.integer();
  const int64_t size = product(inputs, outputs);
  const float* weights = arguments.floats(size);
  float* forward = arguments.floats(size);
  float* backward = arguments.floats(size);
  return arguments.bind(
      [=](const Kernels& kernels, Arguments&) { kernels.packDense(inputs, outputs, weights, forward, backward); });
}

Napi::Value DenseForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  const int inputs = arguments.integer();
  const int outputs = arguments.integer();
  const float* x = arguments.floats(product(groupsOf(capacity), inputs, GROUP));
  const float* weights = arguments.floats(product(inputs, outputs));
  float* y = arguments.floats(product(groupsOf(capacity), outputs, GROUP));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) {
    kernels.denseForward(batch, inputs, outputs, x, weights, y);
  });
}

Napi::Value DenseBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  const int inputs = arguments.integer();
  const int outputs = arguments.integer();
  const float* x = arguments.floats(product(groupsOf(capacity), inputs, GROUP));
  const float* dy = arguments.floats(product(groupsOf(capacity), outputs, GROUP));
  const float* weights = arguments.floats(product(inputs, outputs));
  float* scratch = arguments.floats(denseScratch(capacity, inputs, outputs));
  float* gradient = arguments.floats(product(inputs, outputs));
  float* dx = arguments.optionalFloats(product(groupsOf(capacity), inputs, GROUP));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) {
    kernels.denseBackward(batch, inputs, outputs, x, dy, weights, scratch, gradient, dx);
  });
}

Napi::Value AddBias(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  const int outputs = arguments.integer();
  const float* bias = arguments.floats(outputs);
  float* y = arguments.floats(product(groupsOf(capacity), outputs, GROUP));
  return arguments.bindBatch(capacity,
                             [=](const Kernels& kernels, int batch) { kernels.addBias(batch, outputs, bias, y); });
}

Napi::Value BiasGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  const int outputs = arguments.integer();
  const float* dy = arguments.floats(product(groupsOf(capacity), outputs, GROUP));
  float* gradient = arguments.floats(outputs);
  return arguments.bindBatch(
      capacity, [=](const Kernels& kernels, int batch) { kernels.biasGradient(batch, outputs, dy, gradient); });
}

Normalization normalizationArgument(Arguments& arguments, int groups) {
  const Arguments::Fields pass = arguments.fields();
  return {groups,
          pass.integer("channels"),
          pass.integer("height"),
          pass.integer("width"),
          pass.flag("normalize"),
          pass.flag("pool"),
          static_cast<float>(pass.number("slope"))};
}

int64_t inputSize(const Normalization& n) { return product(n.groups, n.channels, GROUP) * n.height * n.width; }

int64_t outputSize(const Normalization& n) {
  return n.pool ? product(n.groups, n.channels, GROUP) * (n.height / 2) * (n.width / 2) : inputSize(n);
}

Napi::Value NormalizeForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  Normalization n = normalizationArgument(arguments, groupsOf(capacity));
  const float* x = arguments.floats(inputSize(n));
  const float* mean = arguments.floats(n.normalize ? n.channels : 0);
  const float* scale = arguments.floats(n.normalize ? n.channels : 0);
  float* y = arguments.floats(outputSize(n));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) mutable {
    n.groups = groupsOf(batch);
    kernels.normalizeForward(n, x, mean, scale, y);
  });
}

Napi::Value NormalizeBatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  Normalization n = normalizationArgument(arguments, groupsOf(capacity));
  const float epsilon = static_cast<float>(arguments.number());
  const float* x = arguments.floats(inputSize(n));
  float* mean = arguments.floats(n.channels);
  float* variance = arguments.floats(n.channels);
  float* scale = arguments.floats(n.channels);
  float* y = arguments.floats(outputSize(n));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) mutable {
    n.groups = groupsOf(batch);
    kernels.normalizeBatch(n, batch, epsilon, x, mean, variance, scale, y);
  });
}

Napi::Value NormalizeBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  Normalization n = normalizationArgument(arguments, groupsOf(capacity));
  float* x = arguments.floats(inputSize(n));
  const float* mean = arguments.floats(n.normalize ? n.channels : 0);
  const float* scale = arguments.floats(n.normalize ? n.channels : 0);
  const float* dy = arguments.floats(outputSize(n));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) mutable {
    n.groups = groupsOf(batch);
    kernels.normalizeBackward(n, batch, x, mean, scale, dy);
  });
}

Napi::Value SigmoidForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  const int features = arguments.integer();
  float* x = arguments.floats(product(groupsOf(capacity), features, GROUP));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) {
    kernels.sigmoidForward(product(groupsOf(batch), features, GROUP), x);
  });
}

Napi::Value SigmoidBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int capacity = arguments.integer();
  const int features = arguments.integer();
  const float* y = arguments.floats(product(groupsOf(capacity), features, GROUP));
  float* dy = arguments.floats(product(groupsOf(capacity), features, GROUP));
  return arguments.bindBatch(capacity, [=](const Kernels& kernels, int batch) {
    kernels.sigmoidBackward(product(groupsOf(batch), features, GROUP), y, dy);
  });
}

// The outputs of a network and their targets.
struct DistanceArguments {
  int capacity, features;
  bool shared;
  int64_t size;
  const float *output, *target;

  explicit DistanceArguments(Arguments& arguments)
      : capacity(arguments.integer()),
        features(arguments.integer()),
        shared(arguments.flag()),
        size(product(groupsOf(capacity), features, GROUP)),
        output(arguments.floats(size)),
        target(arguments.floats(shared ? features : size)) {}
};

Napi::Value SquaredDistances(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const DistanceArguments d(arguments);
  float* distances = arguments.floats(d.capacity);
  return arguments.bindBatch(d.capacity, [=](const Kernels& kernels, int batch) {
    kernels.squaredDistances(batch, d.features, d.output, d.target, d.shared, distances);
  });
}

Napi::Value DistanceGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const DistanceArguments d(arguments);
  const float* weights = arguments.floats(d.capacity);
  float* gradient = arguments.floats(d.size);
  return arguments.bindBatch(d.capacity, [=](const Kernels& kernels, int batch) {
    kernels.distanceGradient(batch, d.features, d.output, d.target, d.shared, weights, gradient);
  });
}

// The logits of a network and the shares, from 0 to 1, that they are to give.
struct CrossEntropyArguments {
  int capacity, features;
  int64_t size;
  const float *logits, *target;

  explicit CrossEntropyArguments(Arguments& arguments)
      : capacity(arguments.integer()),
        features(arguments.integer()),
        size(product(groupsOf(capacity), features, GROUP)),
        logits(arguments.floats(size)),
        target(arguments.floats(size)) {}
};

Napi::Value CrossEntropies(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const CrossEntropyArguments c(arguments);
  float* entropies = arguments.floats(c.capacity);
  return arguments.bindBatch(c.capacity, [=](const Kernels& kernels, int batch) {
    kernels.crossEntropies(batch, c.features, c.logits, c.target, entropies);
  });
}

Napi::Value CrossEntropyGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const CrossEntropyArguments c(arguments);
  const float* weights = arguments.floats(c.capacity);
  float* gradient = arguments.floats(c.size);
  return arguments.bindBatch(c.capacity, [=](const Kernels& kernels, int batch) {
    kernels.crossEntropyGradient(batch, c.features, c.logits, c.target, weights, gradient);
  });
}

Napi::Value Adam(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const Arguments::Floats weights = arguments.floatArray();
  const float* gradient = arguments.floats(weights.length);
  float* moment1 = arguments.floats(weights.length);
  float* moment2 = arguments.floats(weights.length);
  return arguments.bind([=](const Kernels& kernels, Arguments& step) {
    AdamStep adam;
    adam.learningRate = static_cast<float>(step.number());
    adam.weightDecay = static_cast<float>(step.number());
    adam.correction1 = static_cast<float>(step.number());
    adam.correction2 = static_cast<float>(step.number());
    kernels.adam(weights.length, adam, weights.data, gradient, moment1, moment2);
  });
}

Napi::Value DrawLatents(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int count = arguments.integer();
  const bool softplus = arguments.flag();
  const Arguments::Floats outputs = arguments.floatArray();
  if (count < 1 || outputs.length % (2 * count) != 0) arguments.fail("outputs of another number of latents");
  const int64_t samples = outputs.length / (2 * count);
  double* noises = arguments.doubles(samples * count);
  float* latents = arguments.floats(samples * count);
  double* slopes = arguments.doubles(samples * count);
  double* divergences = arguments.doubles(samples);
  arguments.kernels().drawLatents(samples, count, softplus, outputs.data, noises, latents, slopes, divergences);
  return arguments.undefined();
}

// Some features of the groups of a batch, from one of them on, which begin at `data`.
struct GroupsArgument {
  float* data;
  int width;

  GroupsArgument(Arguments& arguments, int batch, int features) {
    const Arguments::Floats groups = arguments.floatArray();
    const int first = arguments.integer();
    width = arguments.integer();
    if (first < 0 || first + features > width) arguments.fail("groups have no features past " + std::to_string(width));
    if (product(groupsOf(batch), width, GROUP) > groups.length) arguments.fail("groups of too few features");
    data = groups.data + int64_t{first} * GROUP;
  }
};

Napi::Value GatherBatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int features = arguments.integer();
  const Arguments::Floats samples = arguments.floatArray();
  const uint32_t* order = arguments.unsignedIntegers(batch);
  const GroupsArgument groups(arguments, batch, features);
  for (int i = 0; i < batch; i++) {
    if (product(order[i] + int64_t{1}, features) > samples.length) {
      arguments.fail("sample " + std::to_string(order[i]) + " does not exist");
    }
  }
  arguments.kernels().gatherBatch(batch, features, samples.data, order, groups.data, groups.width);
  return arguments.undefined();
}

Napi::Value ScatterBatch(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const int batch = arguments.integer();
  const int features = arguments.integer();
  const GroupsArgument groups(arguments, batch, features);
  float* samples = arguments.floats(product(batch, features));
  arguments.kernels().scatterBatch(batch, features, groups.data, samples, groups.width);
  return arguments.undefined();
}

}  // namespace

void addNetworkKernels(Bindings& bindings) {
  bindings.add("correlate", Correlate);
  bindings.add("correlateGradient", CorrelateGradient);
  bindings.add("gatherSums", GatherSums);
  bindings.add("packDense", PackDense);
  bindings.add("denseForward", DenseForward);
  bindings.add("denseBackward", DenseBackward);
  bindings.add("addBias", AddBias);
  bindings.add("biasGradient", BiasGradient);
  bindings.add("normalizeForward", NormalizeForward);
  bindings.add("normalizeBatch", NormalizeBatch);
  bindings.add("normalizeBackward", NormalizeBackward);
  bindings.add("sigmoidForward", SigmoidForward);
  bindings.add("sigmoidBackward", SigmoidBackward);
  bindings.add("squaredDistances", SquaredDistances);
  bindings.add("distanceGradient", DistanceGradient);
  bindings.add("crossEntropies", CrossEntropies);
  bindings.add("crossEntropyGradient", CrossEntropyGradient);
  bindings.add("adam", Adam);
  bindings.add("drawLatents", DrawLatents);
  bindings.add("gatherBatch", GatherBatch);
  bindings.add("scatterBatch", ScatterBatch);
}

}  // namespace deepsad
