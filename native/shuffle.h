// Draws for random orders.
#pragma once

#include <napi.h>

namespace deepsad {

// shuffle(state, values): Fisher–Yates by xoroshiro128+, as src/random.ts and its package pure-rand do it, to the same orders; `state` is
// the generator's as pure-rand tells it (an Int32Array of 4), and is what it has come to afterwards; `values` is a Uint32Array.
Napi::Value Shuffle(const Napi::CallbackInfo& info);

}  // namespace deepsad
