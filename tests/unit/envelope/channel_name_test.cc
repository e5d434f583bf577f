#include "gapless/channel_name.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::ErrorOf;

const std::string kPrefix = "channel name must start with public: or private:";
const std::string kColon = "the : character is reserved for the visibility prefix";
const std::string kTooFew = "channel name must include at least <app>.<domain>";
const std::string kTooMany = "channel name has too many components; max is <app>.<domain>.<id>.<topic>";
const std::string kEmpty = "channel component must not be empty";
const std::string kId = "private channels must include an id segment";

std::string UnknownVisibility(const std::string& quoted) {
  return "unknown visibility " + quoted + "; want public or private";
}

std::string BadCharacter(const std::string& character, const std::string& component) {
  return "invalid character " + character + " in channel component " + component;
}

void CheckRefused(const std::optional<Error>& error, const std::string& name, const std::string& text) {
  BOOST_REQUIRE(error.has_value());
  BOOST_TEST(test::Number(error->errc()) == test::Number(Errc::kChannelInvalid));
  BOOST_TEST(error->what() == text + ": PARSEC_CHANNEL_INVALID");
  BOOST_TEST(error->channel() == name);
}

BOOST_AUTO_TEST_SUITE(channel_name)

BOOST_AUTO_TEST_CASE(C59_good_names_are_taken_apart_and_built_again) {
  const std::vector<std::pair<std::string, ChannelName>> table = {
      {"public:webapp.system.status", {"public", "webapp", "system", "status", ""}},
      {"public:a.b", {"public", "a", "b", "", ""}},
      {"public:a.b.c.d", {"public", "a", "b", "c", "d"}},
      {"public:-._", {"public", "-", "_", "", ""}},
      {"public:0-9_z.x", {"public", "0-9_z", "x", "", ""}},
      {"private:agent.analysis.abc123.progress", {"private", "agent", "analysis", "abc123", "progress"}},
      {"private:a.b.c", {"private", "a", "b", "c", ""}},
      {"public:" + std::string(300, 'a') + ".b", {"public", std::string(300, 'a'), "b", "", ""}},
  };
  for (const auto& [name, parts] : table) {
    BOOST_TEST_CONTEXT(name) {
      BOOST_CHECK(ChannelName::Parse(name) == parts);
      BOOST_TEST(parts.Build() == name);
    }
  }
}

BOOST_AUTO_TEST_CASE(C59_bad_names_are_refused_with_parsecs_text_for_the_first_broken_rule) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", kPrefix},
      {"abc", kPrefix},
      {":a.b", kPrefix},
      {":", kPrefix},
      {"public:", kPrefix},
      {"a.b.c.d.e.f", kPrefix},
      {"secret:a.b", UnknownVisibility("\"secret\"")},
      {"Public:a.b", UnknownVisibility("\"Public\"")},
      {"sessions:{id}", UnknownVisibility("\"sessions\"")},
      {"public :a.b", UnknownVisibility("\"public \"")},
      {"se\ncret:a:b", UnknownVisibility(R"("se\ncret")")},
      {"public:webapp:session.a", kColon},
      {"public:a.b:", kColon},
      {"public::a.b", kColon},
      {"public:a", kTooFew},
      {"public:A", kTooFew},
      {"private:a", kTooFew},
      {"public:a.b.c.d.e", kTooMany},
      {"public:....", kTooMany},
      {"private:A.b.c.d.e", kTooMany},
      {"public:a..c", kEmpty},
      {"public:.b", kEmpty},
      {"public:a.b.", kEmpty},
      {"public:.", kEmpty},
      {"private:.B", kEmpty},
      {"private:a.b.", kEmpty},
      {"private:webapp.session", kId},
      {"public:Webapp.x", BadCharacter("'W'", "\"Webapp\"")},
      {"public:we b.x", BadCharacter("' '", "\"we b\"")},
      {"public:a.b\xC3\xA9", BadCharacter("'\xC3\xA9'", "\"b\xC3\xA9\"")},
      {"public:a.b*", BadCharacter("'*'", "\"b*\"")},
      {"public:A.B", BadCharacter("'A'", "\"A\"")},
      {"private:a.B", BadCharacter("'B'", "\"B\"")},
      {std::string("public:a.b\0c", 12), BadCharacter(R"('\x00')", R"("b\x00c")")},
      {"public:a.b'", BadCharacter(R"('\'')", R"("b'")")},
      {"public:a.b\"", BadCharacter(R"('"')", R"("b\"")")},
      {"public:a.b\xFF", BadCharacter("'\xEF\xBF\xBD'", R"("b\xff")")},
      {"public:a.b\xE2\x80\xAE", BadCharacter(R"('\u202e')", R"("b\u202e")")},
  };
  for (const auto& [name, text] : table) {
    BOOST_TEST_CONTEXT(name) {
      CheckRefused(ErrorOf([&bad = name] { ChannelName::Parse(bad); }), name, text);
    }
  }
}

BOOST_AUTO_TEST_CASE(parts_that_do_not_make_a_name_are_refused_each_by_itself) {
  struct Row {
    ChannelName parts;
    std::string text;
  };
  const std::vector<Row> table = {
      {{"", "a", "b", "", ""}, UnknownVisibility("\"\"")},
      {{"public:", "a", "b", "", ""}, UnknownVisibility("\"public:\"")},
      {{"public", "a.b", "c", "", ""}, BadCharacter("'.'", "\"a.b\"")},
      {{"public", "a", "b.c", "", ""}, BadCharacter("'.'", "\"b.c\"")},
      {{"public", "a", "b", "c.d", ""}, BadCharacter("'.'", "\"c.d\"")},
      {{"public", "a", "b", "c", "d.e"}, BadCharacter("'.'", "\"d.e\"")},
      {{"public", "a", "b", "c", "d:e"}, BadCharacter("':'", "\"d:e\"")},
      {{"public", "", "b", "", ""}, kEmpty},
      {{"public", "a", "", "", ""}, kEmpty},
      {{"public", "a", "", "c", ""}, kEmpty},
      {{"public", "a", "b", "", "d"}, kEmpty},
      {{"private", "a", "b", "", ""}, kId},
      {{"private", "a", "b", "", "d"}, kId},
  };
  for (const Row& row : table) {
    const auto error = ErrorOf([&] { row.parts.Build(); });
    BOOST_TEST_CONTEXT(row.text) { CheckRefused(error, error ? error->channel() : "", row.text); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
