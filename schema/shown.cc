#include "schema/shown.h"

#include <cstddef>

#include "envelope/quoted.h"

namespace gapless::internal {
namespace {

constexpr std::size_t kMaxPlainBytes = 255;  // Every channel name that servers take.

}  // namespace

std::string Shown(std::string_view name) {
  if (name.size() > kMaxPlainBytes) return QuotedExcerpt(name);
  std::string quoted = Quoted(name);
  if (quoted.size() == name.size() + 2) return std::string(name);
  return quoted;
}

}  // namespace gapless::internal
