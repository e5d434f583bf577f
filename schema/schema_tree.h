#ifndef GAPLESS_SCHEMA_SCHEMA_TREE_H_
#define GAPLESS_SCHEMA_SCHEMA_TREE_H_

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/keywords.h"

namespace gapless::internal {

/// Index of a node in its tree.
using SchemaIndex = std::size_t;

/// An enforced keyword beyond Parsec's subset. `then` and `else` belong to their `if`.
struct SchemaRule {
  const Keyword* keyword;
  /// The keyword's value; null where `children` says it all.
  nlohmann::json value = nullptr;
  /// The schemas in the value, by list index or name; those of `if` are named if, then and else.
  std::vector<std::pair<std::string, SchemaIndex>> children = {};
};

/// One schema. Parsec's keywords are absent here where Parsec does not look at them.
struct SchemaNode {
  /// JSON pointer in the document.
  std::string pointer;
  std::string type;
  std::vector<nlohmann::json> allowed;  ///< `enum`
  std::vector<std::string> required;
  /// Without a node: declared, and accepts anything.
  std::map<std::string, std::optional<SchemaIndex>> properties;
  bool closed = false;  ///< `additionalProperties` is false.
  std::optional<SchemaIndex> items;
  /// Set by `$ref`: the node is nothing but another name for that one, which has none.
  std::optional<SchemaIndex> reference;
  std::vector<SchemaRule> rules;
};

/// A schema document taken apart and checked: every keyword is known and has a value of the right shape, references
/// lead to schemas of the document, and applying it to one value ends.
struct SchemaTree {
  /// The root is the first.
  std::vector<SchemaNode> nodes;
  /// Whether a value may be visited by more schemas than one.
  bool branches = false;
};

/// Why a schema is not taken. Never leaves the library: whoever parses turns it into an `Error`.
struct SchemaError {
  std::string reason;
};

/// Throws `SchemaError` naming the keyword and the JSON pointer of the schema that has it. `document` comes from
/// `ReadDocument`, whose limits bound the recursion here.
SchemaTree ParseSchema(const nlohmann::json& document);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_SCHEMA_TREE_H_
