#ifndef GAPLESS_SCHEMA_LOWERING_H_
#define GAPLESS_SCHEMA_LOWERING_H_

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "schema/schema_tree.h"

namespace gapless::internal {

// Keywords of our own in what valijson gets, each in place of one that valijson does badly.
inline constexpr std::string_view kLoweredPattern = "gapless:pattern";          // std::regex overflows the stack.
inline constexpr std::string_view kLoweredFormat = "gapless:format";            // The same, and 300 times slower.
inline constexpr std::string_view kLoweredMultipleOf = "gapless:multipleOf";    // Cuts 2.5 to 2 before it divides.
inline constexpr std::string_view kLoweredUniqueItems = "gapless:uniqueItems";  // Compares each item with each.
/// What a visit of the schema costs, in steps. Only where visits are not bounded by the number of values, or are dear.
inline constexpr std::string_view kLoweredStep = "gapless:step";

/// The draft 7 document that makes valijson decide about a value of `ReadDocument` as Parsec decides: its types take
/// null where Parsec does, and keywords stand only where Parsec looks at them. Every schema is a definition of its own,
/// found by reference, so that valijson never recurses over the document's nesting.
nlohmann::json LowerSchema(const SchemaTree& tree);

/// The same for a rule of role kLeaf by itself.
nlohmann::json LowerLeaf(const SchemaRule& rule);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_LOWERING_H_
