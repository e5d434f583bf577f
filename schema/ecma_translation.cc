#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include "schema/ecma_pattern.h"

namespace gapless::internal {
namespace {

// The insides of RE2 character classes. ECMAScript's \s knows Unicode's spaces and line ends, RE2's does not.
constexpr std::string_view kSpace =
    R"(\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view kNotSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";
constexpr std::string_view kDot = R"([^\n\r\x{2028}\x{2029}])";
constexpr std::string_view kAnything = R"([\x{0}-\x{10ffff}])";
constexpr std::string_view kNothing = R"([^\x{0}-\x{10ffff}])";
constexpr std::string_view kSyntax = "^$\\.*+?()[]{}|/-";
constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }
bool IsLetter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Translator {
 public:
  explicit Translator(std::string_view pattern) : text_(pattern) {}

  std::string Translate() {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\\') {
        Escape(false);
      } else if (c == '[') {
        Class();
      } else if (c == '.') {
        out_ += kDot;
      } else if (c == '(') {
        Group();
      } else {
        out_ += c;
      }
    }
    return std::move(out_);
  }

 private:
  [[noreturn]] void Fail(const std::string& reason) const {
    throw PatternError{reason + " near character " + std::to_string(at_)};
  }

  bool Take(std::string_view word) noexcept {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void Group() {
    if (!Take("?")) {
      // What a group captured is asked for by nobody.
      out_ += "(?:";
    } else if (Take(":")) {
      out_ += "(?:";
    } else if (Take("=") || Take("!")) {
      Fail("lookahead is not supported");
    } else if (Take("<=") || Take("<!")) {
      Fail("lookbehind is not supported");
    } else if (Take("<")) {
      const std::size_t end = text_.find('>', at_);
      if (end == std::string_view::npos) Fail("a group's name has no end");
      at_ = end + 1;
      out_ += "(?:";
    } else {
      Fail("unknown kind of group");
    }
  }

  void Class() {
    const bool negated = Take("^");
    if (Take("]")) {
      out_ += negated ? kAnything : kNothing;
      return;
    }
    out_ += negated ? "[^" : "[";
    while (true) {
      if (at_ == text_.size()) Fail("a character class has no end");
      const char c = text_[at_++];
      if (c == ']') break;
      if (c == '\\') {
        Escape(true);
      } else if (c == '[') {
        out_ += "\\[";  // RE2 would read [:name:].
      } else {
        out_ += c;
      }
    }
    out_ += ']';
  }

  void AppendCodePoint(std::uint32_t code_point) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "\\x{%x}", code_point);
    out_ += text.data();
  }

  std::optional<std::uint32_t> Hex(std::size_t digits) noexcept {
    const std::string_view word = text_.substr(at_, digits);
    std::uint32_t value = 0;
    const auto end = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    if (word.size() != digits || end.ec != std::errc() || end.ptr != word.data() + word.size()) return std::nullopt;
    at_ += digits;
    return value;
  }

  void UnicodeEscape() {
    std::optional<std::uint32_t> code_point;
    if (Take("{")) {
      const std::size_t end = text_.find('}', at_);
      if (end != std::string_view::npos && end > at_ && end - at_ <= 6) code_point = Hex(end - at_);
      if (!code_point || !Take("}")) Fail("a malformed \\u escape");
    } else {
      code_point = Hex(4);
      if (!code_point) Fail("a malformed \\u escape");
      if (*code_point >= 0xD800 && *code_point <= 0xDBFF && Take("\\u")) {
        const auto low = Hex(4);
        if (!low || *low < 0xDC00 || *low > 0xDFFF) Fail("half of a surrogate pair");
        code_point = 0x10000 + ((*code_point - 0xD800) << 10) + (*low - 0xDC00);
      }
    }
    if (*code_point > kLastCodePoint || (*code_point >= 0xD800 && *code_point <= 0xDFFF)) {
      Fail("a \\u escape that is no character");
    }
    AppendCodePoint(*code_point);
  }

  void PropertyEscape(char kind) {
    const std::size_t end = text_.find('}', at_);
    if (!Take("{") || end == std::string_view::npos) Fail("a malformed \\p escape");
    std::string_view name = text_.substr(at_, end - at_);
    at_ = end + 1;
    for (const std::string_view prefix : {"Script=", "sc=", "General_Category=", "gc="}) {
      if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
    }
    for (const char c : name) {
      if (!IsLetter(c) && c != '_') Fail("an unknown \\p property");
    }
    out_ += '\\';
    out_ += kind;
    out_ += '{';
    out_ += name;
    out_ += '}';
  }

  void Escape(bool in_class) {
    if (at_ == text_.size()) Fail("a \\ at the end");
    const char c = text_[at_++];
    switch (c) {
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 't':
      case 'n':
      case 'v':
      case 'f':
      case 'r':
        out_ += '\\';
        out_ += c;
        return;
      case 's':
      case 'S':
        if (!in_class) out_ += '[';
        out_ += c == 's' ? kSpace : kNotSpace;
        if (!in_class) out_ += ']';
        return;
      case 'b':
        out_ += in_class ? "\\x{8}" : "\\b";
        return;
      case 'B':
        if (in_class) Fail("\\B in a character class");
        out_ += "\\B";
        return;
      case 'c':
        if (at_ == text_.size() || !IsLetter(text_[at_])) Fail("a malformed \\c escape");
        AppendCodePoint(static_cast<std::uint32_t>(text_[at_++]) % 32);
        return;
      case 'x': {
        const auto code_point = Hex(2);
        if (!code_point) Fail("a malformed \\x escape");
        AppendCodePoint(*code_point);
        return;
      }
      case 'u':
        UnicodeEscape();
        return;
      case 'p':
      case 'P':
        PropertyEscape(c);
        return;
      case 'k':
        Fail("backreferences are not supported");
      case '0':
        if (at_ < text_.size() && IsDigit(text_[at_])) Fail("octal escapes are not supported");
        AppendCodePoint(0);
        return;
      default:
        if (IsDigit(c)) Fail("backreferences are not supported");
        if (IsLetter(c) || static_cast<unsigned char>(c) > 0x7F) Fail("an escape that ECMAScript does not know");
        if (kSyntax.find(c) != std::string_view::npos) out_ += '\\';
        out_ += c;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string TranslateEcmaPattern(std::string_view pattern) { return Translator(pattern).Translate(); }

}  // namespace gapless::internal
