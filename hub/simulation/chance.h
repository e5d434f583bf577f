#ifndef GAPLESS_HUB_SIMULATION_CHANCE_H_
#define GAPLESS_HUB_SIMULATION_CHANCE_H_

#include <cmath>
#include <cstdint>

#include "gapless/runtime.h"
#include "transport/runtime/split_mix.h"

namespace gapless::simulation {

/// Everything that happens by chance, from a seed.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  std::uint64_t Bits() { return random_.Next(); }
  /// 0 to `bound` - 1.
  std::uint64_t Below(std::uint64_t bound) { return bound == 0 ? 0 : random_.Next() % bound; }
  /// `low` to `high`.
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// True with this probability.
  bool Hit(double probability) { return probability > 0 && Fraction() < probability; }
  bool Coin() { return (random_.Next() >> 63) != 0; }
  /// 0 to `longest`.
  Duration UpTo(Duration longest) { return Duration{Between(0, longest.count())}; }
  Duration Between(Duration low, Duration high) { return Duration{Between(low.count(), high.count())}; }
  /// The time to the next of events that come independently of each other, `mean` apart on average.
  Duration Next(Duration mean) {
    return Duration{static_cast<std::int64_t>(-std::log(1.0 - Fraction()) * static_cast<double>(mean.count()))};
  }

 private:
  double Fraction() { return static_cast<double>(random_.Next() >> 11) * 0x1p-53; }

  internal::SplitMix random_;
};

}  // namespace gapless::simulation

#endif  // GAPLESS_HUB_SIMULATION_CHANCE_H_
