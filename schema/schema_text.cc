#include "schema/schema_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "envelope/json_string.h"
#include "schema/compiled_schema.h"
#include "schema/go_json.h"
#include "schema/keywords.h"
#include "schema/schema_tree.h"

namespace gapless::internal {
namespace {

using Json = nlohmann::json;

/// What Go's omitempty leaves out. A schema and a flag are pointers there, so any value of theirs counts.
bool SaysNothing(const Keyword& keyword, const Json& value) {
  if (keyword.role != KeywordRole::kParsec) return false;
  if (value.is_null()) return true;
  if (keyword.shape == KeywordShape::kSchema || keyword.shape == KeywordShape::kFlag) return false;
  return value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
}

void AppendSchemaOrValue(std::string& out, const Json& value) {
  if (value.is_object()) {
    AppendSchema(out, value);
  } else {
    AppendGoValue(out, value);
  }
}

void AppendKeywordValue(std::string& out, const Keyword& keyword, const Json& value) {
  switch (keyword.shape) {
    case KeywordShape::kSchema:
      AppendSchema(out, value);
      return;
    case KeywordShape::kSchemas: {
      char before = '[';
      for (const Json& schema : value) {
        out += before;
        AppendSchema(out, schema);
        before = ',';
      }
      out += ']';
      return;
    }
    case KeywordShape::kSchemaMap:
    case KeywordShape::kDependencies: {
      char before = '{';
      for (const auto& [name, schema] : value.items()) {
        out += before;
        AppendJsonString(out, name);
        out += ':';
        AppendSchemaOrValue(out, schema);
        before = ',';
      }
      out += value.empty() ? "{}" : "}";
      return;
    }
    default:
      AppendGoValue(out, value);
      return;
  }
}

}  // namespace

void AppendSchema(std::string& out, const Json& schema) {
  std::vector<std::pair<const Keyword*, const Json*>> members;
  for (const auto& [name, value] : schema.items()) {
    const Keyword* keyword = FindKeyword(name);
    if (!SaysNothing(*keyword, value)) members.emplace_back(keyword, &value);
  }
  // The names are sorted already.
  std::stable_sort(members.begin(), members.end(), [](const auto& left, const auto& right) {
    return KeywordRank(left.first->name) < KeywordRank(right.first->name);
  });
  char before = '{';
  for (const auto& [keyword, value] : members) {
    out += before;
    AppendJsonString(out, keyword->name);
    out += ':';
    AppendKeywordValue(out, *keyword, *value);
    before = ',';
  }
  out += members.empty() ? "{}" : "}";
}

std::string CanonicalSchema(std::string_view text) {
  const Json document = ReadSchema(text);
  ParseSchema(document);
  std::string out;
  AppendSchema(out, document);
  return out;
}

}  // namespace gapless::internal
