#ifndef GAPLESS_EXAMPLES_DEMO_TEXT_BYTES_H_
#define GAPLESS_EXAMPLES_DEMO_TEXT_BYTES_H_

#include <string>
#include <string_view>

namespace demo {

/// Whether `bytes` can be a JSON string as they are: well-formed UTF-8 without surrogates and overlong forms.
bool IsUtf8(std::string_view bytes);

/// RFC 4648, with padding.
std::string ToBase64(std::string_view bytes);
/// Throws `std::invalid_argument` for anything that `ToBase64` cannot have made.
std::string FromBase64(std::string_view text);

}  // namespace demo

#endif  // GAPLESS_EXAMPLES_DEMO_TEXT_BYTES_H_
