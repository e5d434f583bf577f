#ifndef GAPLESS_SNAPSHOT_CHANGE_RULES_H_
#define GAPLESS_SNAPSHOT_CHANGE_RULES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gapless/snapshotter.h"

namespace gapless::internal {

/// What one save may add up to. Larger than any real one by far; it keeps sizes within what the formats can hold.
inline constexpr std::size_t kMaxSaveBytes = std::size_t{256} << 20;

bool IsUtf8(std::string_view text) noexcept;

/// About how many bytes `changes` takes in state.
std::size_t ApproximateBytes(const Changes& changes) noexcept;

/// The first rule that `changes` breaks, in words, or nothing: names are UTF-8 (JSON can hold no others), produced
/// and outbox sequences are at least 1, cursors and ceilings not negative, outbox entries have bytes. What is read from
/// state must keep the same rules.
std::optional<std::string> BrokenRule(const Changes& changes);

/// Throws `Error(kInvalidArgument)` for a broken rule, or above `kMaxSaveBytes`.
void CheckChanges(const Changes& changes);

/// Throws `Error(kInvalidArgument)` unless it is UTF-8 and not empty.
void CheckProducerId(const std::string& producer_id);

}  // namespace gapless::internal

#endif  // GAPLESS_SNAPSHOT_CHANGE_RULES_H_
