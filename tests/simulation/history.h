#ifndef GAPLESS_TESTS_SIMULATION_HISTORY_H_
#define GAPLESS_TESTS_SIMULATION_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gapless/history_checker.h"

namespace gapless::test {

struct HistoryResult {
  std::vector<Violation> violations;
  /// Envelopes that servers took.
  std::size_t envelopes = 0;
  /// Lives of all processes together.
  int lives = 0;
};

/// Plays the history of `seed` to its quiet end and checks every promise. `trace` takes a line for all that happens.
HistoryResult PlayHistory(std::uint64_t seed, const std::function<void(const std::string&)>& trace = {});

}  // namespace gapless::test

#endif  // GAPLESS_TESTS_SIMULATION_HISTORY_H_
