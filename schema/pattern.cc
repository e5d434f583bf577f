#include <algorithm>

#include "envelope/quoted.h"
#include "gapless/schema.h"

namespace gapless {
namespace {

/// Walks over the segments of a channel or pattern, split at every '.' and ':'.
class SegmentReader {
 public:
  explicit SegmentReader(std::string_view text) noexcept : text_(text) {}

  bool AtEnd() const noexcept { return at_ > text_.size(); }
  std::size_t offset() const noexcept { return at_; }
  std::string_view Next() noexcept {
    const std::size_t end = std::min(text_.find_first_of(".:", at_), text_.size());
    const std::string_view segment = text_.substr(at_, end - at_);
    at_ = end + 1;
    return segment;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Pattern Pattern::Parse(std::string_view text) {
  if (text.empty()) throw Error(Errc::kPatternInvalid, "schema: empty pattern");
  if (text.size() > kMaxPatternBytes) {
    throw Error(Errc::kPatternInvalid, "a pattern of " + std::to_string(text.size()) + " bytes, the limit is " +
                                           std::to_string(kMaxPatternBytes));
  }
  Pattern pattern;
  pattern.text_ = text;
  SegmentReader reader(text);
  while (!reader.AtEnd()) {
    Segment segment{Kind::kLiteral, reader.offset(), 0};
    const std::string_view word = reader.Next();
    segment.length = word.size();
    if (word == "**") {
      if (!reader.AtEnd()) {
        throw Error(Errc::kPatternInvalid, "schema: ** must be the trailing segment in " + internal::Quoted(text));
      }
      segment.kind = Kind::kTail;
    } else if (word == "*") {
      segment.kind = Kind::kSingle;
      pattern.score_ += 1;
    } else if (word.size() > 2 && word.front() == '{' && word.back() == '}') {
      segment = {Kind::kVariable, segment.begin + 1, segment.length - 2};
      pattern.score_ += 2;
    } else if (word.find_first_of("{}*") != std::string_view::npos) {
      throw Error(Errc::kPatternInvalid, "schema: segment " + internal::Quoted(word) +
                                             " mixes literal and wildcard in " + internal::Quoted(text));
    } else {
      pattern.score_ += 4;
    }
    pattern.segments_.push_back(segment);
  }
  return pattern;
}

std::string_view Pattern::TextOf(const Segment& segment) const noexcept {
  return std::string_view(text_).substr(segment.begin, segment.length);
}

bool Pattern::Matches(std::string_view channel) const noexcept {
  SegmentReader reader(channel);
  for (const Segment& segment : segments_) {
    if (reader.AtEnd()) return false;
    if (segment.kind == Kind::kTail) return true;
    const std::string_view word = reader.Next();
    if (segment.kind == Kind::kLiteral && word != TextOf(segment)) return false;
  }
  return reader.AtEnd();
}

std::optional<Bindings> Pattern::Match(std::string_view channel) const {
  if (!Matches(channel)) return std::nullopt;
  Bindings bindings;
  SegmentReader reader(channel);
  for (const Segment& segment : segments_) {
    const std::string_view word = reader.Next();
    if (segment.kind == Kind::kVariable) bindings.insert_or_assign(std::string(TextOf(segment)), word);
  }
  return bindings;
}

bool Pattern::Precedes(const Pattern& left, const Pattern& right) noexcept {
  if (left.score_ != right.score_) return left.score_ > right.score_;
  return left.text_ < right.text_;
}

}  // namespace gapless
