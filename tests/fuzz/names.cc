// A pattern of channels on the first line, a channel on the second.

#include <optional>
#include <string>

#include "gapless/channel_name.h"
#include "gapless/schema.h"
#include "tests/fuzz/target.h"

namespace gapless::fuzz {
namespace {

std::optional<Pattern> ParsePattern(std::string_view text) {
  try {
    return Pattern::Parse(text);
  } catch (const Error& error) {
    Require(error.errc() == Errc::kPatternInvalid, "what is no pattern says so");
    return std::nullopt;
  }
}

std::optional<ChannelName> ParseName(std::string_view text) {
  try {
    return ChannelName::Parse(text);
  } catch (const Error& error) {
    Require(error.errc() == Errc::kChannelInvalid, "what is no channel says so");
    return std::nullopt;
  }
}

}  // namespace

void TestOneInput(std::string_view input) {
  const std::string_view text = CutLine(input);
  const std::string_view channel = CutLine(input);
  const auto pattern = ParsePattern(text);
  if (pattern) {
    Require(pattern->Text() == text, "a pattern keeps its text");
    Require(*ParsePattern(pattern->Text()) == *pattern, "a pattern's text is that pattern");
    const auto bindings = pattern->Match(channel);
    Require(bindings.has_value() == pattern->Matches(channel), "matching and binding agree");
    Require(!Pattern::Precedes(*pattern, *pattern), "precedence is strict");
    if (text.find_first_of("{*") == std::string_view::npos) {
      Require(pattern->Matches(text), "a pattern without wildcards matches itself");
    }
    // The channel, read as a pattern, is another one to compare with.
    if (const auto other = ParsePattern(channel)) {
      const int orders = (Pattern::Precedes(*pattern, *other) ? 1 : 0) + (Pattern::Precedes(*other, *pattern) ? 1 : 0);
      Require(orders == (*pattern == *other ? 0 : 1), "precedence is total");
    }
  }
  if (const auto name = ParseName(channel)) {
    Require(name->Build() == channel, "a channel's parts are the channel");
    const auto same = ParsePattern(channel);
    Require(same && same->Matches(channel), "a channel is a pattern of itself");
  }
}

}  // namespace gapless::fuzz
