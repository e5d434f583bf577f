#include "schema/keywords.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace gapless::internal {
namespace {

using Shape = KeywordShape;
using Role = KeywordRole;

// Parsec's keywords stand first, in the order in which Parsec writes them.
constexpr std::array kKeywords = {
    Keyword{"type", Shape::kText, Role::kParsec},
    Keyword{"required", Shape::kNames, Role::kParsec},
    Keyword{"properties", Shape::kSchemaMap, Role::kParsec},
    Keyword{"items", Shape::kSchema, Role::kParsec},
    Keyword{"additionalProperties", Shape::kFlag, Role::kParsec},
    Keyword{"enum", Shape::kValues, Role::kParsec},
    Keyword{"description", Shape::kText, Role::kParsec},

    Keyword{"$comment", Shape::kText, Role::kNote},
    Keyword{"$defs", Shape::kSchemaMap, Role::kNote},
    Keyword{"$schema", Shape::kText, Role::kNote},
    Keyword{"default", Shape::kAny, Role::kNote},
    Keyword{"definitions", Shape::kSchemaMap, Role::kNote},
    Keyword{"examples", Shape::kAny, Role::kNote},
    Keyword{"readOnly", Shape::kFlag, Role::kNote},
    Keyword{"title", Shape::kText, Role::kNote},
    Keyword{"writeOnly", Shape::kFlag, Role::kNote},

    Keyword{"const", Shape::kAny, Role::kLeaf},
    Keyword{"exclusiveMaximum", Shape::kNumber, Role::kLeaf},
    Keyword{"exclusiveMinimum", Shape::kNumber, Role::kLeaf},
    Keyword{"format", Shape::kFormat, Role::kLeaf},
    Keyword{"maxItems", Shape::kCount, Role::kLeaf},
    Keyword{"maxLength", Shape::kCount, Role::kLeaf},
    Keyword{"maxProperties", Shape::kCount, Role::kLeaf},
    Keyword{"maximum", Shape::kNumber, Role::kLeaf},
    Keyword{"minItems", Shape::kCount, Role::kLeaf},
    Keyword{"minLength", Shape::kCount, Role::kLeaf},
    Keyword{"minProperties", Shape::kCount, Role::kLeaf},
    Keyword{"minimum", Shape::kNumber, Role::kLeaf},
    Keyword{"multipleOf", Shape::kPositiveNumber, Role::kLeaf},
    Keyword{"pattern", Shape::kPattern, Role::kLeaf},
    Keyword{"uniqueItems", Shape::kFlag, Role::kLeaf},

    Keyword{"contains", Shape::kSchema, Role::kMember},
    Keyword{"propertyNames", Shape::kSchema, Role::kMember},

    Keyword{"$ref", Shape::kReference, Role::kInPlace},
    Keyword{"allOf", Shape::kSchemas, Role::kInPlace},
    Keyword{"anyOf", Shape::kSchemas, Role::kInPlace},
    Keyword{"dependencies", Shape::kDependencies, Role::kInPlace},
    Keyword{"else", Shape::kSchema, Role::kInPlace},
    Keyword{"if", Shape::kSchema, Role::kInPlace},
    Keyword{"not", Shape::kSchema, Role::kInPlace},
    Keyword{"oneOf", Shape::kSchemas, Role::kInPlace},
    Keyword{"then", Shape::kSchema, Role::kInPlace},
};

constexpr std::array<std::string_view, 7> kTypes = {"string", "number", "integer", "boolean",
                                                    "object", "array",  "null"};

}  // namespace

const Keyword* FindKeyword(std::string_view name) noexcept {
  const auto found =
      std::find_if(kKeywords.begin(), kKeywords.end(), [name](const Keyword& keyword) { return keyword.name == name; });
  return found == kKeywords.end() ? nullptr : &*found;
}

bool IsSchemaType(std::string_view name) noexcept {
  return std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end();
}

int KeywordRank(std::string_view name) noexcept {
  const auto first_other = std::find_if(kKeywords.begin(), kKeywords.end(),
                                        [](const Keyword& keyword) { return keyword.role != KeywordRole::kParsec; });
  const auto found =
      std::find_if(kKeywords.begin(), first_other, [name](const Keyword& keyword) { return keyword.name == name; });
  return static_cast<int>(std::distance(kKeywords.begin(), found));
}

}  // namespace gapless::internal
