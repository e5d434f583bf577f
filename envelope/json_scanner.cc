#include "envelope/json_scanner.h"

#include <array>
#include <cstdint>

#include "envelope/byte_scan.h"
#include "gapless/envelope.h"

namespace gapless::internal {
namespace {

bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

bool IsHexDigit(char c) noexcept { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Which of the open containers are objects: one bit each, so that the deepest text needs little stack.
class OpenContainers {
 public:
  std::size_t depth() const noexcept { return depth_; }
  bool TopIsObject() const noexcept { return top_is_object_; }

  void Push(bool is_object) noexcept {
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = is_object_[depth_ / 64];
    if (depth_ % 64 == 0) word = 0;
    word = is_object ? word | bit : word & ~bit;
    ++depth_;
    top_is_object_ = is_object;
  }
  void Pop() noexcept {
    --depth_;
    if (depth_ == 0) return;
    top_is_object_ = ((is_object_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64)) & 1) != 0;
  }

 private:
  // Cleared word by word as the depth reaches them: clearing all would cost more than scanning a small text.
  std::array<std::uint64_t, kMaxJsonDepth / 64 + 1> is_object_;
  std::size_t depth_ = 0;
  bool top_is_object_ = false;
};

}  // namespace

void JsonScanner::Fail(const std::string& reason) const {
  if (AtEnd()) throw JsonSyntaxError{offset(), "the text ends too early"};
  throw JsonSyntaxError{offset(), reason};
}

void JsonScanner::FailExpecting(char c, const char* where) const { Fail(std::string("expected '") + c + "' " + where); }

void JsonScanner::SkipSpaceRun() noexcept {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) {
    ++at_;
    saw_space_ = true;
  }
}

void JsonScanner::SkipLiteral(std::string_view literal) {
  for (const char c : literal) {
    if (!Take(c)) Fail("not a JSON value");
  }
}

void JsonScanner::SkipDigits(const char* where) {
  if (at_ == end_ || !IsDigit(*at_)) Fail(where);
  while (at_ != end_ && IsDigit(*at_)) ++at_;
}

void JsonScanner::SkipNumber() {
  Take('-');
  if (!Take('0')) SkipDigits("expected a digit");
  if (Take('.')) SkipDigits("expected a digit after the decimal point");
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (!Take('+')) Take('-');
    SkipDigits("expected a digit in the exponent");
  }
}

std::string_view JsonScanner::ReadNumber() {
  const std::size_t from = offset();
  SkipNumber();
  return TextSince(from);
}

// Stands behind the backslash.
void JsonScanner::SkipEscape() {
  if (at_ == end_) Fail("");
  switch (*at_) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      ++at_;
      return;
    case 'u':
      ++at_;
      for (int digit = 0; digit < 4; ++digit) {
        if (at_ == end_ || !IsHexDigit(*at_)) Fail("expected four hexadecimal digits after \\u");
        ++at_;
      }
      return;
    default:
      Fail("unknown escape in a string");
  }
}

// Stands behind the opening quote; ends behind the closing one.
template <bool kToEncode>
void JsonScanner::SkipStringBody() {
  for (;;) {
    while (end_ - at_ >= static_cast<std::ptrdiff_t>(kWordBytes)) {
      const std::uint64_t word = LoadWord(at_);
      std::uint64_t stops = MatchByte(word, '"') | MatchByte(word, '\\') | MatchBelow(word, 0x20);
      if constexpr (kToEncode) stops |= MatchHtml(word) | MatchByte(word, 0xE2);
      if (stops != 0) {
        at_ += FirstMatch(stops);
        break;
      }
      at_ += kWordBytes;
    }
    if (at_ == end_) Fail("");
    const char c = *at_;
    if (c == '"') {
      ++at_;
      return;
    }
    if (c == '\\') {
      ++at_;
      SkipEscape();
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20) Fail("control character in a string; it must be escaped");
    if constexpr (kToEncode) {
      // 0xE2 begins U+2028 and U+2029, and much else: a needless rewrite only costs time.
      if (c == '<' || c == '>' || c == '&' || c == '\xE2') saw_escapable_ = true;
    }
    ++at_;
  }
}

JsonString JsonScanner::ReadString() {
  if (at_ == end_ || *at_ != '"') Fail("expected a string");
  const char* const body = ++at_;
  std::uint64_t unusual = 0;
  for (;;) {
    if (end_ - at_ >= static_cast<std::ptrdiff_t>(kWordBytes)) {
      const std::uint64_t word = LoadWord(at_);
      const std::uint64_t stops = MatchByte(word, '"') | MatchByte(word, '\\') | MatchBelow(word, 0x20);
      if (stops == 0) {
        unusual |= MatchNonAscii(word);
        at_ += kWordBytes;
        continue;
      }
      const std::size_t before = FirstMatch(stops);
      unusual |= MatchNonAscii(word) & ((std::uint64_t{1} << (before * 8)) - 1);
      at_ += before;
    }
    if (at_ == end_) Fail("");
    const char c = *at_;
    if (c == '"') {
      const JsonString result{{body, static_cast<std::size_t>(at_ - body)}, unusual == 0};
      ++at_;
      return result;
    }
    if (static_cast<unsigned char>(c) < 0x20) Fail("control character in a string; it must be escaped");
    ++at_;
    if (c == '\\') {
      SkipEscape();
      unusual = 1;
    } else {
      unusual |= static_cast<unsigned char>(c) & 0x80U;
    }
  }
}

template <bool kToEncode>
void JsonScanner::SkipKey() {
  SkipSpace();
  if (!Take('"')) Fail("expected a key");
  SkipStringBody<kToEncode>();
  SkipSpace();
  Expect(':', "after a key");
}

template <bool kToEncode>
void JsonScanner::SkipScalar() {
  if (at_ == end_) Fail("");
  switch (*at_) {
    case '"':
      ++at_;
      return SkipStringBody<kToEncode>();
    case 't':
      return SkipLiteral("true");
    case 'f':
      return SkipLiteral("false");
    case 'n':
      return SkipLiteral("null");
    default:
      if (*at_ != '-' && !IsDigit(*at_)) Fail("not a JSON value");
      return SkipNumber();
  }
}

template <bool kToEncode>
void JsonScanner::SkipAnyValue(std::size_t open_levels) {
  saw_space_ = false;
  saw_escapable_ = false;
  OpenContainers open;
  for (;;) {
    // A value begins here.
    if (at_ != end_ && (*at_ == '{' || *at_ == '[')) {
      const bool is_object = *at_ == '{';
      if (open_levels + open.depth() >= kMaxJsonDepth) Fail("nested too deeply");
      ++at_;
      SkipSpace();
      if (!Take(is_object ? '}' : ']')) {
        open.Push(is_object);
        if (is_object) SkipKey<kToEncode>();
        SkipSpace();
        continue;
      }
    } else {
      SkipScalar<kToEncode>();
    }
    // A value ended here, and so may the containers around it.
    for (;;) {
      if (open.depth() == 0) return;
      SkipSpace();
      if (Take(',')) {
        if (open.TopIsObject()) SkipKey<kToEncode>();
        SkipSpace();
        break;
      }
      Expect(open.TopIsObject() ? '}' : ']', "or ',' after a value");
      open.Pop();
    }
  }
}

void JsonScanner::SkipOnlyValue() {
  SkipSpace();
  SkipValue(0);
  SkipSpace();
  if (!AtEnd()) Fail("more text after the value");
}

template void JsonScanner::SkipAnyValue<false>(std::size_t open_levels);
template void JsonScanner::SkipAnyValue<true>(std::size_t open_levels);

}  // namespace gapless::internal
