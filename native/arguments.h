// What the Node-API bindings of the kernels have in common: the arguments of a call, and the table that bindings are put into.
#pragma once

#include <napi.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kernels.h"

namespace deepsad {

// Reads the arguments of one call in order.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  const Kernels& kernels() const { return *static_cast<const Kernels*>(info_.Data()); }

  int integer() {
    int32_t value;
    if (napi_get_value_int32(info_.Env(), next(), &value) != napi_ok) failType("a number");
    return value;
  }

  bool flag() { return next().As<Napi::Boolean>().Value(); }

  double number() {
    double value;
    if (napi_get_value_double(info_.Env(), next(), &value) != napi_ok) failType("a number");
    return value;
  }

  // A typed array of any length.
  template <typename T>
  struct Elements {
    T* data;
    int64_t length;
  };
  using Floats = Elements<float>;

  Floats floatArray() { return elements<float>(napi_float32_array); }
  Elements<double> doubleArray() { return elements<double>(napi_float64_array); }
  Elements<uint32_t> unsignedArray() { return elements<uint32_t>(napi_uint32_array); }

  // An argument that is an object, whose fields are read by name.
  class Fields {
   public:
    int integer(const char* name) const { return static_cast<int>(number(name)); }
    double number(const char* name) const { return toNumber(object_.Get(name), name); }

    bool flag(const char* name) const {
      const Napi::Value value = object_.Get(name);
      if (!value.IsBoolean()) failType(name, "a boolean");
      return value.As<Napi::Boolean>().Value();
    }

    std::vector<int64_t> integers(const char* name) const {
      const Napi::Value value = object_.Get(name);
      if (!value.IsArray()) failType(name, "an array");
      const Napi::Array array = value.As<Napi::Array>();
      std::vector<int64_t> numbers;
      for (uint32_t i = 0; i < array.Length(); i++) {
        numbers.push_back(static_cast<int64_t>(toNumber(array.Get(i), name)));
      }
      return numbers;
    }

   private:
    friend class Arguments;
    explicit Fields(Napi::Object object) : object_(object) {}

    double toNumber(Napi::Value value, const char* name) const {
      if (!value.IsNumber()) failType(name, "a number");
      return value.As<Napi::Number>().DoubleValue();
    }

    [[noreturn]] void failType(const char* name, const char* wanted) const {
      throw Napi::TypeError::New(object_.Env(), std::string(name) + " is not " + wanted);
    }

    Napi::Object object_;
  };

  Fields fields() {
    const Napi::Value value = next();
    if (!value.IsObject()) failType("an object");
    return Fields(value.As<Napi::Object>());
  }

  double* doubles(int64_t needed) { return static_cast<double*>(longEnough(typedArray(napi_float64_array), needed)); }
  float* floats(int64_t needed) { return static_cast<float*>(longEnough(typedArray(napi_float32_array), needed)); }
  // Null where the argument is undefined.
  float* optionalFloats(int64_t needed) {
    if (info_[at_].IsUndefined()) return nullptr;
    return floats(needed);
  }
  int32_t* integers(int64_t needed) { return static_cast<int32_t*>(longEnough(typedArray(napi_int32_array), needed)); }
  const uint32_t* unsignedIntegers(int64_t needed) {
    return static_cast<uint32_t*>(longEnough(typedArray(napi_uint32_array), needed));
  }

  Napi::Value undefined() const { return info_.Env().Undefined(); }

  [[noreturn]] void fail(const std::string& message) const { throw Napi::RangeError::New(info_.Env(), message); }

  // Binds a kernel: returns a function that calls `kernel` with the table of kernels and the arguments of each call. The function keeps
  // the arrays of this call, into which `kernel` may point.
  Napi::Value bind(std::function<void(const Kernels&, Arguments&)> kernel) const {
    struct Bound {
      const Kernels& kernels;
      std::function<void(const Kernels&, Arguments&)> kernel;
    };
    const Napi::Env env = info_.Env();
    Napi::Array arguments = Napi::Array::New(env, info_.Length());
    for (uint32_t i = 0; i < info_.Length(); i++) arguments.Set(i, info_[i]);
    Bound* bound = new Bound{kernels(), std::move(kernel)};
    const auto call = [](const Napi::CallbackInfo& info) {
      const Bound& bound = *static_cast<const Bound*>(info.Data());
      Arguments arguments(info);
      bound.kernel(bound.kernels, arguments);
    };
    Napi::Function function = Napi::Function::New(env, call, "bound", bound);
    function.AddFinalizer([](Napi::Env, Bound* unused) { delete unused; }, bound);
    function.DefineProperty(Napi::PropertyDescriptor::Value("boundTo", arguments));
    return function;
  }

  // The same for a kernel that takes the number of samples of a batch, at most `capacity`.
  template <typename Kernel>
  Napi::Value bindBatch(int capacity, Kernel kernel) const {
    return bind([capacity, kernel](const Kernels& kernels, Arguments& call) mutable {
      const int batch = call.integer();
      if (batch < 1 || batch > capacity) {
        call.fail("a batch of " + std::to_string(batch) + " samples where there is room for 1 to " +
                  std::to_string(capacity));
      }
      kernel(kernels, batch);
    });
  }

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
    const napi_status status = napi_get_typedarray_info(info_.Env(), next(), &type, &length, &data, nullptr, nullptr);
    if (status != napi_ok || type != wanted) failType("a typed array of the right kind");
    return {data, static_cast<int64_t>(length)};
  }

  template <typename T>
  Elements<T> elements(napi_typedarray_type type) {
    const Array array = typedArray(type);
    return {static_cast<T*>(array.data), array.length};
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

inline int64_t product(int64_t a, int64_t b, int64_t c = 1) { return a * b * c; }

// The functions that TypeScript sees of the kernels of an instruction set.
class Bindings {
 public:
  Bindings(Napi::Env env, const Kernels& kernels) : env_(env), kernels_(kernels), table_(Napi::Object::New(env)) {}

  void add(const char* name, Napi::Value (*binding)(const Napi::CallbackInfo&)) {
    table_.Set(name, Napi::Function::New(env_, binding, name, const_cast<Kernels*>(&kernels_)));
  }

  Napi::Object table() const { return table_; }

 private:
  Napi::Env env_;
  const Kernels& kernels_;
  Napi::Object table_;
};

void addNetworkKernels(Bindings&);
void addShallowKernels(Bindings&);

}  // namespace deepsad
