#include "envelope/timestamp.h"

#include <chrono>

#include "envelope/quoted.h"

namespace gapless {
namespace internal {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

// Walks over the text of a time. Every reader answers whether what it wants stands here.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) noexcept : rest_(text) {}

  bool AtEnd() const noexcept { return rest_.empty(); }

  bool Take(char c) noexcept {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Number(std::size_t digits, int& value) noexcept {
    if (rest_.size() < digits) return false;
    value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!IsDigit(c)) return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  // Go's layout takes an hour of one digit, and only an hour.
  bool Hour(int& value) noexcept { return Number(2, value) || Number(1, value); }

  // Nothing at all, or a mark with at least one digit; what lies below the millisecond is dropped.
  bool Fraction(int& millis) noexcept {
    millis = 0;
    if (!Take('.') && !Take(',')) return true;
    int weight = 100;
    std::size_t digits = 0;
    for (; digits < rest_.size() && IsDigit(rest_[digits]); ++digits) {
      millis += (rest_[digits] - '0') * weight;
      weight /= 10;
    }
    rest_.remove_prefix(digits);
    return digits > 0;
  }

  bool Offset(minutes& offset) noexcept {
    offset = minutes{0};
    if (Take('Z')) return true;
    const bool west = !rest_.empty() && rest_[0] == '-';
    if (!Take('+') && !Take('-')) return false;
    int hour = 0;
    int minute = 0;
    if (!Number(2, hour) || !Take(':') || !Number(2, minute) || hour > 24 || minute > 60) return false;
    offset = hours{hour} + minutes{minute};
    if (west) offset = -offset;
    return true;
  }

 private:
  std::string_view rest_;
};

void PutDigits(char* to, unsigned value, std::size_t digits) noexcept {
  for (; digits > 0; value /= 10) to[--digits] = static_cast<char>('0' + value % 10);
}

}  // namespace

void AppendTimestamp(std::string& out, Timestamp time) {
  constexpr auto kFirstDay = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
  constexpr auto kLastDay = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};
  const auto day = std::chrono::floor<days>(time);
  if (day < kFirstDay || day > kLastDay) {
    throw Error(Errc::kInvalidArgument, "the time " + std::to_string(time.time_since_epoch().count()) +
                                            " ms since 1970 lies outside the years 0 to 9999 and has no text form");
  }
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[] = "0000-00-00T00:00:00.000Z";
  PutDigits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  PutDigits(text + 5, static_cast<unsigned>(date.month()), 2);
  PutDigits(text + 8, static_cast<unsigned>(date.day()), 2);
  PutDigits(text + 11, static_cast<unsigned>(clock.hours().count()), 2);
  PutDigits(text + 14, static_cast<unsigned>(clock.minutes().count()), 2);
  PutDigits(text + 17, static_cast<unsigned>(clock.seconds().count()), 2);
  PutDigits(text + 20, static_cast<unsigned>(clock.subseconds().count()), 3);
  out.append(text, kTimestampBytes);
}

std::optional<Timestamp> ReadTimestamp(std::string_view text) noexcept {
  TimeReader reader(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millis = 0;
  minutes offset{0};
  const bool well_formed = reader.Number(4, year) && reader.Take('-') && reader.Number(2, month) && reader.Take('-') &&
                           reader.Number(2, day) && reader.Take('T') && reader.Hour(hour) && reader.Take(':') &&
                           reader.Number(2, minute) && reader.Take(':') && reader.Number(2, second) &&
                           reader.Fraction(millis) && reader.Offset(offset) && reader.AtEnd();
  if (!well_formed || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + milliseconds{millis} - offset;
}

}  // namespace internal

std::string FormatTimestamp(Timestamp time) {
  std::string text;
  internal::AppendTimestamp(text, time);
  return text;
}

Timestamp ParseTimestamp(std::string_view text) {
  const auto time = internal::ReadTimestamp(text);
  if (!time) {
    throw Error(Errc::kMalformed,
                internal::QuotedExcerpt(text) + " is not an RFC 3339 time such as 2026-05-27T14:22:09.331Z")
        .WithRaw(std::string(text));
  }
  return *time;
}

}  // namespace gapless
