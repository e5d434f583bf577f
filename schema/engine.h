#ifndef GAPLESS_SCHEMA_ENGINE_H_
#define GAPLESS_SCHEMA_ENGINE_H_

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "schema/ecma_pattern.h"
#include "schema/step_budget.h"

namespace gapless::internal {

/// The patterns of one schema document, each compiled once.
using PatternCache = std::map<std::string, std::shared_ptr<const EcmaPattern>>;

/// A compiled document of `LowerSchema`: valijson behind a wall. Thread-safe once made.
class Engine {
 public:
  /// Throws `SchemaError` for a document that valijson refuses.
  Engine(const nlohmann::json& lowered, PatternCache& patterns);
  ~Engine();

  /// Whether a value of `ReadDocument` conforms. Throws `StepsExhausted`.
  bool Accepts(const nlohmann::json& value, StepBudget& budget) const;

 private:
  struct Impl;
  const std::unique_ptr<const Impl> impl_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_ENGINE_H_
