#include "envelope/quoted.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "envelope/json_string.h"

namespace gapless::internal {
namespace {

struct CodePointRange {
  std::uint32_t first;
  std::uint32_t last;
};

// Controls, spaces other than U+0020, formatting and direction marks, surrogates, private use, non-characters:
// Unicode's categories Cc, Cf, Z and Co. What is not assigned yet is left to print.
constexpr std::array<CodePointRange, 26> kNotPrinted = {
    {{0x80, 0xA0},       {0xAD, 0xAD},       {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},
     {0x70F, 0x70F},     {0x890, 0x891},     {0x8E2, 0x8E2},     {0x1680, 0x1680},   {0x180E, 0x180E},
     {0x2000, 0x200F},   {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},   {0xE000, 0xF8FF},
     {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},   {0x110BD, 0x110BD},
     {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0x1FFFE, 0x1FFFF},
     {0xE0000, 0x10FFFF}}};

std::uint32_t CodePoint(std::string_view sequence) noexcept {
  constexpr std::array<std::uint32_t, 5> kLeadBits = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t value = static_cast<std::uint8_t>(sequence[0]) & kLeadBits[sequence.size()];
  for (const char c : sequence.substr(1)) value = (value << 6) | (static_cast<std::uint8_t>(c) & 0x3FU);
  return value;
}

bool Prints(std::uint32_t code_point) noexcept {
  return std::none_of(kNotPrinted.begin(), kNotPrinted.end(), [code_point](const CodePointRange& range) {
    return code_point >= range.first && code_point <= range.last;
  });
}

void AppendFormatted(std::string& out, const char* format, std::uint32_t value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), format, value);
  out += text.data();
}

void AppendAscii(std::string& out, char c, char quote) {
  constexpr std::string_view kNamed = "\a\b\f\n\r\t\v";
  constexpr std::string_view kNames = "abfnrtv";
  const std::size_t named = kNamed.find(c);
  if (named != std::string_view::npos) {
    out += '\\';
    out += kNames[named];
  } else if (c == quote || c == '\\') {
    out += '\\';
    out += c;
  } else if (c < 0x20 || c == 0x7F) {
    AppendFormatted(out, "\\x%02x", static_cast<std::uint8_t>(c));
  } else {
    out += c;
  }
}

}  // namespace

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(sequence.size());
    if (length == 0) {
      AppendFormatted(out, "\\x%02x", static_cast<std::uint8_t>(sequence[0]));
    } else if (length == 1) {
      AppendAscii(out, sequence[0], quote);
    } else if (const std::uint32_t code_point = CodePoint(sequence); !Prints(code_point)) {
      AppendFormatted(out, code_point < 0x10000 ? "\\u%04x" : "\\U%08x", code_point);
    } else {
      out += sequence;
    }
  }
  out += quote;
  return out;
}

std::string QuotedExcerpt(std::string_view text) {
  constexpr std::size_t kExcerptBytes = 64;
  if (text.size() <= kExcerptBytes) return Quoted(text);
  return Quoted(text.substr(0, kExcerptBytes)) + "…";
}

}  // namespace gapless::internal
