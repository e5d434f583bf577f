#ifndef GAPLESS_ENVELOPE_JSON_SCANNER_H_
#define GAPLESS_ENVELOPE_JSON_SCANNER_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace gapless::internal {

/// Where and why a text is not JSON. Never leaves the library: whoever scans turns it into an `Error`.
struct JsonSyntaxError {
  std::size_t offset;
  std::string reason;
};

/// A string as it stands in the text, without its quotes.
struct JsonString {
  std::string_view body;
  /// Neither escapes nor bytes above 0x7F: `body` is the value.
  bool plain = true;
};

/// Walks over JSON text and checks its grammar (RFC 8259) in one pass, without recursion and without building
/// anything. Bytes above 0x7F are taken as they come, as Go's encoding/json does.
///
/// The text must outlive the scanner. Members throw `JsonSyntaxError`.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) noexcept
      : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {}

  std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  bool AtEnd() const noexcept { return at_ == end_; }
  /// The text from `from` up to here.
  std::string_view TextSince(std::size_t from) const noexcept { return {begin_ + from, offset() - from}; }

  void SkipSpace() noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ') SkipSpaceRun();
  }
  /// Steps over `c` if it stands here.
  bool Take(char c) noexcept {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  /// Steps over `c`, which must stand here; `where` names the place.
  void Expect(char c, const char* where) {
    if (!Take(c)) FailExpecting(c, where);
  }
  /// Steps over the literal `null` if the value here begins like one.
  bool TakeNull() {
    if (at_ == end_ || *at_ != 'n') return false;
    SkipLiteral("null");
    return true;
  }
  JsonString ReadString();
  /// One number, whose text is returned.
  std::string_view ReadNumber();

  /// Skips exactly one value, which begins here (no space before it). `open_levels` containers are open around it.
  void SkipValue(std::size_t open_levels) { SkipAnyValue<false>(open_levels); }
  /// The same; returns whether the wire form of the text differs from it: space to drop or characters to escape.
  bool SkipValueToEncode(std::size_t open_levels) {
    SkipAnyValue<true>(open_levels);
    return saw_space_ || saw_escapable_;
  }

  /// The whole text, from its beginning, is one value, with space around it or not.
  void SkipOnlyValue();

  /// Throws for the place where the scanner stands; at the end of the text the reason is that.
  [[noreturn]] void Fail(const std::string& reason) const;

 private:
  template <bool kToEncode>
  void SkipAnyValue(std::size_t open_levels);
  template <bool kToEncode>
  void SkipScalar();
  template <bool kToEncode>
  void SkipKey();
  template <bool kToEncode>
  void SkipStringBody();
  void SkipSpaceRun() noexcept;
  void SkipEscape();
  void SkipLiteral(std::string_view literal);
  void SkipNumber();
  void SkipDigits(const char* where);
  [[noreturn]] void FailExpecting(char c, const char* where) const;

  const char* begin_;
  const char* at_;
  const char* end_;
  bool saw_space_ = false;
  bool saw_escapable_ = false;
};

}  // namespace gapless::internal

#endif  // GAPLESS_ENVELOPE_JSON_SCANNER_H_
