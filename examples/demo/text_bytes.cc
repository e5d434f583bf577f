#include "examples/demo/text_bytes.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace demo {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The lead byte says how many bytes follow, and the narrower range that the second of them must lie in.
struct Lead {
  std::uint8_t first, last;
  std::size_t following;
  std::uint8_t second_low, second_high;
};

constexpr Lead kLeads[] = {
    {0x00, 0x7F, 0, 0x80, 0xBF}, {0xC2, 0xDF, 1, 0x80, 0xBF}, {0xE0, 0xE0, 2, 0xA0, 0xBF},
    {0xE1, 0xEC, 2, 0x80, 0xBF}, {0xED, 0xED, 2, 0x80, 0x9F}, {0xEE, 0xEF, 2, 0x80, 0xBF},
    {0xF0, 0xF0, 3, 0x90, 0xBF}, {0xF1, 0xF3, 3, 0x80, 0xBF}, {0xF4, 0xF4, 3, 0x80, 0x8F},
};

const Lead* FindLead(std::uint8_t byte) {
  for (const Lead& lead : kLeads) {
    if (byte >= lead.first && byte <= lead.last) return &lead;
  }
  return nullptr;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto at = [&](std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); };
  for (std::size_t i = 0; i < bytes.size();) {
    const Lead* lead = FindLead(at(i));
    if (lead == nullptr || bytes.size() - i <= lead->following) return false;
    for (std::size_t k = 1; k <= lead->following; ++k) {
      const std::uint8_t low = k == 1 ? lead->second_low : 0x80;
      const std::uint8_t high = k == 1 ? lead->second_high : 0xBF;
      if (at(i + k) < low || at(i + k) > high) return false;
    }
    i += 1 + lead->following;
  }
  return true;
}

std::string ToBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : kAlphabet[group >> (18 - 6 * k) & 63U];
    }
  }
  return text;
}

std::string FromBase64(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i + 4 <= text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t digits = 0;
    for (const char c : text.substr(i, 4)) {
      const std::size_t value = kAlphabet.find(c);
      if (value == std::string_view::npos) break;
      group = group << 6 | static_cast<std::uint32_t>(value);
      ++digits;
    }
    if (digits < 2) break;
    group <<= 6 * (4 - digits);
    for (std::size_t k = 0; k + 1 < digits; ++k) bytes += static_cast<char>(group >> (16 - 8 * k) & 0xFFU);
  }
  // Encoding again finds every malformed form at once: stray characters, bits left over, wrong padding or length.
  if (ToBase64(bytes) != text) throw std::invalid_argument("not base64");
  return bytes;
}

}  // namespace demo
