#include "schema/ecma_pattern.h"

#include <re2/re2.h>

#include <cstdint>

namespace gapless::internal {
namespace {

// A pattern that compiles to more than this could cost seconds on a long text. A class of all letters takes 2400.
constexpr int kMaxProgramSize = 5000;
constexpr std::size_t kMaxPatternTextBytes = 4096;
constexpr std::int64_t kMaxMemoryBytes = 2 << 20;
// One step of a payload check stands for about a microsecond.
constexpr std::size_t kInstructionsPerStep = 1024;

RE2::Options OptionsForPatterns() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemoryBytes);
  return options;
}

std::string TranslateWithinBounds(std::string_view pattern) {
  if (pattern.size() > kMaxPatternTextBytes) {
    throw PatternError{"longer than " + std::to_string(kMaxPatternTextBytes) + " bytes"};
  }
  return TranslateEcmaPattern(pattern);
}

}  // namespace

struct EcmaPattern::Impl {
  explicit Impl(const std::string& text) : regex(text, OptionsForPatterns()) {}
  RE2 regex;
};

EcmaPattern::EcmaPattern(std::string_view pattern)
    : impl_(std::make_unique<const Impl>(TranslateWithinBounds(pattern))) {
  if (!impl_->regex.ok()) throw PatternError{impl_->regex.error()};
  if (impl_->regex.ProgramSize() > kMaxProgramSize) {
    throw PatternError{"it is too complex: " + std::to_string(impl_->regex.ProgramSize()) +
                       " instructions, the limit is " + std::to_string(kMaxProgramSize)};
  }
}

EcmaPattern::~EcmaPattern() = default;

bool EcmaPattern::Search(std::string_view text) const {
  const re2::StringPiece whole(text.data(), text.size());
  return impl_->regex.Match(whole, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

std::size_t EcmaPattern::StepsFor(std::string_view text) const noexcept {
  return text.size() * static_cast<std::size_t>(impl_->regex.ProgramSize()) / kInstructionsPerStep;
}

}  // namespace gapless::internal
