#ifndef GAPLESS_SNAPSHOT_STATE_CHECK_H_
#define GAPLESS_SNAPSHOT_STATE_CHECK_H_

#include <vector>

#include "gapless/state.h"

namespace gapless::internal {

/// Whether what a state says agrees with itself. Pure.
std::vector<StateFinding> CheckContent(const StoredState& stored);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_STATE_CHECK_H_
