#ifndef GAPLESS_ENVELOPE_QUOTED_H_
#define GAPLESS_ENVELOPE_QUOTED_H_

#include <string>
#include <string_view>

namespace gapless::internal {

/// `text` in `quote` marks, safe to print: what has no shape of its own is escaped as Go's %q does, so that a hostile
/// name can neither end the line nor turn its direction.
std::string Quoted(std::string_view text, char quote = '"');

/// The same, cut after 64 bytes: for texts that have no business in a message as a whole.
std::string QuotedExcerpt(std::string_view text);

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_QUOTED_H_
