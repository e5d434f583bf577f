#include "schema/formats.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace gapless::internal {
namespace {

#define GAPLESS_DATE R"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))"
#define GAPLESS_TIME R"(([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d))"
#define GAPLESS_LABEL R"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
#define GAPLESS_OCTET R"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d))"

constexpr const char* kDate = "^" GAPLESS_DATE "$";
constexpr const char* kDateTime = "^" GAPLESS_DATE "[Tt]" GAPLESS_TIME "$";
constexpr const char* kTime = "^" GAPLESS_TIME "$";
constexpr const char* kEmail = "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@" GAPLESS_LABEL "(\\." GAPLESS_LABEL ")*$";
constexpr const char* kHostname = "^" GAPLESS_LABEL "(\\." GAPLESS_LABEL ")*$";
constexpr const char* kIpv4 = "^" GAPLESS_OCTET "(\\." GAPLESS_OCTET "){3}$";
constexpr const char* kIpv6 = R"(^([0-9A-Fa-f]{0,4}:){2,8}([0-9A-Fa-f]{0,4}|(\d{1,3}\.){3}\d{1,3})$)";
constexpr const char* kUri = R"(^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#@!$&'()*+,;=\[\]-]|%[0-9A-Fa-f]{2})*$)";
constexpr const char* kUuid = "^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$";

#undef GAPLESS_DATE
#undef GAPLESS_TIME
#undef GAPLESS_LABEL
#undef GAPLESS_OCTET

// Longer than any that people write, and short enough to match without a thought.
constexpr std::size_t kAmple = 1024;
constexpr std::size_t kUnbounded = std::string_view::npos;

int Number(std::string_view digits) noexcept {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool IsInCalendar(std::string_view text) noexcept {
  return std::chrono::year_month_day(std::chrono::year(Number(text.substr(0, 4))),
                                     std::chrono::month(static_cast<unsigned>(Number(text.substr(5, 2)))),
                                     std::chrono::day(static_cast<unsigned>(Number(text.substr(8, 2)))))
      .ok();
}

/// One `::` at most, which stands for at least one group; eight groups in all, of which an IPv4 tail makes two.
bool HasEightGroups(std::string_view text) {
  int groups = 0;
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  if (has_gap && text.find("::", gap + 1) != std::string_view::npos) return false;
  // A lone colon at either end leaves an empty group.
  if (text.front() == ':' && gap != 0) return false;
  if (text.back() == ':' && (!has_gap || gap + 2 != text.size())) return false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (group.find('.') != std::string_view::npos) {
      if (!Format::Find("ipv4")->Accepts(group)) return false;
      groups += 2;
    } else if (!group.empty()) {
      ++groups;
    }
  }
  return has_gap ? groups <= 7 : groups == 8;
}

}  // namespace

struct Format::Table {
  std::array<Format, 9> formats = {
      Format("date", 10, kDate, IsInCalendar),  Format("date-time", kAmple, kDateTime, IsInCalendar),
      Format("email", kAmple, kEmail, nullptr), Format("hostname", 253, kHostname, nullptr),
      Format("ipv4", 15, kIpv4, nullptr),       Format("ipv6", 45, kIpv6, HasEightGroups),
      Format("time", kAmple, kTime, nullptr),   Format("uri", kUnbounded, kUri, nullptr),
      Format("uuid", 36, kUuid, nullptr),
  };
  std::string names;

  Table() {
    for (const Format& format : formats) {
      if (!names.empty()) names += ", ";
      names += format.name_;
    }
  }

  static const Table& Get() {
    static const Table table;
    return table;
  }
};

const Format* Format::Find(std::string_view name) {
  for (const Format& format : Table::Get().formats) {
    if (format.name_ == name) return &format;
  }
  return nullptr;
}

const std::string& Format::Names() { return Table::Get().names; }

}  // namespace gapless::internal
