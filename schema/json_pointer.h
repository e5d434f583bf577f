#ifndef GAPLESS_SCHEMA_JSON_POINTER_H_
#define GAPLESS_SCHEMA_JSON_POINTER_H_

#include <optional>
#include <string>
#include <string_view>

namespace gapless::internal {

/// The JSON pointer (RFC 6901) to the member `name` of what `pointer` leads to.
std::string PointerTo(std::string_view pointer, std::string_view name);

/// The pointer in a `$ref` such as `#/definitions/a`, percent signs decoded, in the spelling of `PointerTo`. Nothing if
/// the reference leads out of the document or its pointer is malformed.
std::optional<std::string> PointerOfReference(std::string_view reference);

/// The pointer as it stands in a message.
std::string ShownPointer(std::string_view pointer);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_JSON_POINTER_H_
