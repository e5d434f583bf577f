#include "schema/lowering.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace gapless::internal {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kEntriesPerStep = 8;

/// An upper bound of the work that one visit of the schema takes without its members.
std::size_t StepsOf(const SchemaNode& node) {
  const std::size_t entries = node.properties.size() + node.required.size() + node.allowed.size() + node.rules.size();
  return 1 + entries / kEntriesPerStep;
}

void LowerLeafInto(const SchemaRule& rule, Json& out) {
  switch (rule.keyword->shape) {
    case KeywordShape::kPattern:
      out[std::string(kLoweredPattern)] = rule.value;
      return;
    case KeywordShape::kFormat:
      out[std::string(kLoweredFormat)] = rule.value;
      return;
    case KeywordShape::kPositiveNumber:
      out[std::string(kLoweredMultipleOf)] = rule.value;
      return;
    case KeywordShape::kFlag:
      out[std::string(kLoweredUniqueItems)] = rule.value;
      return;
    default:
      out[std::string(rule.keyword->name)] = rule.value;
      return;
  }
}

class Lowering {
 public:
  explicit Lowering(const SchemaTree& tree) : tree_(tree), reached_(tree.nodes.size(), false) {}

  Json Lower() {
    Json root = Refer(0);
    Json& definitions = root["definitions"];
    while (!to_do_.empty()) {
      const SchemaIndex index = to_do_.back();
      to_do_.pop_back();
      definitions[std::to_string(index)] = LowerNode(tree_.nodes[index]);
    }
    return root;
  }

 private:
  Json Refer(SchemaIndex index) {
    if (tree_.nodes[index].reference) index = *tree_.nodes[index].reference;
    if (!reached_[index]) {
      reached_[index] = true;
      to_do_.push_back(index);
    }
    return Json{{"$ref", "#/definitions/" + std::to_string(index)}};
  }

  static void LowerType(const SchemaNode& node, Json& out) {
    if (node.type == "array" || (node.type == "object" && node.required.empty())) {
      out["type"] = Json::array({node.type, "null"});
    } else if (IsSchemaType(node.type)) {
      out["type"] = node.type;
    }
  }

  Json LowerNode(const SchemaNode& node) {
    Json out = Json::object();
    // First in allOf, which valijson goes through before all else that could branch.
    const std::size_t steps = StepsOf(node);
    if (tree_.branches || steps > 1) out["allOf"].push_back(Json{{kLoweredStep, steps}});
    LowerType(node, out);
    if (!node.allowed.empty()) out["enum"] = node.allowed;
    if (!node.required.empty()) out["required"] = node.required;
    for (const auto& [name, child] : node.properties) out["properties"][name] = child ? Refer(*child) : Json::object();
    if (node.closed) out["additionalProperties"] = false;
    if (node.items) out["items"] = Refer(*node.items);
    for (const SchemaRule& rule : node.rules) LowerRule(rule, out);
    return out;
  }

  void LowerRule(const SchemaRule& rule, Json& out) {
    const std::string name(rule.keyword->name);
    if (rule.keyword->role == KeywordRole::kLeaf) {
      LowerLeafInto(rule, out);
    } else if (rule.keyword->shape == KeywordShape::kSchemas) {
      Json& list = out[name];
      for (const auto& [position, child] : rule.children) list.push_back(Refer(child));
    } else if (rule.keyword->shape == KeywordShape::kDependencies) {
      out[name] = rule.value;
      for (const auto& [property, child] : rule.children) out[name][property] = Refer(child);
    } else if (name == "if") {
      for (const auto& [branch, child] : rule.children) out[branch] = Refer(child);
    } else {
      out[name] = Refer(rule.children.front().second);
    }
  }

  const SchemaTree& tree_;
  std::vector<bool> reached_;
  std::vector<SchemaIndex> to_do_;
};

}  // namespace

Json LowerSchema(const SchemaTree& tree) { return Lowering(tree).Lower(); }

Json LowerLeaf(const SchemaRule& rule) {
  Json out = Json::object();
  LowerLeafInto(rule, out);
  return out;
}

}  // namespace gapless::internal
