#ifndef GAPLESS_CLIENT_DEADLINE_H_
#define GAPLESS_CLIENT_DEADLINE_H_

#include <chrono>

#include "gapless/runtime.h"

namespace gapless::internal {

/// `span` after `start`, or never (`TimePoint::max()`) where the clock does not reach so far: users write
/// `milliseconds::max()` for "for ever".
inline TimePoint After(TimePoint start, std::chrono::milliseconds span) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(TimePoint::max() - start);
  return span < left ? start + span : TimePoint::max();
}

/// `span` from now, as `After`.
inline TimePoint DeadlineIn(const Runtime& runtime, std::chrono::milliseconds span) {
  return After(runtime.Now(), span);
}

}  // namespace gapless::internal

#endif  // GAPLESS_CLIENT_DEADLINE_H_
