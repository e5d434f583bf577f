#ifndef GAPLESS_ENVELOPE_TIMESTAMP_H_
#define GAPLESS_ENVELOPE_TIMESTAMP_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gapless/envelope.h"

namespace gapless::internal {

/// Length of every text that `AppendTimestamp` writes: `2026-05-27T14:22:09.331Z`.
inline constexpr std::size_t kTimestampBytes = 24;

/// Appends the wire form. Throws `Error(kInvalidArgument)` outside the years 0–9999.
void AppendTimestamp(std::string& out, Timestamp time);

/// As `ParseTimestamp`; nothing if `text` is not of the form.
std::optional<Timestamp> ReadTimestamp(std::string_view text) noexcept;

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_TIMESTAMP_H_
