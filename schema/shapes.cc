#include "schema/shapes.h"

#include <utility>

#include "envelope/json_string.h"
#include "envelope/quoted.h"
#include "schema/instant.h"
#include "schema/schema_text.h"
#include "schema/schema_tree.h"

namespace gapless {
namespace internal {
namespace {

/// Writes the members of one object, those that are left out included.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  void Key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(out_, name);
    out_ += ':';
  }
  void Text(std::string_view name, std::string_view text) {
    Key(name);
    AppendJsonString(out_, text);
  }
  void TextIfAny(std::string_view name, std::string_view text) {
    if (!text.empty()) Text(name, text);
  }
  void Raw(std::string_view name, std::string_view json) {
    Key(name);
    out_ += json;
  }
  void NamesIfAny(std::string_view name, const std::vector<std::string>& names) {
    if (names.empty()) return;
    Key(name);
    char before = '[';
    for (const std::string& item : names) {
      out_ += before;
      AppendJsonString(out_, item);
      before = ',';
    }
    out_ += ']';
  }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void AppendAspect(std::string& out, const Aspect& aspect) {
  ObjectWriter object(out);
  object.Text("name", aspect.name);
  object.TextIfAny("description", aspect.description);
  if (!aspect.payload_schema.empty()) object.Raw("payload_schema", aspect.payload_schema);
  if (aspect.required) object.Raw("required", "true");
  object.End();
}

void AppendAspects(std::string& out, const ChannelPattern& pattern) {
  if (pattern.aspects.empty() && !pattern.has_empty_aspects) {
    out += "null";
    return;
  }
  ObjectWriter object(out);
  for (const auto& [name, aspect] : pattern.aspects) {
    object.Key(name);
    AppendAspect(out, aspect);
  }
  object.End();
}

void AppendAccessPolicy(std::string& out, const AccessPolicy& acl) {
  ObjectWriter object(out);
  object.NamesIfAny("publish_roles", acl.publish_roles);
  object.NamesIfAny("subscribe_roles", acl.subscribe_roles);
  object.TextIfAny("notes", acl.notes);
  object.End();
}

}  // namespace

Error SchemaInvalid(std::string_view pattern, std::string_view aspect, const std::string& reason) {
  return Error(Errc::kSchemaInvalid,
               "aspect " + QuotedExcerpt(aspect) + " of pattern " + QuotedExcerpt(pattern) + ": " + reason);
}

ChannelPattern WithCanonicalSchemas(ChannelPattern pattern) {
  for (auto& [name, aspect] : pattern.aspects) {
    if (aspect.payload_schema.empty()) continue;
    try {
      aspect.payload_schema = CanonicalSchema(aspect.payload_schema);
    } catch (const SchemaError& error) {
      throw SchemaInvalid(pattern.pattern, name, error.reason);
    }
  }
  return pattern;
}

void AppendChannelPattern(std::string& out, const ChannelPattern& pattern) {
  ObjectWriter object(out);
  object.Text("pattern", pattern.pattern);
  object.TextIfAny("description", pattern.description);
  object.Raw("version", std::to_string(pattern.version));
  object.Key("aspects");
  AppendAspects(out, pattern);
  if (!pattern.acl.Empty()) {
    object.Key("acl");
    AppendAccessPolicy(out, pattern.acl);
  }
  object.End();
}

}  // namespace internal

std::string_view ToString(ChangeKind kind) noexcept {
  switch (kind) {
    case ChangeKind::kRegistered:
      return "registered";
    case ChangeKind::kUpdated:
      return "updated";
    case ChangeKind::kDeregistered:
      return "deregistered";
  }
  return "";
}

std::string ChannelPattern::ToJson() const {
  std::string out;
  internal::AppendChannelPattern(out, internal::WithCanonicalSchemas(*this));
  return out;
}

std::string RegistrySnapshot::ToJson() const {
  std::string out;
  internal::ObjectWriter object(out);
  object.Key("patterns");
  char before = '[';
  for (const ChannelPattern& pattern : patterns) {
    out += before;
    out += pattern.ToJson();
    before = ',';
  }
  out += patterns.empty() ? "[]" : "]";
  object.Text("at", internal::FormatInstant(at));
  object.End();
  return out;
}

std::string Change::ToJson() const {
  std::string out;
  internal::ObjectWriter object(out);
  object.Text("kind", ToString(kind));
  object.Text("pattern", pattern);
  if (schema) object.Raw("schema", schema->ToJson());
  object.Text("at", internal::FormatInstant(at));
  object.End();
  return out;
}

}  // namespace gapless
