#ifndef GAPLESS_TRANSPORT_RUNTIME_SPLIT_MIX_H_
#define GAPLESS_TRANSPORT_RUNTIME_SPLIT_MIX_H_

#include <cstdint>

namespace gapless::internal {

/// The splitmix64 generator: small, seedable, the same on every platform. For jitter and tests, not for secrets.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_TRANSPORT_RUNTIME_SPLIT_MIX_H_
