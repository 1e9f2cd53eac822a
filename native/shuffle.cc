#include "shuffle.h"

#include <cstdint>
#include <utility>

namespace deepsad {

namespace {

uint64_t rotated(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

// xoroshiro128+ (Blackman and Vigna 2018), of whose sums the lower half is taken.
struct Generator {
  uint64_t s0, s1;

  uint32_t next() {
    const uint32_t out = static_cast<uint32_t>(s0 + s1);
    const uint64_t both = s0 ^ s1;
    s0 = rotated(s0, 24) ^ both ^ both << 16;
    s1 = rotated(both, 37);
    // The package makes it a signed number and adds 2^31.
    return out ^ 0x80000000u;
  }

  // Uniform in [0, bound), for bounds from 2 on. What is at or above the greatest multiple of the bound up to 2^32 is drawn again.
  uint32_t below(uint32_t bound) {
    for (;;) {
      const uint32_t drawn = next();
      const uint32_t found = drawn % bound;
      if (drawn - found <= UINT32_MAX - (bound - 1)) return found;
    }
  }
};

uint64_t word(const int32_t* state, int high, int low) {
  return static_cast<uint64_t>(static_cast<uint32_t>(state[high])) << 32 | static_cast<uint32_t>(state[low]);
}

}  // namespace

Napi::Value Shuffle(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsTypedArray() || !info[1].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
      info[0].As<Napi::TypedArray>().ElementLength() != 4 ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    throw Napi::TypeError::New(env, "shuffle takes an Int32Array of 4 and a Uint32Array");
  }
  Napi::Int32Array state = info[0].As<Napi::Int32Array>();
  Napi::Uint32Array values = info[1].As<Napi::Uint32Array>();
  int32_t* words = state.Data();
  uint32_t* at = values.Data();
  Generator generator{word(words, 0, 1), word(words, 2, 3)};
  for (size_t last = values.ElementLength(); last-- > 1;) {
    std::swap(at[last], at[generator.below(static_cast<uint32_t>(last) + 1)]);
  }
  words[0] = static_cast<int32_t>(generator.s0 >> 32);
  words[1] = static_cast<int32_t>(generator.s0);
  words[2] = static_cast<int32_t>(generator.s1 >> 32);
  words[3] = static_cast<int32_t>(generator.s1);
  return env.Undefined();
}

}  // namespace deepsad
