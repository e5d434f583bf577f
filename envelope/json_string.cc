#include "envelope/json_string.h"

#include <algorithm>
#include <cstdint>

#include "envelope/byte_scan.h"

namespace gapless::internal {
namespace {

constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";
constexpr char kHexDigits[] = "0123456789abcdef";

std::uint8_t ByteAt(std::string_view text, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(text[index]);
}

bool IsContinuation(std::string_view text, std::size_t index) noexcept {
  return index < text.size() && (ByteAt(text, index) & 0xC0) == 0x80;
}

// U+2028 or U+2029, which JavaScript once took for line ends.
bool StartsWithLineSeparator(std::string_view text) noexcept {
  return text.size() >= 3 && text[0] == '\xE2' && text[1] == '\x80' && (text[2] == '\xA8' || text[2] == '\xA9');
}

void AppendLineSeparatorEscape(std::string& out, char last_byte) { out += last_byte == '\xA8' ? "\\u2028" : "\\u2029"; }

void AppendHexEscape(std::string& out, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0x0F];
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      AppendHexEscape(out, c);
  }
}

bool IsPlain(char c) noexcept {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

// How many bytes at the start of `text` stand for themselves in every string.
std::size_t PlainRunLength(std::string_view text) noexcept {
  std::size_t length = 0;
  for (; text.size() - length >= kWordBytes; length += kWordBytes) {
    const std::uint64_t word = LoadWord(text.data() + length);
    const std::uint64_t stops =
        MatchByte(word, '"') | MatchByte(word, '\\') | MatchBelow(word, 0x20) | MatchNonAscii(word) | MatchHtml(word);
    if (stops != 0) return length + FirstMatch(stops);
  }
  while (length < text.size() && IsPlain(text[length])) ++length;
  return length;
}

std::uint32_t HexValue(std::string_view digits) noexcept {
  std::uint32_t value = 0;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(std::string& out, std::uint32_t code_point) {
  const auto append = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80) return append(code_point);
  if (code_point < 0x800) {
    append(0xC0 | (code_point >> 6));
    return append(0x80 | (code_point & 0x3F));
  }
  if (code_point < 0x10000) {
    append(0xE0 | (code_point >> 12));
  } else {
    append(0xF0 | (code_point >> 18));
    append(0x80 | ((code_point >> 12) & 0x3F));
  }
  append(0x80 | ((code_point >> 6) & 0x3F));
  append(0x80 | (code_point & 0x3F));
}

// `text` begins with a \u escape, whose value is appended. Returns how many bytes it took, two escapes for a pair.
std::size_t AppendUnicodeEscape(std::string& out, std::string_view text) {
  constexpr std::size_t kEscapeBytes = 6;
  const std::uint32_t unit = HexValue(text.substr(2, 4));
  if (unit < 0xD800 || unit > 0xDFFF) {
    AppendUtf8(out, unit);
    return kEscapeBytes;
  }
  const std::string_view rest = text.substr(kEscapeBytes);
  if (unit < 0xDC00 && rest.size() >= kEscapeBytes && rest[0] == '\\' && rest[1] == 'u') {
    const std::uint32_t low = HexValue(rest.substr(2, 4));
    if (low >= 0xDC00 && low <= 0xDFFF) {
      AppendUtf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
      return 2 * kEscapeBytes;
    }
  }
  out += kReplacementCharacter;
  return kEscapeBytes;
}

// `text` begins with an escape. Returns how many bytes it took.
std::size_t AppendUnescaped(std::string& out, std::string_view text) {
  switch (text[1]) {
    case 'u':
      return AppendUnicodeEscape(out, text);
    case 'b':
      out += '\b';
      return 2;
    case 'f':
      out += '\f';
      return 2;
    case 'n':
      out += '\n';
      return 2;
    case 'r':
      out += '\r';
      return 2;
    case 't':
      out += '\t';
      return 2;
    default:
      out += text[1];
      return 2;
  }
}

// What the byte at the start of `rest` becomes inside a payload's string; 0 if it stands for itself.
std::size_t AppendHtmlEscape(std::string& out, std::string_view rest) {
  if (rest[0] == '<' || rest[0] == '>' || rest[0] == '&') {
    AppendHexEscape(out, rest[0]);
    return 1;
  }
  if (StartsWithLineSeparator(rest)) {
    AppendLineSeparatorEscape(out, rest[2]);
    return 3;
  }
  return 0;
}

// Index behind the closing quote of the string whose opening quote stands at `from`.
std::size_t AppendCompactedString(std::string& out, std::string_view json, std::size_t from) {
  std::size_t run = from;
  std::size_t at = from + 1;
  while (json[at] != '"') {
    if (json[at] == '\\') {
      at += 2;
      continue;
    }
    const bool escapable = json[at] == '<' || json[at] == '>' || json[at] == '&' || json[at] == '\xE2';
    if (!escapable) {
      ++at;
      continue;
    }
    out.append(json.substr(run, at - run));
    run = at;
    at += AppendHtmlEscape(out, json.substr(at));
    if (at == run) {
      ++at;
    } else {
      run = at;
    }
  }
  ++at;
  out.append(json.substr(run, at - run));
  return at;
}

}  // namespace

std::size_t Utf8SequenceLength(std::string_view text) noexcept {
  const std::uint8_t first = ByteAt(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !IsContinuation(text, 1)) return 0;
  if (first < 0xE0) return 2;
  if (!IsContinuation(text, 2)) return 0;
  const std::uint8_t second = ByteAt(text, 1);
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (!IsContinuation(text, 3)) return 0;
  const bool overlong = first == 0xF0 && second < 0x90;
  const bool beyond_unicode = first == 0xF4 && second > 0x8F;
  return overlong || beyond_unicode ? 0 : 4;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = PlainRunLength(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (ByteAt(text, 0) < 0x80) {
      AppendEscaped(out, text[0]);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) {
      out += "\\ufffd";
    } else if (StartsWithLineSeparator(text)) {
      AppendLineSeparatorEscape(out, text[2]);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

std::string StringValue(const JsonString& string) {
  if (string.plain) return std::string(string.body);
  std::string value;
  value.reserve(string.body.size());
  std::string_view rest = string.body;
  while (!rest.empty()) {
    if (rest[0] == '\\') {
      rest.remove_prefix(AppendUnescaped(value, rest));
      continue;
    }
    const std::size_t length = Utf8SequenceLength(rest);
    value.append(length == 0 ? kReplacementCharacter : rest.substr(0, length));
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return value;
}

void AppendCompacted(std::string& out, std::string_view json) {
  std::size_t at = 0;
  while (at < json.size()) {
    if (json[at] == '"') {
      at = AppendCompactedString(out, json, at);
      continue;
    }
    if (static_cast<std::uint8_t>(json[at]) > ' ') out += json[at];
    ++at;
  }
}

std::string WithRepairedStrings(std::string_view json) {
  std::string repaired;
  repaired.reserve(json.size());
  JsonScanner scanner(json);
  while (!scanner.AtEnd()) {
    const char c = json[scanner.offset()];
    if (c == '"') {
      AppendJsonString(repaired, StringValue(scanner.ReadString()));
    } else {
      repaired += c;
      scanner.Take(c);
    }
  }
  return repaired;
}

}  // namespace gapless::internal
