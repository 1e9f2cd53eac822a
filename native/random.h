// Draws of the streams of src/random.ts, whose generator is the package pure-rand's xoroshiro128+, to the same numbers. `state` is the
// generator's as pure-rand tells it (an Int32Array of 4), and is what it has come to afterwards.
#pragma once

#include <napi.h>

namespace deepsad {

// shuffle(state, values): Fisher–Yates on a Uint32Array.
Napi::Value Shuffle(const Napi::CallbackInfo& info);

// normal(state, spare, values): fills a Float64Array with draws from the standard normal distribution (Marsaglia's polar method), which come
// in pairs. `spare`, a Float64Array of one, holds the second of a pair whose first was the last drawn, or NaN.
Napi::Value Normal(const Napi::CallbackInfo& info);

}  // namespace deepsad
