#ifndef GAPLESS_SCHEMA_IN_PLACE_CHAIN_H_
#define GAPLESS_SCHEMA_IN_PLACE_CHAIN_H_

#include <cstddef>

#include "schema/schema_tree.h"

namespace gapless::internal {

/// How many schemas may apply to one value, each because of the one before it (references not counted). With the depth
/// of payloads it bounds the recursion of a check, and so its stack.
inline constexpr std::size_t kMaxInPlaceChain = 8;

/// For a schema that applies to a value because it applies to that value.
[[noreturn]] void FailEndless(const SchemaNode& node);

/// Follows the schemas that apply others to the same value (`allOf`, `not` …; references lead to
/// their ends already). Throws `SchemaError` when a
/// chain comes back to itself, for it would never end whatever the value, or is longer than `kMaxInPlaceChain`.
void CheckInPlaceChains(const SchemaTree& tree);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_IN_PLACE_CHAIN_H_
