#ifndef GAPLESS_SCHEMA_ECMA_PATTERN_H_
#define GAPLESS_SCHEMA_ECMA_PATTERN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace gapless::internal {

/// Why a pattern is not taken. Never leaves the library: whoever compiles turns it into an `Error`.
struct PatternError {
  std::string reason;
};

/// The pattern in RE2's syntax: the same strings match, code point by code point. Throws `PatternError` for what RE2
/// cannot express and for what means something else in the two syntaxes.
std::string TranslateEcmaPattern(std::string_view pattern);

/// A regular expression of ECMAScript's syntax that takes time in proportion to the text, whatever the text.
/// Thread-safe.
class EcmaPattern {
 public:
  /// Throws `PatternError`.
  explicit EcmaPattern(std::string_view pattern);
  ~EcmaPattern();

  /// Whether some part of `text` (UTF-8) matches.
  bool Search(std::string_view text) const;
  /// What `Search` costs at most, in steps of a payload check.
  std::size_t StepsFor(std::string_view text) const noexcept;

 private:
  struct Impl;
  const std::unique_ptr<const Impl> impl_;
};

}  // namespace gapless::internal

#endif  // GAPLESS_SCHEMA_ECMA_PATTERN_H_
