// The addon that TypeScript loads: the kernels of each instruction set, and what else is written in C++.
#include <napi.h>

#include <string>
#include <vector>

#include "arguments.h"
#include "processes.h"
#include "random.h"

namespace {

using deepsad::Arguments;
using deepsad::Kernels;

Napi::Value LineOffset(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  constexpr uintptr_t LINE = 64;
  const uintptr_t address = reinterpret_cast<uintptr_t>(arguments.floats(0));
  return Napi::Number::New(info.Env(), static_cast<double>(address % LINE / sizeof(float)));
}

Napi::Value MeasureFmaPeak(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Arguments(info).kernels().measureFmaPeak());
}

// Raised with what TypeScript calls: src/native.ts has the same number.
constexpr int INTERFACE = 7;

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
    deepsad::Bindings bindings(env, *kernels);
    deepsad::addNetworkKernels(bindings);
    deepsad::addShallowKernels(bindings);
    bindings.add("lineOffset", LineOffset);
    bindings.add("measureFmaPeak", MeasureFmaPeak);
    return bindings.table();
  }
  throw Napi::RangeError::New(env, "this machine cannot run the instruction set " + name);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("interface", Napi::Number::New(env, INTERFACE));
  exports.Set("group", Napi::Number::New(env, deepsad::GROUP));
  exports.Set("channelBlock", Napi::Number::New(env, deepsad::CHANNEL_BLOCK));
  exports.Set("instructionSets", Napi::Function::New(env, InstructionSets));
  exports.Set("kernels", Napi::Function::New(env, KernelsOf));
  exports.Set("shuffle", Napi::Function::New(env, deepsad::Shuffle));
  exports.Set("normal", Napi::Function::New(env, deepsad::Normal));
  exports.Set("mapFile", Napi::Function::New(env, deepsad::MapFile));
  exports.Set("tryLock", Napi::Function::New(env, deepsad::TryLock));
  exports.Set("swap", Napi::Function::New(env, deepsad::Swap));
  exports.Set("endWithParent", Napi::Function::New(env, deepsad::EndWithParent));
  return exports;
}

}  // namespace

NODE_API_MODULE(deepsad, Init)
