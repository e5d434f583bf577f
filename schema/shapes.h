#ifndef GAPLESS_SCHEMA_SHAPES_H_
#define GAPLESS_SCHEMA_SHAPES_H_

#include <string>
#include <string_view>

#include "gapless/schema.h"

namespace gapless::internal {

/// A `SchemaError` or `PatternError` as `Error(kSchemaInvalid)`, saying which aspect of which pattern it is about.
Error SchemaInvalid(std::string_view pattern, std::string_view aspect, const std::string& reason);

/// `pattern` with every schema's text in canonical form. Throws `Error(kSchemaInvalid)`.
ChannelPattern WithCanonicalSchemas(ChannelPattern pattern);

/// Appends the JSON of a pattern whose schemas are in canonical form.
void AppendChannelPattern(std::string& out, const ChannelPattern& pattern);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_SHAPES_H_
