#ifndef GAPLESS_ENVELOPE_JSON_FIELDS_H_
#define GAPLESS_ENVELOPE_JSON_FIELDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::internal {

/// The members of a JSON object, each value as the text that it was sent as. That text must outlive this.
///
/// All members throw `JsonSyntaxError` for what is malformed or of another type. A member that is missing
/// or null reads as the default value of its type.
class JsonFields {
 public:
  /// `text` is one object or null, without anything around it but space.
  explicit JsonFields(std::string_view text);

  /// Empty if missing; `null` if that was sent.
  std::string_view Raw(const std::string& key) const;
  std::string Text(const std::string& key) const;
  bool Flag(const std::string& key) const;
  std::int64_t Integer(const std::string& key) const;
  std::uint64_t Unsigned(const std::string& key) const;
  std::optional<JsonFields> Object(const std::string& key) const;
  std::vector<std::string_view> Elements(const std::string& key) const;
  std::vector<std::string> Texts(const std::string& key) const;
  /// An object of texts.
  std::map<std::string, std::string> TextMembers(const std::string& key) const;

 private:
  std::map<std::string, std::string_view> values_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_JSON_FIELDS_H_
