#include "schema/schema_tree.h"

#include <cstdint>
#include <string_view>

#include "envelope/quoted.h"
#include "schema/ecma_pattern.h"
#include "schema/formats.h"
#include "schema/in_place_chain.h"
#include "schema/json_pointer.h"

namespace gapless::internal {
namespace {

using Json = nlohmann::json;

// Each schema keeps its pointer, so long names above many schemas would multiply.
constexpr std::size_t kMaxPointerBytes = 4096;
constexpr double kMaxCount = 9007199254740992;  // 2^53: every integer up to here is exact as a double.

[[noreturn]] void Fail(const SchemaNode& node, std::string_view keyword, const std::string& reason) {
  throw SchemaError{"keyword " + QuotedExcerpt(keyword) + " at " + ShownPointer(node.pointer) + " " + reason};
}

/// Who looks at a schema.
enum class Audience : std::uint8_t {
  kParsecToo,  ///< Reached from the root by `properties` and `items` only.
  kUsOnly,     ///< Below a keyword that Parsec ignores: whatever would have no effect can be refused.
};

class TreeBuilder {
 public:
  SchemaTree Build(const Json& document) {
    AddSchema(document, "", Audience::kParsecToo);
    for (const auto& [index, target] : references_) {
      SchemaNode& node = tree_.nodes[index];
      const auto found = by_pointer_.find(target);
      if (found == by_pointer_.end()) {
        Fail(node, "$ref", "leads to " + ShownPointer(target) + ", where this document has no schema");
      }
      node.reference = found->second;
    }
    FollowReferences();
    return std::move(tree_);
  }

 private:
  SchemaIndex AddSchema(const Json& schema, const std::string& pointer, Audience audience) {
    if (!schema.is_object()) throw SchemaError{"the schema at " + ShownPointer(pointer) + " must be an object"};
    if (pointer.size() > kMaxPointerBytes) {
      throw SchemaError{"the names that lead to " + ShownPointer(pointer) + " are too long together"};
    }
    const SchemaIndex index = tree_.nodes.size();
    tree_.nodes.emplace_back();
    by_pointer_.emplace(pointer, index);
    SchemaNode node;
    node.pointer = pointer;
    for (const auto& [name, value] : schema.items()) {
      const Keyword* keyword = FindKeyword(name);
      if (keyword == nullptr) Fail(node, name, "would not be enforced; gapless::Validator lists those that are");
      if (keyword->role != KeywordRole::kParsec) {
        ReadOtherKeyword(*keyword, value, schema, index, node);
      } else if (!value.is_null()) {
        ReadParsecKeyword(name, value, audience, node);
      }
    }
    CheckReferenceStandsAlone(schema, node);
    DropWithoutEffect(schema, audience, node);
    tree_.nodes[index] = std::move(node);
    return index;
  }

  /// Lets each reference lead to a schema that is none itself.
  void FollowReferences() {
    for (const auto& [index, target] : references_) {
      SchemaIndex last = index;
      for (std::size_t steps = 0; tree_.nodes[last].reference; ++steps) {
        if (steps == tree_.nodes.size()) FailEndless(tree_.nodes[index]);
        last = *tree_.nodes[last].reference;
      }
      tree_.nodes[index].reference = last;
    }
  }

  void ReadParsecKeyword(std::string_view name, const Json& value, Audience audience, SchemaNode& node) {
    if (name == "type") {
      if (!value.is_string()) Fail(node, name, "must be one type's name");
      node.type = value.get_ref<const std::string&>();
      if (audience == Audience::kUsOnly && !IsSchemaType(node.type))
        Fail(node, name, "names no type, so it would accept everything");
    } else if (name == "required") {
      node.required = Names(value, name, node);
    } else if (name == "properties") {
      AddProperties(value, audience, node);
    } else if (name == "items") {
      node.items = AddSchema(value, PointerTo(node.pointer, name), audience);
    } else if (name == "additionalProperties") {
      if (!value.is_boolean()) Fail(node, name, "must be true or false");
      node.closed = !value.get<bool>();
    } else if (name == "enum") {
      if (!value.is_array()) Fail(node, name, "must be a list");
      node.allowed.assign(value.begin(), value.end());
    } else if (!value.is_string()) {
      Fail(node, name, "must be a text");
    }
  }

  void AddProperties(const Json& value, Audience audience, SchemaNode& node) {
    if (!value.is_object()) Fail(node, "properties", "must be an object of schemas");
    const std::string pointer = PointerTo(node.pointer, "properties");
    for (const auto& [name, schema] : value.items()) {
      CheckName(name, "properties", node);
      std::optional<SchemaIndex>& child = node.properties[name];
      if (!schema.is_null()) child = AddSchema(schema, PointerTo(pointer, name), audience);
    }
  }

  void ReadOtherKeyword(const Keyword& keyword, const Json& value, const Json& schema, SchemaIndex index,
                        SchemaNode& node) {
    const std::string_view name = keyword.name;
    switch (keyword.shape) {
      case KeywordShape::kSchema:
        ReadSchema(keyword, value, schema, node);
        break;
      case KeywordShape::kSchemas: {
        if (!value.is_array() || value.empty()) Fail(node, name, "must be a list of at least one schema");
        SchemaRule rule{&keyword};
        for (std::size_t i = 0; i < value.size(); ++i) AddChild(rule, std::to_string(i), value[i], node);
        AddRule(std::move(rule), node);
        break;
      }
      case KeywordShape::kSchemaMap:
        if (!value.is_object()) Fail(node, name, "must be an object of schemas");
        for (const auto& [child, sub] : value.items()) {
          AddSchema(sub, PointerTo(PointerTo(node.pointer, name), child), Audience::kUsOnly);
        }
        break;
      case KeywordShape::kDependencies:
        ReadDependencies(keyword, value, node);
        break;
      case KeywordShape::kReference: {
        const auto target = value.is_string() ? PointerOfReference(value.get_ref<const std::string&>()) : std::nullopt;
        if (!target) Fail(node, name, "must be a pointer into this document, such as #/definitions/a");
        references_.emplace_back(index, *target);
        tree_.branches = true;
        break;
      }
      default:
        CheckLeaf(keyword, value, node);
        if (keyword.role == KeywordRole::kLeaf && !IsSwitchedOff(keyword, value)) AddRule({&keyword, value}, node);
        break;
    }
  }

  static bool IsSwitchedOff(const Keyword& keyword, const Json& value) {
    return keyword.shape == KeywordShape::kFlag && !value.get<bool>();
  }

  void ReadSchema(const Keyword& keyword, const Json& value, const Json& schema, SchemaNode& node) {
    if (keyword.name == "then" || keyword.name == "else") {
      if (!schema.contains("if")) Fail(node, keyword.name, "has no effect without \"if\"");
      return;
    }
    SchemaRule rule{&keyword};
    if (keyword.name != "if") {
      AddChild(rule, "", value, node);
      AddRule(std::move(rule), node);
      return;
    }
    rule.children.emplace_back("if", AddSchema(value, PointerTo(node.pointer, "if"), Audience::kUsOnly));
    for (const char* branch : {"then", "else"}) {
      if (!schema.contains(branch)) continue;
      rule.children.emplace_back(branch, AddSchema(schema[branch], PointerTo(node.pointer, branch), Audience::kUsOnly));
    }
    AddRule(std::move(rule), node);
  }

  void ReadDependencies(const Keyword& keyword, const Json& value, SchemaNode& node) {
    if (!value.is_object()) Fail(node, keyword.name, "must be an object of schemas or lists of names");
    SchemaRule rule{&keyword, Json::object()};
    for (const auto& [name, dependency] : value.items()) {
      CheckName(name, keyword.name, node);
      if (dependency.is_array()) {
        rule.value[name] = Names(dependency, keyword.name, node);
      } else {
        AddChild(rule, name, dependency, node);
      }
    }
    AddRule(std::move(rule), node);
  }

  void AddChild(SchemaRule& rule, const std::string& name, const Json& schema, const SchemaNode& node) {
    const std::string pointer = PointerTo(node.pointer, rule.keyword->name);
    rule.children.emplace_back(name,
                               AddSchema(schema, name.empty() ? pointer : PointerTo(pointer, name), Audience::kUsOnly));
  }

  void AddRule(SchemaRule rule, SchemaNode& node) {
    if (!rule.children.empty()) tree_.branches = true;
    node.rules.push_back(std::move(rule));
  }

  static void CheckLeaf(const Keyword& keyword, const Json& value, const SchemaNode& node) {
    const std::string_view name = keyword.name;
    switch (keyword.shape) {
      case KeywordShape::kText:
        if (!value.is_string()) Fail(node, name, "must be a text");
        return;
      case KeywordShape::kFlag:
        if (!value.is_boolean()) Fail(node, name, "must be true or false");
        return;
      case KeywordShape::kNumber:
        if (!value.is_number()) Fail(node, name, "must be a number");
        return;
      case KeywordShape::kPositiveNumber:
        if (!value.is_number() || value.get<double>() <= 0) Fail(node, name, "must be a number above 0");
        return;
      case KeywordShape::kCount:
        if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > kMaxCount) {
          Fail(node, name, "must be an integer from 0");
        }
        return;
      case KeywordShape::kPattern:
        CheckPattern(value, node);
        return;
      case KeywordShape::kFormat:
        if (!value.is_string()) Fail(node, name, "must be a text");
        if (Format::Find(value.get_ref<const std::string&>()) == nullptr) {
          Fail(node, name,
               "names " + QuotedExcerpt(value.get_ref<const std::string&>()) +
                   ", which would not be enforced; these are: " + Format::Names());
        }
        return;
      default:
        return;
    }
  }

  static void CheckPattern(const Json& value, const SchemaNode& node) {
    if (!value.is_string()) Fail(node, "pattern", "must be a text");
    try {
      const EcmaPattern compiles(value.get_ref<const std::string&>());
    } catch (const PatternError& error) {
      Fail(node, "pattern", "has a regular expression that cannot be enforced: " + error.reason);
    }
  }

  static std::vector<std::string> Names(const Json& value, std::string_view keyword, const SchemaNode& node) {
    if (!value.is_array()) Fail(node, keyword, "must be a list of property names");
    std::vector<std::string> names;
    for (const Json& name : value) {
      if (!name.is_string()) Fail(node, keyword, "must be a list of property names");
      names.push_back(name.get<std::string>());
      CheckName(names.back(), keyword, node);
    }
    return names;
  }

  static void CheckName(const std::string& name, std::string_view keyword, const SchemaNode& node) {
    // valijson would read the name as ending there.
    if (name.find('\0') != std::string::npos) Fail(node, keyword, "has a property name that contains U+0000");
  }

  static void CheckReferenceStandsAlone(const Json& schema, const SchemaNode& node) {
    if (!schema.contains("$ref")) return;
    for (const auto& [name, value] : schema.items()) {
      const KeywordRole role = FindKeyword(name)->role;
      if (name != "$ref" && name != "description" && role != KeywordRole::kNote) {
        Fail(node, name, "would not be enforced beside \"$ref\"; put both into \"allOf\"");
      }
    }
  }

  /// Parsec looks at the keywords of objects and arrays only beside that very type.
  static void DropWithoutEffect(const Json& schema, Audience audience, SchemaNode& node) {
    const bool is_object = node.type == "object";
    const bool is_array = node.type == "array";
    if (audience == Audience::kUsOnly) {
      for (const char* name : {"required", "properties", "additionalProperties"}) {
        if (!is_object && schema.contains(name))
          Fail(node, name, "has no effect without \"type\":\"object\" beside it");
      }
      if (!is_array && schema.contains("items")) {
        Fail(node, "items", "has no effect without \"type\":\"array\" beside it");
      }
    }
    if (!is_object) {
      node.required.clear();
      node.properties.clear();
      node.closed = false;
    }
    if (!is_array) node.items.reset();
  }

  SchemaTree tree_;
  std::map<std::string, SchemaIndex> by_pointer_;
  std::vector<std::pair<SchemaIndex, std::string>> references_;
};

}  // namespace

SchemaTree ParseSchema(const Json& document) {
  SchemaTree tree = TreeBuilder().Build(document);
  CheckInPlaceChains(tree);
  return tree;
}

}  // namespace gapless::internal
