#include "envelope/decimal.h"

#include <algorithm>
#include <cstddef>

namespace gapless::internal {
namespace {

constexpr std::size_t kMaxCharacters = 200;
constexpr std::size_t kMaxFractionDigits = 19;

bool AreDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Decimal> Decimal::Read(std::string_view text) {
  if (text.empty() || text.size() > kMaxCharacters) return std::nullopt;
  Decimal number;
  number.negative_ = text.front() == '-';
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  number.whole_ = text.substr(0, point);
  if (!AreDigits(number.whole_)) return std::nullopt;
  if (point != std::string_view::npos) {
    number.fraction_ = text.substr(point + 1);
    if (!AreDigits(number.fraction_) || number.fraction_.size() > kMaxFractionDigits) return std::nullopt;
  }
  number.whole_.remove_prefix(std::min(number.whole_.find_first_not_of('0'), number.whole_.size()));
  number.fraction_ = number.fraction_.substr(0, number.fraction_.find_last_not_of('0') + 1);
  if (number.whole_.empty() && number.fraction_.empty()) number.negative_ = false;
  return number;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (negative_ != other.negative_) return other.negative_ <=> negative_;
  std::strong_ordering magnitude = whole_.size() <=> other.whole_.size();
  if (magnitude == 0) magnitude = whole_ <=> other.whole_;
  if (magnitude == 0) magnitude = fraction_ <=> other.fraction_;
  return negative_ ? 0 <=> magnitude : magnitude;
}

}  // namespace gapless::internal
