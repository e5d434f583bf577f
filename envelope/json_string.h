#ifndef GAPLESS_ENVELOPE_JSON_STRING_H_
#define GAPLESS_ENVELOPE_JSON_STRING_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "envelope/json_scanner.h"

namespace gapless::internal {

/// Length of the UTF-8 sequence at the start of `text` (not empty); 0 if its first byte begins no valid one.
std::size_t Utf8SequenceLength(std::string_view text) noexcept;

/// Appends `text` in quotes, escaped as Go's encoding/json does by default: `<`, `>`, `&`, U+2028 and U+2029 as
/// \u escapes, each byte that is not UTF-8 as `\ufffd`.
void AppendJsonString(std::string& out, std::string_view text);

/// The value of a string that a `JsonScanner` has read. Bytes that are not UTF-8 and surrogate escapes without a
/// partner become U+FFFD each.
std::string StringValue(const JsonString& string);

/// Appends well-formed JSON without insignificant space and with the HTML characters inside its strings escaped;
/// everything else, bytes that are not UTF-8 included, as it is.
void AppendCompacted(std::string& out, std::string_view json);

/// Well-formed JSON with its strings repaired for strict parsers: as `StringValue` reads them.
std::string WithRepairedStrings(std::string_view json);

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_JSON_STRING_H_
