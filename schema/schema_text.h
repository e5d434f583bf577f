#ifndef GAPLESS_SCHEMA_SCHEMA_TEXT_H_
#define GAPLESS_SCHEMA_SCHEMA_TEXT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace gapless::internal {

/// Appends a schema that `ParseSchema` took as Parsec writes it: its seven keywords in its order, left out where they
/// say nothing (null, empty text, list or object); then ours, sorted.
void AppendSchema(std::string& out, const nlohmann::json& schema);

/// The schema's text in that form. Throws `SchemaError` for one that could not be registered.
std::string CanonicalSchema(std::string_view text);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_SCHEMA_TEXT_H_
