#include "envelope/base64.h"

#include <cstddef>
#include <cstdint>

namespace gapless::internal {
namespace {
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = bytes.size() - at < 3 ? bytes.size() - at : 3;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? kDigits[group >> (18 - 6 * i) & 0x3F] : '=';
  }
  return text;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); at += 4) {
    std::uint32_t group = 0;
    std::size_t digits = 0;
    for (const char c : text.substr(at, 4)) {
      const std::size_t value = kDigits.find(c);
      if (value == std::string_view::npos) break;
      group |= static_cast<std::uint32_t>(value) << (18 - 6 * digits);
      ++digits;
    }
    for (std::size_t i = 1; i < digits; ++i) bytes += static_cast<char>(group >> (24 - 8 * i) & 0xFF);
  }
  // Whatever is not its own encoding had padding, digits or left-over bits where none may be.
  if (EncodeBase64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace gapless::internal
