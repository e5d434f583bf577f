#ifndef GAPLESS_ENVELOPE_BASE64_H_
#define GAPLESS_ENVELOPE_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace gapless::internal {

/// RFC 4648 with padding.
std::string EncodeBase64(std::string_view bytes);
/// Nothing unless `text` is exactly what `EncodeBase64` writes.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_BASE64_H_
