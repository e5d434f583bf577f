#ifndef GAPLESS_SCHEMA_EXPLANATION_H_
#define GAPLESS_SCHEMA_EXPLANATION_H_

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "schema/schema_tree.h"
#include "schema/step_budget.h"

namespace gapless::internal {

/// Whether a value keeps one rule of role kLeaf: the index of the node and that of the rule.
using LeafProbe = std::function<bool(SchemaIndex node, std::size_t rule, const nlohmann::json& value)>;

/// The first thing that is wrong with a value, or nothing. Goes in Parsec's order: type, enum, required names as
/// listed, members (sorted), items; then the rules beyond Parsec's subset. Uses Parsec's texts.
///
/// It is the engine's decision taken a second time, at leisure: so the texts do not depend on the engine's, and
/// payloads that conform pay nothing for them. Throws `StepsExhausted`.
std::optional<std::string> ExplainViolation(const SchemaTree& tree, const nlohmann::json& value,
                                            const LeafProbe& keeps_leaf, StepBudget& budget);

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_EXPLANATION_H_
