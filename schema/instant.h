#ifndef GAPLESS_SCHEMA_INSTANT_H_
#define GAPLESS_SCHEMA_INSTANT_H_

#include <optional>
#include <string>
#include <string_view>

#include "gapless/schema.h"

namespace gapless::internal {

/// RFC 3339 in UTC with up to nine fraction digits and no trailing zeros, as Go writes a time.
std::string FormatInstant(Instant instant);

/// Reads what Go's JSON decoder takes for a time: `Z` or an offset, any number of fraction digits (those past the
/// ninth dropped). Go's zero time is `kUnsetInstant`. Nothing for another form or a year outside 1678 to 2261.
std::optional<Instant> ParseInstant(std::string_view text);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_INSTANT_H_
