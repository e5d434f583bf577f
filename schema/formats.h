#ifndef GAPLESS_SCHEMA_FORMATS_H_
#define GAPLESS_SCHEMA_FORMATS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "schema/ecma_pattern.h"

namespace gapless::internal {

/// A format of strings that is enforced. Thread-safe.
class Format {
 public:
  /// Nothing for a format that is not enforced here.
  static const Format* Find(std::string_view name);
  /// All of them in one line, for messages.
  static const std::string& Names();

  bool Accepts(std::string_view text) const {
    return text.size() <= max_bytes_ && form_.Search(text) && (also_ == nullptr || also_(text));
  }
  /// As `EcmaPattern::StepsFor`.
  std::size_t StepsFor(std::string_view text) const noexcept {
    return text.size() <= max_bytes_ ? form_.StepsFor(text) : 0;
  }

 private:
  struct Table;
  using Check = bool (*)(std::string_view text);

  Format(std::string_view name, std::size_t max_bytes, std::string_view form, Check also)
      : name_(name), max_bytes_(max_bytes), form_(form), also_(also) {}

  const std::string_view name_;
  const std::size_t max_bytes_;
  const EcmaPattern form_;
  /// What a pattern cannot say, for texts of that form.
  const Check also_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_FORMATS_H_
