#include <nlohmann/json.hpp>
#include <utility>

#include "envelope/quoted.h"
#include "gapless/schema.h"
#include "schema/go_json.h"
#include "schema/instant.h"
#include "schema/json_document.h"

namespace gapless {
namespace {

using Json = nlohmann::json;

// Far above any registry that people write, and bounded all the same.
constexpr internal::DocumentLimits kShapeLimits{.max_bytes = 64 << 20, .max_depth = 80, .max_values = 4'000'000};

/// What is wrong and where; `Read` makes an `Error` of it.
struct ShapeError {
  std::string reason;
};

[[noreturn]] void Fail(const std::string& place, const std::string& reason) {
  throw ShapeError{(place.empty() ? "the value" : place) + ' ' + reason};
}

/// Reads the members of one object; each is left at its default when it is absent or null, as Go leaves it.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string place) : json_(json), place_(std::move(place)) {
    if (!json.is_object()) Fail(place_, "must be an object");
  }

  /// Null when absent.
  const Json* Find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  std::string PlaceOf(const char* name) const { return place_.empty() ? name : place_ + '.' + name; }

  std::string Text(const char* name) const {
    const Json* value = Find(name);
    if (value == nullptr) return {};
    if (!value->is_string()) Fail(PlaceOf(name), "must be a text");
    return value->get<std::string>();
  }
  bool Flag(const char* name) const {
    const Json* value = Find(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) Fail(PlaceOf(name), "must be true or false");
    return value->get<bool>();
  }
  std::int64_t Integer(const char* name) const {
    const Json* value = Find(name);
    if (value == nullptr) return 0;
    if (!value->is_number_integer()) Fail(PlaceOf(name), "must be an integer");
    return value->get<std::int64_t>();
  }
  std::vector<std::string> Texts(const char* name) const {
    const Json* value = Find(name);
    std::vector<std::string> texts;
    if (value == nullptr) return texts;
    if (!value->is_array()) Fail(PlaceOf(name), "must be a list of texts");
    for (const Json& text : *value) {
      if (!text.is_string()) Fail(PlaceOf(name), "must be a list of texts");
      texts.push_back(text.get<std::string>());
    }
    return texts;
  }
  Instant Time(const char* name) const {
    const std::string text = Text(name);
    if (text.empty() && Find(name) == nullptr) return kUnsetInstant;
    const auto instant = internal::ParseInstant(text);
    if (!instant) Fail(PlaceOf(name), "must be an RFC 3339 time from 1678 to 2261");
    return *instant;
  }

 private:
  const Json& json_;
  const std::string place_;
};

Aspect ReadAspect(const Json& json, const std::string& place) {
  Aspect aspect;
  if (json.is_null()) return aspect;
  const ObjectReader object(json, place);
  aspect.name = object.Text("name");
  aspect.description = object.Text("description");
  if (const Json* schema = object.Find("payload_schema")) internal::AppendGoValue(aspect.payload_schema, *schema);
  aspect.required = object.Flag("required");
  return aspect;
}

ChannelPattern ReadChannelPattern(const Json& json, const std::string& place) {
  const ObjectReader object(json, place);
  ChannelPattern pattern;
  pattern.pattern = object.Text("pattern");
  pattern.description = object.Text("description");
  pattern.version = object.Integer("version");
  if (const Json* aspects = object.Find("aspects")) {
    const std::string aspects_place = object.PlaceOf("aspects");
    if (!aspects->is_object()) Fail(aspects_place, "must be an object");
    pattern.has_empty_aspects = aspects->empty();
    for (const auto& [name, aspect] : aspects->items()) {
      pattern.aspects.emplace(name, ReadAspect(aspect, aspects_place + '.' + internal::QuotedExcerpt(name)));
    }
  }
  if (const Json* acl = object.Find("acl")) {
    const ObjectReader policy(*acl, object.PlaceOf("acl"));
    pattern.acl.publish_roles = policy.Texts("publish_roles");
    pattern.acl.subscribe_roles = policy.Texts("subscribe_roles");
    pattern.acl.notes = policy.Text("notes");
  }
  return pattern;
}

/// Hands the document in `json` to `read`; all that goes wrong is `Error(kMalformed)`.
template <typename ReadFunction>
auto Read(std::string_view json, const char* what, ReadFunction read) {
  std::string reason;
  try {
    return read(internal::ReadDocument(json, kShapeLimits, internal::DocumentUse::kRegistry));
  } catch (const internal::DocumentError& error) {
    reason = error.reason;
  } catch (const ShapeError& error) {
    reason = error.reason;
  }
  throw Error(Errc::kMalformed, std::string(what) + ": " + reason).WithRaw(std::string(json));
}

}  // namespace

ChannelPattern ChannelPattern::FromJson(std::string_view json) {
  return Read(json, "channel pattern", [](const Json& document) { return ReadChannelPattern(document, ""); });
}

RegistrySnapshot RegistrySnapshot::FromJson(std::string_view json) {
  return Read(json, "registry snapshot", [](const Json& document) {
    const ObjectReader object(document, "");
    RegistrySnapshot snapshot;
    snapshot.at = object.Time("at");
    if (const Json* list = object.Find("patterns")) {
      if (!list->is_array()) Fail("patterns", "must be a list");
      for (std::size_t i = 0; i < list->size(); ++i) {
        snapshot.patterns.push_back(ReadChannelPattern((*list)[i], "patterns[" + std::to_string(i) + ']'));
      }
    }
    return snapshot;
  });
}

Change Change::FromJson(std::string_view json) {
  return Read(json, "registry change", [](const Json& document) {
    const ObjectReader object(document, "");
    Change change;
    const std::string kind_text = object.Text("kind");
    bool known = false;
    for (const ChangeKind candidate : {ChangeKind::kRegistered, ChangeKind::kUpdated, ChangeKind::kDeregistered}) {
      if (kind_text != ToString(candidate)) continue;
      change.kind = candidate;
      known = true;
    }
    if (!known) Fail("kind", "must be registered, updated or deregistered");
    change.pattern = object.Text("pattern");
    if (const Json* registered = object.Find("schema")) change.schema = ReadChannelPattern(*registered, "schema");
    change.at = object.Time("at");
    return change;
  });
}

}  // namespace gapless
