#ifndef GAPLESS_HUB_SERVER_QUERY_H_
#define GAPLESS_HUB_SERVER_QUERY_H_

#include <optional>
#include <string_view>

namespace gapless::hub {

/// The parts of a request's target, around its question mark.
inline std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }
inline std::string_view QueryOf(std::string_view target) {
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

/// The first value of a parameter, as it stands in the query. One without `=` has none.
inline std::optional<std::string_view> QueryParameter(std::string_view query, std::string_view name) {
  for (;;) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
    if (end == std::string_view::npos) return std::nullopt;
    query.remove_prefix(end + 1);
  }
}

}  // namespace gapless::hub

#endif  // GAPLESS_HUB_SERVER_QUERY_H_
