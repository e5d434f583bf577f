#ifndef GAPLESS_CLIENT_BACKOFF_H_
#define GAPLESS_CLIENT_BACKOFF_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace gapless::internal {

/// Full jitter above a minimum: `min(max, min + rand(0, min(max, min * 2^step)))`, as centrifuge-js does it.
/// `random` is 64 random bits; `step` counts failures in a row from 0.
inline std::chrono::milliseconds BackoffDelay(std::chrono::milliseconds min, std::chrono::milliseconds max,
                                              std::uint32_t step, std::uint64_t random) {
  const auto factor = std::int64_t{1} << std::min<std::uint32_t>(step, 31);
  const std::int64_t ceiling =
      std::min(max.count(), min.count() > max.count() / factor ? max.count() : min.count() * factor);
  const auto jitter = ceiling <= 0 ? 0 : static_cast<std::int64_t>(random % (static_cast<std::uint64_t>(ceiling) + 1));
  return std::chrono::milliseconds(min.count() +
                                   std::min(jitter, std::max<std::int64_t>(max.count() - min.count(), 0)));
}

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_BACKOFF_H_
