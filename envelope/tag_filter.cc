#include "gapless/tag_filter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "envelope/decimal.h"
#include "envelope/json_fields.h"
#include "envelope/json_scanner.h"
#include "envelope/json_string.h"
#include "gapless/error.h"

namespace gapless {
namespace {

using internal::Decimal;
using internal::JsonFields;

// In the order of `TagFilter::Kind`.
constexpr std::array<std::string_view, 13> kComparisons = {"eq", "neq", "in", "nin", "ex", "nex", "sw",
                                                           "ew", "ct",  "gt", "gte", "lt", "lte"};
constexpr std::array<std::string_view, 3> kOperations = {"and", "or", "not"};

[[noreturn]] void Refuse(const std::string& why) { throw Error(Errc::kInvalidArgument, "tag filter: " + why); }

template <std::size_t kCount>
std::size_t IndexOf(const std::array<std::string_view, kCount>& names, const std::string& name, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) Refuse("there is no " + std::string(what) + " of that name");
  return static_cast<std::size_t>(found - names.begin());
}

bool CompareNumbers(const std::string& value, const std::string& bound, bool (*holds)(std::strong_ordering)) {
  const std::optional<Decimal> number = Decimal::Read(value);
  const std::optional<Decimal> limit = Decimal::Read(bound);
  return number && limit && holds(*number <=> *limit);
}

}  // namespace

TagFilter::TagFilter(Kind kind, std::string key, std::vector<std::string> values, std::vector<TagFilter> parts)
    : kind_(kind), key_(std::move(key)), values_(std::move(values)), parts_(std::move(parts)) {
  if (kind_ >= Kind::kAnd) {
    if (parts_.empty()) Refuse("And and Or need at least one filter");
    for (const TagFilter& part : parts_) depth_ = std::max(depth_, part.depth_ + 1);
    if (depth_ > kMaxDepth) Refuse("nested deeper than " + std::to_string(kMaxDepth));
    return;
  }
  if (kind_ == Kind::kExists || kind_ == Kind::kNotExists) return;
  if (key_.empty()) Refuse("a comparison needs the name of a tag");
  if (kind_ == Kind::kIn || kind_ == Kind::kNotIn) {
    if (values_.empty()) Refuse("In and NotIn need at least one value");
  } else if (values_.front().empty()) {
    Refuse("a comparison needs a value");
  }
}

TagFilter TagFilter::Equal(std::string key, std::string value) {
  return {Kind::kEqual, std::move(key), {std::move(value)}, {}};
}
TagFilter TagFilter::NotEqual(std::string key, std::string value) {
  return {Kind::kNotEqual, std::move(key), {std::move(value)}, {}};
}
TagFilter TagFilter::In(std::string key, std::vector<std::string> values) {
  return {Kind::kIn, std::move(key), std::move(values), {}};
}
TagFilter TagFilter::NotIn(std::string key, std::vector<std::string> values) {
  return {Kind::kNotIn, std::move(key), std::move(values), {}};
}
TagFilter TagFilter::Exists(std::string key) { return {Kind::kExists, std::move(key), {}, {}}; }
TagFilter TagFilter::NotExists(std::string key) { return {Kind::kNotExists, std::move(key), {}, {}}; }
TagFilter TagFilter::StartsWith(std::string key, std::string value) {
  return {Kind::kStartsWith, std::move(key), {std::move(value)}, {}};
}
TagFilter TagFilter::EndsWith(std::string key, std::string value) {
  return {Kind::kEndsWith, std::move(key), {std::move(value)}, {}};
}
TagFilter TagFilter::Contains(std::string key, std::string value) {
  return {Kind::kContains, std::move(key), {std::move(value)}, {}};
}
TagFilter TagFilter::Above(std::string key, std::string bound) {
  return {Kind::kAbove, std::move(key), {std::move(bound)}, {}};
}
TagFilter TagFilter::AtLeast(std::string key, std::string bound) {
  return {Kind::kAtLeast, std::move(key), {std::move(bound)}, {}};
}
TagFilter TagFilter::Below(std::string key, std::string bound) {
  return {Kind::kBelow, std::move(key), {std::move(bound)}, {}};
}
TagFilter TagFilter::AtMost(std::string key, std::string bound) {
  return {Kind::kAtMost, std::move(key), {std::move(bound)}, {}};
}
TagFilter TagFilter::And(std::vector<TagFilter> filters) { return {Kind::kAnd, {}, {}, std::move(filters)}; }
TagFilter TagFilter::Or(std::vector<TagFilter> filters) { return {Kind::kOr, {}, {}, std::move(filters)}; }
TagFilter TagFilter::Not(TagFilter filter) {
  std::vector<TagFilter> one;
  one.push_back(std::move(filter));
  return {Kind::kNot, {}, {}, std::move(one)};
}

TagFilter TagFilter::Parse(std::string_view json) {
  try {
    return ParseAt(json, 1);
  } catch (const internal::JsonSyntaxError& wrong) {
    Refuse("byte " + std::to_string(wrong.offset) + ": " + wrong.reason);
  }
}

TagFilter TagFilter::ParseAt(std::string_view json, std::size_t depth) {
  if (depth > kMaxDepth) Refuse("nested deeper than " + std::to_string(kMaxDepth));
  const JsonFields fields(json);
  const std::string operation = fields.Text("op");
  if (!operation.empty()) {
    const std::size_t index = IndexOf(kOperations, operation, "operation");
    std::vector<TagFilter> parts;
    for (const std::string_view part : fields.Elements("nodes")) parts.push_back(ParseAt(part, depth + 1));
    const Kind kind = static_cast<Kind>(kComparisons.size() + index);
    if (kind == Kind::kNot && parts.size() != 1) Refuse("\"not\" takes one filter");
    return {kind, {}, {}, std::move(parts)};
  }
  const Kind kind = static_cast<Kind>(IndexOf(kComparisons, fields.Text("cmp"), "comparison"));
  std::string value = fields.Text("val");
  std::vector<std::string> values = fields.Texts("vals");
  const bool takes_list = kind == Kind::kIn || kind == Kind::kNotIn;
  const bool takes_none = kind == Kind::kExists || kind == Kind::kNotExists;
  if ((takes_list || takes_none) && !value.empty()) Refuse("a \"val\" where none belongs");
  if (!takes_list && !values.empty()) Refuse("\"vals\" where none belong");
  if (!takes_list && !takes_none) values.push_back(std::move(value));
  return {kind, fields.Text("key"), std::move(values), {}};
}

std::string TagFilter::ToJson() const {
  std::string json;
  AppendJson(json);
  return json;
}

void TagFilter::AppendJson(std::string& out) const {
  const auto index = static_cast<std::size_t>(kind_);
  if (kind_ >= Kind::kAnd) {
    out += R"({"op":")";
    out += kOperations[index - kComparisons.size()];
    out += R"(","nodes":[)";
    for (const TagFilter& part : parts_) {
      if (&part != &parts_.front()) out += ',';
      part.AppendJson(out);
    }
    out += "]}";
    return;
  }
  out += R"({"key":)";
  internal::AppendJsonString(out, key_);
  out += R"(,"cmp":")";
  out += kComparisons[index];
  out += '"';
  if (kind_ == Kind::kIn || kind_ == Kind::kNotIn) {
    out += R"(,"vals":[)";
    for (const std::string& value : values_) {
      if (&value != &values_.front()) out += ',';
      internal::AppendJsonString(out, value);
    }
    out += ']';
  } else if (!values_.empty()) {
    out += R"(,"val":)";
    internal::AppendJsonString(out, values_.front());
  }
  out += '}';
}

bool TagFilter::Matches(const Tags& tags) const {
  const auto matches = [&tags](const TagFilter& part) { return part.Matches(tags); };
  if (kind_ == Kind::kAnd) return std::all_of(parts_.begin(), parts_.end(), matches);
  if (kind_ == Kind::kOr) return std::any_of(parts_.begin(), parts_.end(), matches);
  if (kind_ == Kind::kNot) return !matches(parts_.front());
  const auto found = tags.find(key_);
  return MatchesValue(found == tags.end() ? nullptr : &found->second);
}

bool TagFilter::MatchesValue(const std::string* value) const {
  const auto is_listed = [this, value] {
    return std::find(values_.begin(), values_.end(), value == nullptr ? std::string() : *value) != values_.end();
  };
  // What follows where the tag is absent is settled first.
  if (kind_ == Kind::kIn) return is_listed();
  if (kind_ == Kind::kNotIn) return !is_listed();
  if (kind_ == Kind::kExists) return value != nullptr;
  if (kind_ == Kind::kNotExists) return value == nullptr;
  if (kind_ == Kind::kNotEqual) return value == nullptr || *value != values_.front();
  if (value == nullptr) return false;
  const std::string& wanted = values_.front();
  switch (kind_) {
    case Kind::kStartsWith:
      return value->starts_with(wanted);
    case Kind::kEndsWith:
      return value->ends_with(wanted);
    case Kind::kContains:
      return value->find(wanted) != std::string::npos;
    case Kind::kAbove:
      return CompareNumbers(*value, wanted, [](std::strong_ordering order) { return order > 0; });
    case Kind::kAtLeast:
      return CompareNumbers(*value, wanted, [](std::strong_ordering order) { return order >= 0; });
    case Kind::kBelow:
      return CompareNumbers(*value, wanted, [](std::strong_ordering order) { return order < 0; });
    case Kind::kAtMost:
      return CompareNumbers(*value, wanted, [](std::strong_ordering order) { return order <= 0; });
    default:
      return *value == wanted;
  }
}

}  // namespace gapless
