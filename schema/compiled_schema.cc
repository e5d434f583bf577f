#include "schema/compiled_schema.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "schema/explanation.h"
#include "schema/json_document.h"
#include "schema/lowering.h"

namespace gapless::internal {
namespace {

constexpr DocumentLimits kSchemaLimits{.max_bytes = 1 << 18, .max_depth = 64, .max_values = 10'000};

}  // namespace

nlohmann::json ReadSchema(std::string_view text) {
  try {
    return ReadDocument(text, kSchemaLimits, DocumentUse::kSchema);
  } catch (const DocumentError& error) {
    throw SchemaError{(error.over_limit ? "the schema is too large: " : "the schema is not JSON: ") + error.reason};
  }
}

CompiledSchema::CompiledSchema(std::string_view text) : CompiledSchema(ReadSchema(text), {}) {}

CompiledSchema::CompiledSchema(const nlohmann::json& document, PatternCache patterns)
    : tree_(ParseSchema(document)), engine_(LowerSchema(tree_), patterns) {
  probes_.resize(tree_.nodes.size());
  for (SchemaIndex index = 0; index < tree_.nodes.size(); ++index) {
    for (const SchemaRule& rule : tree_.nodes[index].rules) {
      const bool is_leaf = rule.keyword->role == KeywordRole::kLeaf;
      probes_[index].push_back(is_leaf ? std::make_unique<const Engine>(LowerLeaf(rule), patterns) : nullptr);
    }
  }
}

std::optional<std::string> CompiledSchema::Check(std::string_view payload, const PayloadLimits& limits) const {
  nlohmann::json value;
  if (!payload.empty()) {
    try {
      value = ReadDocument(payload, {limits.max_bytes, limits.max_depth, limits.max_values}, DocumentUse::kPayload);
    } catch (const DocumentError& error) {
      return (error.over_limit ? "payload is too large to be checked: " : "schema: payload is not JSON: ") +
             error.reason;
    }
  }
  StepBudget budget(limits.max_steps);
  try {
    if (engine_.Accepts(value, budget)) return std::nullopt;
  } catch (const StepsExhausted&) {
    return "payload takes too long to check: more than " + std::to_string(limits.max_steps) + " steps";
  }
  auto violation = Explain(value, limits.max_steps);
  return violation ? std::move(violation) : "schema: payload does not conform";
}

std::optional<std::string> CompiledSchema::Explain(const nlohmann::json& payload, std::size_t max_steps) const {
  StepBudget budget(max_steps);
  try {
    return ExplainViolation(
        tree_, payload,
        [this, &budget](SchemaIndex node, std::size_t rule, const nlohmann::json& value) {
          return probes_[node][rule]->Accepts(value, budget);
        },
        budget);
  } catch (const StepsExhausted&) {
    return "schema: payload does not conform; finding out where takes more than " + std::to_string(max_steps) +
           " steps";
  }
}

}  // namespace gapless::internal
