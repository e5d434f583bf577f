#ifndef GAPLESS_SCHEMA_STEP_BUDGET_H_
#define GAPLESS_SCHEMA_STEP_BUDGET_H_

#include <cstddef>

namespace gapless::internal {

/// A check would take too long. Never leaves the library.
struct StepsExhausted {};

/// What a check may still cost. Used by one thread.
class StepBudget {
 public:
  explicit StepBudget(std::size_t steps) noexcept : left_(steps) {}

  /// Throws `StepsExhausted`.
  void Spend(std::size_t steps) {
    if (steps > left_) throw StepsExhausted{};
    left_ -= steps;
  }

 private:
  std::size_t left_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_STEP_BUDGET_H_
