#include "random.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "arguments.h"
#include "exponential.h"

namespace deepsad {

namespace {

uint64_t rotated(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

// xoroshiro128+ (Blackman and Vigna 2018), of whose sums the lower half is taken.
class Generator {
 public:
  // From the state that an Int32Array of 4 holds, into which it is written back at the end.
  explicit Generator(int32_t* state) : state_(state), s0_(word(state, 0, 1)), s1_(word(state, 2, 3)) {}

  ~Generator() {
    state_[0] = static_cast<int32_t>(s0_ >> 32);
    state_[1] = static_cast<int32_t>(s0_);
    state_[2] = static_cast<int32_t>(s1_ >> 32);
    state_[3] = static_cast<int32_t>(s1_);
  }

  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Uniform in [0, bound), for bounds from 2 on. What is at or above the greatest multiple of the bound up to 2^32 is drawn again.
  uint32_t below(uint32_t bound) {
    for (;;) {
      // The package makes it a signed number and adds 2^31.
      const uint32_t drawn = next() ^ 0x80000000u;
      const uint32_t found = drawn % bound;
      if (drawn - found <= UINT32_MAX - (bound - 1)) return found;
    }
  }

  // Uniform in [0, 1), a multiple of 2^−53.
  double uniform() {
    const double high = next() & ((1u << 26) - 1);
    const double low = next() & ((1u << 27) - 1);
    return high * 0x1p-26 + low * 0x1p-53;
  }

 private:
  static uint64_t word(const int32_t* state, int high, int low) {
    return static_cast<uint64_t>(static_cast<uint32_t>(state[high])) << 32 | static_cast<uint32_t>(state[low]);
  }

  uint32_t next() {
    const uint32_t out = static_cast<uint32_t>(s0_ + s1_);
    const uint64_t both = s0_ ^ s1_;
    s0_ = rotated(s0_, 24) ^ both ^ both << 16;
    s1_ = rotated(both, 37);
    return out;
  }

  int32_t* state_;
  uint64_t s0_, s1_;
};

}  // namespace

Napi::Value Shuffle(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Generator generator(arguments.integers(4));
  const auto [values, count] = arguments.unsignedArray();
  for (int64_t last = count - 1; last > 0; last--) {
    std::swap(values[last], values[generator.below(static_cast<uint32_t>(last) + 1)]);
  }
  return arguments.undefined();
}

Napi::Value Normal(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  Generator generator(arguments.integers(4));
  double* spare = arguments.doubles(1);
  const auto [values, count] = arguments.doubleArray();
  for (int64_t i = 0; i < count; i++) {
    if (!std::isnan(*spare)) {
      values[i] = std::exchange(*spare, std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    for (;;) {
      const double x = -1 + 2 * generator.uniform();
      const double y = -1 + 2 * generator.uniform();
      const double square = x * x + y * y;
      if (square >= 1 || square == 0) continue;
      const double factor = std::sqrt(-2 * double_precision::logarithm(square) / square);
      *spare = y * factor;
      values[i] = x * factor;
      break;
    }
  }
  return arguments.undefined();
}

}  // namespace deepsad
