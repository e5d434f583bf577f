#ifndef GAPLESS_SCHEMA_SHOWN_H_
#define GAPLESS_SCHEMA_SHOWN_H_

#include <string>
#include <string_view>

namespace gapless::internal {

/// A name from outside as it stands in a message: plain where Parsec writes it plain, but quoted, escaped and cut
/// where it is long or does not print.
std::string Shown(std::string_view name);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_SHOWN_H_
