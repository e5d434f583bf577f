#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::Number;
using test::Repeated;
using test::TextOf;

BOOST_AUTO_TEST_SUITE(pattern)

struct MatchCase {
  const char* pattern;
  const char* channel;
  bool matches;
  Bindings bindings = {};
};

BOOST_AUTO_TEST_CASE(C52_matches_segment_by_segment) {
  const std::vector<MatchCase> cases = {
      {"a.b", "a.b", true},
      {"a.b", "a:b", true},
      {"a:b", "a.b", true},
      {"sessions:{id}", "sessions.s19", true, {{"id", "s19"}}},
      {"sessions:{id}", "sessions:s19", true, {{"id", "s19"}}},
      {"sessions:{id}", "sessions", false},
      {"sessions:{id}", "sessions:a.b", false},
      {"sessions:{id}", "Sessions:a", false},
      {"brands:{slug}.**", "brands:a.b", true, {{"slug", "a"}}},
      {"brands:{slug}.**", "brands:a.b.c.d", true, {{"slug", "a"}}},
      {"brands:{slug}.**", "brands:a", false},
      {"brands:{slug}.**", "brands:a.", true, {{"slug", "a"}}},
      {"**", "a", true},
      {"**", "", true},
      {"**", "a.b:c", true},
      {"a.**", "a", false},
      {"a.**", "a.", true},
      {"*", "a", true},
      {"*", "", true},
      {"*", "a.b", false},
      {"a.*.c", "a.b.c", true},
      {"a.*.c", "a..c", true},
      {"a.*.c", "a.b.d", false},
      {"{x}", "", true, {{"x", ""}}},
      {"{x}.{x}", "a.b", true, {{"x", "b"}}},
      {"{x}.{y}", "a.b", true, {{"x", "a"}, {"y", "b"}}},
      {"{**}", "a", true, {{"**", "a"}}},
      {"{a{b}}", "a", true, {{"a{b}", "a"}}},
      {"a..b", "a..b", true},
      {"a..b", "a.b", false},
      {".", ".", true},
      {".", ":", true},
      {"a.", "a.", true},
      {"a.", "a", false},
      {"a", "a.", false},
      {"\xff.\n", "\xff.\n", true},
  };
  for (const MatchCase& c : cases) {
    BOOST_TEST_CONTEXT(c.pattern << " against " << c.channel) {
      const Pattern pattern = Pattern::Parse(c.pattern);
      BOOST_TEST(pattern.Matches(c.channel) == c.matches);
      const auto bindings = pattern.Match(c.channel);
      BOOST_TEST(bindings.has_value() == c.matches);
      if (bindings) BOOST_CHECK(*bindings == c.bindings);
      BOOST_TEST(pattern.Text() == c.pattern);
    }
  }
}

BOOST_AUTO_TEST_CASE(C52_refuses_what_is_no_pattern_in_parsecs_words) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "schema: empty pattern"},
      {"**.a", "schema: ** must be the trailing segment in \"**.a\""},
      {"a.**.", "schema: ** must be the trailing segment in \"a.**.\""},
      {"**:**", "schema: ** must be the trailing segment in \"**:**\""},
      {"a.{}", "schema: segment \"{}\" mixes literal and wildcard in \"a.{}\""},
      {"***", "schema: segment \"***\" mixes literal and wildcard in \"***\""},
      {"a*", "schema: segment \"a*\" mixes literal and wildcard in \"a*\""},
      {"x.{a", "schema: segment \"{a\" mixes literal and wildcard in \"x.{a\""},
      {"a}", "schema: segment \"a}\" mixes literal and wildcard in \"a}\""},
      {"{a}b", "schema: segment \"{a}b\" mixes literal and wildcard in \"{a}b\""},
      {"{a.b}", "schema: segment \"{a\" mixes literal and wildcard in \"{a.b}\""},
      {"\n*", "schema: segment \"\\n*\" mixes literal and wildcard in \"\\n*\""},
  };
  for (const auto& [text, reason] : cases) {
    BOOST_TEST_CONTEXT(text) {
      const std::string given = text;
      BOOST_TEST(CodeOf([&] { Pattern::Parse(given); }) == Number(Errc::kPatternInvalid));
      BOOST_TEST(TextOf([&] { Pattern::Parse(given); }) == reason + ": invalid channel pattern");
    }
  }
}

BOOST_AUTO_TEST_CASE(C53_the_higher_score_precedes_and_then_the_smaller_text) {
  const std::vector<std::pair<std::string, int>> in_order = {
      {"{a}.{b}.{c}.{d}.{e}.{f}.{g}", 14},
      {"a.b.c", 12},
      {"a.b.{x}", 10},
      {"*.b.c", 9},
      {"a.b.*", 9},
      {"a.b", 8},
      {"a.b.**", 8},
      {"a:b", 8},
      {"a.{x}", 6},
      {"{x}.b", 6},
      {"a.*", 5},
      {"a", 4},
      {"a.**", 4},
      {"{a}.{b}", 4},
      {"{x}", 2},
      {"*", 1},
      {"**", 0},
  };
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    const Pattern left = Pattern::Parse(in_order[i].first);
    BOOST_TEST(left.Score() == in_order[i].second);
    for (std::size_t j = 0; j < in_order.size(); ++j) {
      BOOST_TEST_CONTEXT(in_order[i].first << " and " << in_order[j].first) {
        BOOST_TEST(Pattern::Precedes(left, Pattern::Parse(in_order[j].first)) == (i < j));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_copy_outlives_the_text_it_was_parsed_from) {
  auto text = std::make_unique<std::string>("sessions:{identifier-of-a-session}.**");
  Pattern copy = Pattern::Parse("a");
  {
    const Pattern first = Pattern::Parse(*text);
    copy = first;
  }
  text.reset();
  BOOST_CHECK(*copy.Match("sessions.s1.x") == (Bindings{{"identifier-of-a-session", "s1"}}));
}

BOOST_AUTO_TEST_CASE(long_texts_are_refused_and_long_channels_only_do_not_match) {
  BOOST_TEST(CodeOf([] { Pattern::Parse(Repeated("a", kMaxPatternBytes + 1)); }) == Number(Errc::kPatternInvalid));
  const Pattern longest = Pattern::Parse(Repeated(".", kMaxPatternBytes));
  BOOST_TEST(longest.Matches(Repeated(":", kMaxPatternBytes)));
  BOOST_TEST(!longest.Matches(Repeated(".", 1'000'000)));
  BOOST_TEST(Pattern::Parse("a.**").Matches("a" + Repeated(".", 1'000'000)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
