#include "schema/ecma_pattern.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using internal::EcmaPattern;
using internal::PatternError;
using test::Contains;
using test::Repeated;

std::string RefusalOfPattern(const std::string& pattern) {
  try {
    const EcmaPattern compiled(pattern);
  } catch (const PatternError& error) {
    return error.reason;
  }
  return "";
}

BOOST_AUTO_TEST_SUITE(ecma_pattern)

struct Case {
  const char* pattern;
  std::string text;
  bool matches;
};

BOOST_AUTO_TEST_CASE(means_what_ecmascript_means) {
  using std::string_literals::operator""s;
  const std::vector<Case> cases = {
      {"", "", true},
      {"^a$", "a", true},
      {"^a$", "a\n", false},
      {"b", "abc", true},
      {"^.$", "\n", false},
      {"^.$", "\xE2\x80\xA8", false},
      {"^.$", "\xF0\x9F\x98\x80", true},
      {"^.$", "\xC2\x85", true},
      {R"(^\s$)", "\xC2\xA0", true},
      {R"(^\s$)", "\xEF\xBB\xBF", true},
      {R"(^\s$)", "\v", true},
      {R"(^\S$)", "\xC2\xA0", false},
      {R"(^\S$)", "\xC3\xA9", true},
      {R"(^[\s,]+$)", " ,\xE2\x80\x83", true},
      {R"(^[^\s]$)", "\xE3\x80\x80", false},
      {R"(^[\S]$)", "\xE3\x80\x80", false},
      {R"(^\d\D\w\W$)", "1a_-", true},
      {R"(^\d$)", "\xD9\xA3", false},  // ARABIC-INDIC DIGIT THREE
      {R"(\bfoo\b)", "a foo.", true},
      {R"(\Bo)", "foo", true},
      {R"(^[\b]$)", "\b", true},
      {R"(^\cJ$)", "\n", true},
      {R"(^\x41\u0042\u{43}$)", "ABC", true},
      {R"(^\ud83d\ude00$)", "\xF0\x9F\x98\x80", true},
      {R"(^\0$)", "\0"s, true},
      {R"(^a\/b\-c\@\_\"$)", "a/b-c@_\"", true},
      {R"(^\$\^\.\*\+\?\(\)\[\]\{\}\|\\$)", "$^.*+?()[]{}|\\", true},
      {"^[^]$", "\n", true},
      {"^a[]?$", "a", true},
      {"[]", "a", false},
      {"^[[a]+$", "[a[", true},
      {"^[[:alpha:]]$", ":]", true},  // A class of [, :, a, l, p, h, and then a ].
      {"^[a-c-]+$", "a-c", true},
      {"^[]a]$", "]a]", false},
      {"^(?<year>\\d{4})-(?:x|y)$", "2026-y", true},
      {"^a{2,3}?$", "aa", true},
      {"^a{,2}$", "a{,2}", true},
      {R"(^\p{L}\P{L}$)", "\xC3\xA9-", true},
      {R"(^\p{Script=Greek}$)", "\xCE\xB1", true},
      {"^\xC3\xA9$", "\xC3\xA9", true},
      {"a|^b", "b", true},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.pattern << " against " << c.text) {
      BOOST_REQUIRE_MESSAGE(RefusalOfPattern(c.pattern).empty(), RefusalOfPattern(c.pattern));
      BOOST_TEST(EcmaPattern(c.pattern).Search(c.text) == c.matches);
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_what_it_cannot_express_or_ecmascript_does_not_know) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"(?=a)", "lookahead is not supported"},
      {"(?!a)", "lookahead is not supported"},
      {"(?<=a)", "lookbehind is not supported"},
      {"(?<!a)", "lookbehind is not supported"},
      {R"((a)\1)", "backreferences are not supported"},
      {R"((?<n>a)\k<n>)", "backreferences are not supported"},
      {R"(\01)", "octal escapes are not supported"},
      {"(?i)a", "unknown kind of group"},
      {"(?P<n>a)", "unknown kind of group"},
      {"(?", "unknown kind of group"},
      {"(?<n", "a group's name has no end"},
      {R"(\A)", "ECMAScript does not know"},
      {R"(\z)", "ECMAScript does not know"},
      {R"(\Qa\E)", "ECMAScript does not know"},
      {R"(\C)", "ECMAScript does not know"},
      {"\\\xC3\xA9", "ECMAScript does not know"},
      {"a\\", "a \\ at the end"},
      {R"(\x4)", "malformed \\x"},
      {R"(\u12)", "malformed \\u"},
      {R"(\u{110000})", "no character"},
      {R"(\u{})", "malformed \\u"},
      {R"(\ud800)", "no character"},
      {R"(\ud800\u0041)", "half of a surrogate pair"},
      {R"(\c1)", "malformed \\c"},
      {R"(\p)", "malformed \\p"},
      {R"(\p{L)", "malformed \\p"},
      {R"(\p{Nonsense})", "invalid character class range"},
      {R"(\p{A}b})", "invalid character class range"},
      {"[a", "a character class has no end"},
      {"[b-a]", "invalid character class range"},
      {R"([\B])", "\\B in a character class"},
      {"(", "missing )"},
      {")", "unexpected )"},
      {"*a", "no argument for repetition operator"},
      {"a++", "bad repetition operator"},
      {"a{2000}", "invalid repetition size"},
      {"\xff", "invalid UTF-8"},
  };
  for (const auto& [pattern, reason] : cases) {
    BOOST_TEST_CONTEXT(pattern) {
      BOOST_TEST_MESSAGE(RefusalOfPattern(pattern));
      BOOST_TEST(Contains(RefusalOfPattern(pattern), reason));
    }
  }
}

BOOST_AUTO_TEST_CASE(bounds_what_a_pattern_may_cost) {
  BOOST_TEST(Contains(RefusalOfPattern(Repeated("a", 5'000)), "longer than 4096 bytes"));
  BOOST_TEST(Contains(RefusalOfPattern("(a{100}){100}"), ""));
  BOOST_TEST(!RefusalOfPattern("(a{100}){100}").empty());
  BOOST_TEST(!RefusalOfPattern("((((a{30}){30}){30}){30}){30}").empty());
  BOOST_TEST(RefusalOfPattern("^[a-z]{1,63}$").empty());
}

BOOST_AUTO_TEST_CASE(exponential_patterns_take_linear_time) {
  // A backtracking matcher needs 2^100000 steps for these.
  const std::string text = Repeated("a", 100'000) + "!";
  for (const char* pattern : {"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(x+x+)+y"}) {
    BOOST_TEST(!EcmaPattern(pattern).Search(text));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
