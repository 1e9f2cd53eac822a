// Memory that kernels work in.
#pragma once

#include <cstdint>
#include <memory>
#include <new>

namespace deepsad {
namespace DEEPSAD_ISA {

// Floats that begin on a cache line, so that no vector straddles two.
class AlignedFloats {
 public:
  explicit AlignedFloats(int64_t count)
      : floats_(static_cast<float*>(operator new(sizeof(float) * count, LINE))), count_(count) {}

  float* data() const { return floats_.get(); }
  int64_t count() const { return count_; }

 private:
  static constexpr std::align_val_t LINE{64};
  struct Free {
    void operator()(float* floats) const { operator delete(floats, LINE); }
  };
  std::unique_ptr<float, Free> floats_;
  int64_t count_;
};

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
