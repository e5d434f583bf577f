#include "schema/instant.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace gapless::internal {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;
constexpr std::size_t kFractionDigits = 9;

/// Takes fixed pieces off the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : text_(text) {}

  bool AtEnd() const noexcept { return text_.empty(); }
  bool Take(char c) noexcept {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  /// `count` decimal digits no greater than `max`.
  std::optional<int> Number(std::size_t count, int max) noexcept {
    if (text_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : text_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    if (value > max) return std::nullopt;
    return value;
  }
  /// One or more digits as nanoseconds.
  std::optional<nanoseconds> Fraction() noexcept {
    std::int64_t value = 0;
    std::size_t count = 0;
    while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
      if (count < kFractionDigits) value = value * 10 + (text_.front() - '0');
      ++count;
      text_.remove_prefix(1);
    }
    if (count == 0) return std::nullopt;
    for (; count < kFractionDigits; ++count) value *= 10;
    return nanoseconds(value);
  }

 private:
  std::string_view text_;
};

std::optional<minutes> ReadOffset(Cursor& cursor) {
  if (cursor.Take('Z')) return minutes(0);
  const bool west = cursor.Take('-');
  if (!west && !cursor.Take('+')) return std::nullopt;
  const auto hour = cursor.Number(2, 23);
  if (!hour || !cursor.Take(':')) return std::nullopt;
  const auto minute = cursor.Number(2, 59);
  if (!minute) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return west ? -offset : offset;
}

}  // namespace

std::string FormatInstant(Instant instant) {
  if (instant == kUnsetInstant) return "0001-01-01T00:00:00Z";
  const auto day = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<nanoseconds> time(instant - day);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  std::string out(text.data());
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out + 'Z';
}

std::optional<Instant> ParseInstant(std::string_view text) {
  Cursor cursor(text);
  const auto year = cursor.Number(4, 9999);
  if (!year || !cursor.Take('-')) return std::nullopt;
  const auto month = cursor.Number(2, 12);
  if (!month || !cursor.Take('-')) return std::nullopt;
  const auto day = cursor.Number(2, 31);
  if (!day || !cursor.Take('T')) return std::nullopt;
  const auto hour = cursor.Number(2, 23);
  if (!hour || !cursor.Take(':')) return std::nullopt;
  const auto minute = cursor.Number(2, 59);
  if (!minute || !cursor.Take(':')) return std::nullopt;
  const auto second = cursor.Number(2, 59);
  if (!second) return std::nullopt;
  nanoseconds fraction{0};
  if (cursor.Take('.') || cursor.Take(',')) {
    const auto digits = cursor.Fraction();
    if (!digits) return std::nullopt;
    fraction = *digits;
  }
  const auto offset = ReadOffset(cursor);
  if (!offset || !cursor.AtEnd()) return std::nullopt;

  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const auto whole = std::chrono::sys_seconds(std::chrono::sys_days(date)) + hours(*hour) + minutes(*minute) +
                     seconds(*second) - *offset;
  constexpr std::chrono::sys_days kGoZero(std::chrono::year(1) / 1 / 1);
  if (whole == kGoZero && fraction == nanoseconds(0)) return kUnsetInstant;
  if (*year < kFirstYear || *year > kLastYear) return std::nullopt;
  return Instant(whole.time_since_epoch()) + fraction;
}

}  // namespace gapless::internal
