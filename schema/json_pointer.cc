#include "schema/json_pointer.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "envelope/quoted.h"

namespace gapless::internal {
namespace {

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    std::uint8_t value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || end.ptr != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

}  // namespace

std::string PointerTo(std::string_view pointer, std::string_view name) {
  std::string out(pointer);
  out += '/';
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> PointerOfReference(std::string_view reference) {
  if (reference.empty() || reference.front() != '#') return std::nullopt;
  auto pointer = PercentDecoded(reference.substr(1));
  if (!pointer || pointer->empty()) return pointer;
  if (pointer->front() != '/') return std::nullopt;
  // A tilde has one spelling only, so a well-formed pointer is in the spelling of PointerTo already.
  for (std::size_t i = pointer->find('~'); i != std::string::npos; i = pointer->find('~', i + 1)) {
    if (i + 1 == pointer->size() || ((*pointer)[i + 1] != '0' && (*pointer)[i + 1] != '1')) return std::nullopt;
  }
  return pointer;
}

std::string ShownPointer(std::string_view pointer) { return pointer.empty() ? "the root" : QuotedExcerpt(pointer); }

}  // namespace gapless::internal
