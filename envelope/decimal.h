#ifndef GAPLESS_ENVELOPE_DECIMAL_H_
#define GAPLESS_ENVELOPE_DECIMAL_H_

#include <compare>
#include <optional>
#include <string_view>

namespace gapless::internal {

/// A decimal number as text, compared exactly: what Centrifugo takes for numbers in tags. Views the text it was read
/// from.
class Decimal {
 public:
  /// Nothing where `text` is none: an optional sign, digits, and perhaps a point and up to 19 digits more; at most 200
  /// characters.
  static std::optional<Decimal> Read(std::string_view text);

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const { return (*this <=> other) == std::strong_ordering::equal; }

 private:
  bool negative_ = false;
  /// Without zeros in front, and behind.
  std::string_view whole_;
  std::string_view fraction_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_DECIMAL_H_
