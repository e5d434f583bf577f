#include "envelope/json_fields.h"

#include <charconv>
#include <system_error>
#include <utility>

#include "envelope/json_scanner.h"
#include "envelope/json_string.h"

namespace gapless::internal {
namespace {

constexpr std::string_view kNull = "null";
/// Levels of containers around a member.
constexpr std::size_t kMemberLevel = 1;

std::string ReadText(JsonScanner& scanner) {
  const JsonString text = scanner.ReadString();
  return text.plain ? std::string(text.body) : StringValue(text);
}

std::string TextOf(std::string_view raw) {
  JsonScanner scanner(raw);
  return ReadText(scanner);
}

template <class Integer>
Integer NumberOf(std::string_view raw) {
  JsonScanner scanner(raw);
  const std::string_view text = scanner.ReadNumber();
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) scanner.Fail("expected an integer in range");
  return number;
}

// Calls `read` at each element or member, behind the opening bracket; ends behind `close`.
template <class Read>
void ForEach(JsonScanner& scanner, char close, Read read) {
  scanner.SkipSpace();
  if (scanner.Take(close)) return;
  for (;;) {
    read();
    scanner.SkipSpace();
    if (scanner.Take(close)) return;
    scanner.Expect(',', "between members");
    scanner.SkipSpace();
  }
}

}  // namespace

JsonFields::JsonFields(std::string_view text) {
  JsonScanner scanner(text);
  scanner.SkipSpace();
  if (!scanner.TakeNull()) {
    scanner.Expect('{', "where an object belongs");
    ForEach(scanner, '}', [&] {
      std::string key = ReadText(scanner);
      scanner.SkipSpace();
      scanner.Expect(':', "after a key");
      scanner.SkipSpace();
      const std::size_t from = scanner.offset();
      scanner.SkipValue(kMemberLevel);
      if (!values_.emplace(std::move(key), scanner.TextSince(from)).second) scanner.Fail("a member occurs twice");
    });
  }
  scanner.SkipSpace();
  if (!scanner.AtEnd()) scanner.Fail("something stands behind the object");
}

std::string_view JsonFields::Raw(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string_view() : found->second;
}

std::string JsonFields::Text(const std::string& key) const {
  const std::string_view raw = Raw(key);
  return raw.empty() || raw == kNull ? std::string() : TextOf(raw);
}

bool JsonFields::Flag(const std::string& key) const {
  const std::string_view raw = Raw(key);
  if (raw == "true") return true;
  if (!raw.empty() && raw != "false" && raw != kNull) JsonScanner(raw).Fail("expected true or false");
  return false;
}

std::int64_t JsonFields::Integer(const std::string& key) const {
  const std::string_view raw = Raw(key);
  return raw.empty() || raw == kNull ? 0 : NumberOf<std::int64_t>(raw);
}

std::uint64_t JsonFields::Unsigned(const std::string& key) const {
  const std::string_view raw = Raw(key);
  return raw.empty() || raw == kNull ? 0 : NumberOf<std::uint64_t>(raw);
}

std::optional<JsonFields> JsonFields::Object(const std::string& key) const {
  const std::string_view raw = Raw(key);
  if (raw.empty() || raw == kNull) return std::nullopt;
  return JsonFields(raw);
}

std::vector<std::string_view> JsonFields::Elements(const std::string& key) const {
  std::vector<std::string_view> elements;
  const std::string_view raw = Raw(key);
  if (raw.empty() || raw == kNull) return elements;
  JsonScanner scanner(raw);
  scanner.Expect('[', "where a list belongs");
  ForEach(scanner, ']', [&] {
    const std::size_t from = scanner.offset();
    scanner.SkipValue(kMemberLevel + 1);
    elements.push_back(scanner.TextSince(from));
  });
  return elements;
}

std::vector<std::string> JsonFields::Texts(const std::string& key) const {
  std::vector<std::string> texts;
  for (const std::string_view element : Elements(key)) texts.push_back(TextOf(element));
  return texts;
}

std::map<std::string, std::string> JsonFields::TextMembers(const std::string& key) const {
  std::map<std::string, std::string> members;
  const std::optional<JsonFields> object = Object(key);
  if (!object) return members;
  for (const auto& [name, raw] : object->values_) members.emplace(name, raw == kNull ? std::string() : TextOf(raw));
  return members;
}

}  // namespace gapless::internal
