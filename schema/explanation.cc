#include "schema/explanation.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "schema/shown.h"

namespace gapless::internal {
namespace {

using Json = nlohmann::json;

/// As Parsec has it: null is an object and an array too, and an unknown type accepts everything.
bool IsOfType(const std::string& type, const Json& value) {
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object() || value.is_null();
  if (type == "array") return value.is_array() || value.is_null();
  if (type == "null") return value.is_null();
  return true;
}

class Walk {
 public:
  Walk(const SchemaTree& tree, const LeafProbe& keeps_leaf, StepBudget& budget)
      : tree_(tree), keeps_leaf_(keeps_leaf), budget_(budget) {}

  std::optional<std::string> Visit(SchemaIndex index, const Json& value) {
    budget_.Spend(1);
    const SchemaNode& node = tree_.nodes[index];
    if (node.reference) return Visit(*node.reference, value);
    if (!IsOfType(node.type, value)) return "schema: " + Place() + " expected " + node.type;
    if (!node.allowed.empty() && std::find(node.allowed.begin(), node.allowed.end(), value) == node.allowed.end()) {
      return "schema: " + Place() + " not in enum";
    }
    for (const std::string& name : node.required) {
      if (!value.is_object() || !value.contains(name)) {
        return "schema: missing required field " + Place() + '.' + Shown(name);
      }
    }
    if (value.is_object()) {
      if (auto violation = VisitMembers(node, value)) return violation;
    } else if (value.is_array() && node.items) {
      if (auto violation = VisitItems(*node.items, value)) return violation;
    }
    return VisitRules(index, value);
  }

 private:
  std::string Place() const { return path_.empty() ? "<root>" : path_; }

  template <typename Body>
  std::optional<std::string> Within(const std::string& step, Body body) {
    const std::size_t length = path_.size();
    path_ += step;
    auto violation = body();
    path_.resize(length);
    return violation;
  }

  std::optional<std::string> VisitMembers(const SchemaNode& node, const Json& value) {
    for (const auto& [name, member] : value.items()) {
      const auto property = node.properties.find(name);
      if (property == node.properties.end()) {
        if (node.closed) return "schema: unexpected field " + Place() + '.' + Shown(name);
        continue;
      }
      if (!property->second) continue;
      const Json& inner = member;
      auto violation = Within('.' + Shown(name), [&] { return Visit(*property->second, inner); });
      if (violation) return violation;
    }
    return std::nullopt;
  }

  std::optional<std::string> VisitItems(SchemaIndex items, const Json& value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto violation = Within('[' + std::to_string(i) + ']', [&] { return Visit(items, value[i]); });
      if (violation) return violation;
    }
    return std::nullopt;
  }

  std::optional<std::string> VisitRules(SchemaIndex index, const Json& value) {
    const SchemaNode& node = tree_.nodes[index];
    for (std::size_t i = 0; i < node.rules.size(); ++i) {
      const SchemaRule& rule = node.rules[i];
      if (rule.keyword->role == KeywordRole::kLeaf) {
        if (!keeps_leaf_(index, i, value)) return Broken(rule);
      } else if (auto violation = VisitRule(rule, value)) {
        return violation;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> VisitRule(const SchemaRule& rule, const Json& value) {
    const std::string_view name = rule.keyword->name;
    if (name == "allOf") {
      for (const auto& [position, child] : rule.children) {
        if (auto violation = Visit(child, value)) return violation;
      }
    } else if (name == "anyOf") {
      if (CountConforming(rule, value) == 0) return Broken(rule);
    } else if (name == "oneOf") {
      if (CountConforming(rule, value) != 1) return Broken(rule);
    } else if (name == "not") {
      if (CountConforming(rule, value) != 0) return Broken(rule);
    } else if (name == "if") {
      const bool holds = Conforms(rule.children.front().second, value);
      for (const auto& [branch, child] : rule.children) {
        if (branch == (holds ? "then" : "else")) return Visit(child, value);
      }
    } else if (name == "dependencies") {
      return VisitDependencies(rule, value);
    } else if (name == "contains") {
      const SchemaIndex child = rule.children.front().second;
      const auto conforms = [&](const Json& item) { return Conforms(child, item); };
      if (value.is_array() && std::none_of(value.begin(), value.end(), conforms)) return Broken(rule);
    } else if (name == "propertyNames" && value.is_object()) {
      for (const auto& member : value.items()) {
        if (!Conforms(rule.children.front().second, Json(member.key()))) return Broken(rule);
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> VisitDependencies(const SchemaRule& rule, const Json& value) {
    if (!value.is_object()) return std::nullopt;
    for (const auto& [property, names] : rule.value.items()) {
      if (!value.contains(property)) continue;
      for (const Json& name : names) {
        if (!value.contains(name.get_ref<const std::string&>())) return Broken(rule);
      }
    }
    for (const auto& [property, child] : rule.children) {
      if (!value.contains(property)) continue;
      if (auto violation = Visit(child, value)) return violation;
    }
    return std::nullopt;
  }

  bool Conforms(SchemaIndex index, const Json& value) { return !Visit(index, value).has_value(); }

  std::ptrdiff_t CountConforming(const SchemaRule& rule, const Json& value) {
    return std::count_if(rule.children.begin(), rule.children.end(),
                         [&](const auto& child) { return Conforms(child.second, value); });
  }

  std::string Broken(const SchemaRule& rule) const {
    return "schema: " + Place() + " violates " + std::string(rule.keyword->name);
  }

  const SchemaTree& tree_;
  const LeafProbe& keeps_leaf_;
  StepBudget& budget_;
  std::string path_;
};

}  // namespace

std::optional<std::string> ExplainViolation(const SchemaTree& tree, const Json& value, const LeafProbe& keeps_leaf,
                                            StepBudget& budget) {
  return Walk(tree, keeps_leaf, budget).Visit(0, value);
}

}  // namespace gapless::internal
