#ifndef GAPLESS_SCHEMA_GO_JSON_H_
#define GAPLESS_SCHEMA_GO_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace gapless::internal {

/// Appends a value of `ReadDocument` as Go's encoding/json writes one of type `any`: keys sorted, numbers as doubles
/// with the fewest digits, HTML characters escaped, no space.
void AppendGoValue(std::string& out, const nlohmann::json& value);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_GO_JSON_H_
