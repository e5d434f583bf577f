#ifndef GAPLESS_HUB_MIX_H_
#define GAPLESS_HUB_MIX_H_

#include <cstdint>

namespace gapless::hub {

/// Spreads the bits of a counter or seed (the finaliser of SplitMix64); different inputs give different outputs.
constexpr std::uint64_t Mix(std::uint64_t bits) noexcept {
  bits += 0x9E37'79B9'7F4A'7C15U;
  bits = (bits ^ (bits >> 30)) * 0xBF58'476D'1CE4'E5B9U;
  bits = (bits ^ (bits >> 27)) * 0x94D0'49BB'1331'11EBU;
  return bits ^ (bits >> 31);
}

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_MIX_H_
