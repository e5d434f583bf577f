#ifndef GAPLESS_SCHEMA_COMPILED_SCHEMA_H_
#define GAPLESS_SCHEMA_COMPILED_SCHEMA_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gapless/schema.h"
#include "schema/engine.h"
#include "schema/schema_tree.h"

namespace gapless::internal {

/// A payload schema, ready to check. Immutable and thread-safe.
class CompiledSchema {
 public:
  /// Throws `SchemaError`.
  explicit CompiledSchema(std::string_view text);

  /// Nothing if the payload (empty: none) conforms, else what is wrong with it, in Parsec's words where it has some.
  std::optional<std::string> Check(std::string_view payload, const PayloadLimits& limits) const;

  /// The same decision on a value of `ReadDocument`, without the engine: see `ExplainViolation`.
  std::optional<std::string> Explain(const nlohmann::json& payload, std::size_t max_steps) const;

 private:
  CompiledSchema(const nlohmann::json& document, PatternCache patterns);

  const SchemaTree tree_;
  const Engine engine_;
  /// By node and rule, for rules of role kLeaf: to name the one that a value breaks.
  std::vector<std::vector<std::unique_ptr<const Engine>>> probes_;
};

/// A schema's text as a document, within the limits of schemas. Throws `SchemaError`.
nlohmann::json ReadSchema(std::string_view text);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_COMPILED_SCHEMA_H_
