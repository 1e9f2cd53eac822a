// One step of sequential minimal optimisation on the dual of a kernel method: two passes over all samples that look for the
// samples to move, and one that brings the projections up to date. In double precision, eight samples at a time; of equals the
// first is found, so that every instruction set finds the same.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>

#include "kernels.h"

namespace deepsad {
namespace DEEPSAD_ISA {

constexpr int WIDTH = 8;
typedef double Doubles __attribute__((vector_size(8 * WIDTH)));
typedef int64_t Indices __attribute__((vector_size(8 * WIDTH)));

constexpr double INFINITE = std::numeric_limits<double>::infinity();

// A kernel function's curvature along a pair of samples that it cannot tell apart, in place of 0.
constexpr double LEAST_CURVATURE = 1e-12;

// The greatest value seen, and where it was seen first.
struct Greatest {
  Doubles values;
  Indices indices;
  double value = -INFINITE;
  int64_t index = -1;

  Greatest() : values(Doubles{} - INFINITE), indices(Indices{} - 1) {}

  inline __attribute__((always_inline)) void see(const Doubles& candidates, const Indices& at) {
    const Indices greater = candidates > values;
    values = greater ? candidates : values;
    indices = greater ? at : indices;
  }

  void see(double candidate, int64_t at) {
    if (candidate > value || (candidate == value && index >= 0 && at < index)) {
      value = candidate;
      index = at;
    }
  }

  // Joins the lanes with what was seen one by one.
  void join() {
    for (int lane = 0; lane < WIDTH; lane++) {
      if (indices[lane] >= 0) see(values[lane], indices[lane]);
    }
  }
};

inline __attribute__((always_inline)) Doubles loadDoubles(const double* from) {
  Doubles values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

inline __attribute__((always_inline)) Doubles loadFloats(const float* from) {
  typedef float Floats __attribute__((vector_size(4 * WIDTH)));
  Floats values;
  std::memcpy(&values, from, sizeof values);
  return __builtin_convertvector(values, Doubles);
}

constexpr Indices FIRST = {0, 1, 2, 3, 4, 5, 6, 7};

// Of samples `from` up to but not including `to`: the one of least projection whose coefficient is below `high`, the one of
// greatest projection whose coefficient is above `low`, and the least and greatest projection of all.
Extremes findExtremes(int64_t from, int64_t to, double low, double high, const double* coefficients,
                      const double* projections) {
  // The least is the greatest of negatives.
  Greatest up, down;
  Doubles least = Doubles{} + INFINITE, most = Doubles{} - INFINITE;
  double lowest = INFINITE, highest = -INFINITE;
  int64_t i = from;
  for (; i + WIDTH <= to; i += WIDTH) {
    const Doubles coefficient = loadDoubles(coefficients + i), projection = loadDoubles(projections + i);
    const Indices at = FIRST + i;
    const Doubles none = Doubles{} - INFINITE;
    up.see(coefficient < high ? -projection : none, at);
    down.see(coefficient > low ? projection : none, at);
    least = projection < least ? projection : least;
    most = projection > most ? projection : most;
  }
  for (; i < to; i++) {
    if (coefficients[i] < high) up.see(-projections[i], i);
    if (coefficients[i] > low) down.see(projections[i], i);
    lowest = projections[i] < lowest ? projections[i] : lowest;
    highest = projections[i] > highest ? projections[i] : highest;
  }
  up.join();
  down.join();
  for (int lane = 0; lane < WIDTH; lane++) {
    lowest = least[lane] < lowest ? least[lane] : lowest;
    highest = most[lane] > highest ? most[lane] : highest;
  }
  return {up.index, down.index, -up.value, down.value, lowest, highest};
}

// Of samples `from` up to but not including `to` whose coefficient is above `low` and whose projection is above that of the
// sample `growing`: the one that lowers the objective most when it shrinks as `growing` grows, bounds aside, by slope² / curvature;
// −1 where there is none. `row` is the kernel matrix's of `growing`.
Partner findPartner(int64_t from, int64_t to, double low, int64_t growing, const double* coefficients,
                    const double* projections, const float* row, const float* diagonal) {
  const double projection = projections[growing], self = diagonal[growing];
  Greatest best;
  int64_t j = from;
  for (; j + WIDTH <= to; j += WIDTH) {
    const Doubles slope = loadDoubles(projections + j) - projection;
    const Doubles curvature = self + loadFloats(diagonal + j) - 2 * loadFloats(row + j);
    const Doubles gain = slope * slope / (curvature > LEAST_CURVATURE ? curvature : Doubles{} + LEAST_CURVATURE);
    const Indices candidate = (loadDoubles(coefficients + j) > low) & (slope > 0);
    best.see(candidate ? gain : Doubles{} - INFINITE, FIRST + j);
  }
  for (; j < to; j++) {
    const double slope = projections[j] - projection;
    if (!(coefficients[j] > low) || !(slope > 0)) continue;
    const double curvature = self + diagonal[j] - 2 * static_cast<double>(row[j]);
    best.see(slope * slope / (curvature > LEAST_CURVATURE ? curvature : LEAST_CURVATURE), j);
  }
  best.join();
  return {best.index, best.value};
}

// sums += factorA · rowA + factorB · rowB.
void addRows(int64_t count, double* sums, double factorA, const float* rowA, double factorB, const float* rowB) {
  for (int64_t k = 0; k < count; k++) sums[k] += factorA * rowA[k] + factorB * rowB[k];
}

// Σ coefficients · values, each lane of eight by itself and then the lanes one after the other.
double weightedSum(int64_t count, const double* coefficients, const float* values) {
  constexpr int CHAINS = 4;
  Doubles sums[CHAINS] = {};
  int64_t k = 0;
  for (; k + CHAINS * WIDTH <= count; k += CHAINS * WIDTH) {
#pragma GCC unroll 4
    for (int chain = 0; chain < CHAINS; chain++) {
      const int64_t at = k + chain * WIDTH;
      sums[chain] += loadDoubles(coefficients + at) * loadFloats(values + at);
    }
  }
  const Doubles lanes = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double sum = 0;
  for (int lane = 0; lane < WIDTH; lane++) sum += lanes[lane];
  for (; k < count; k++) sum += coefficients[k] * values[k];
  return sum;
}

}  // namespace DEEPSAD_ISA
}  // namespace deepsad
