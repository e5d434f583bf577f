#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::Contains;
using test::ErrorOf;
using test::Number;
using test::PatternWith;
using test::Repeated;
using test::TextOf;

std::vector<std::string> NamesOf(const std::vector<ChannelPattern>& patterns) {
  std::vector<std::string> names;
  for (const ChannelPattern& pattern : patterns) names.push_back(pattern.pattern);
  return names;
}

std::vector<std::int64_t> VersionsOf(const std::vector<ChannelPattern>& patterns) {
  std::vector<std::int64_t> versions;
  for (const ChannelPattern& pattern : patterns) versions.push_back(pattern.version);
  return versions;
}

Registry WithPatterns(const std::vector<std::string>& patterns) {
  Registry registry;
  for (const std::string& pattern : patterns) registry.Register({.pattern = pattern});
  return registry;
}

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(C53_resolves_to_the_most_specific_match) {
  const Registry registry =
      WithPatterns({"**", "*.*", "{a}.{b}", "a.*", "a.{b}", "a.b", "a.**", "x.**", "{a}.{b}.{c}"});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a.b", "a.b"},           {"a:b", "a.b"}, {"a.c", "a.{b}"},         {"z.c", "{a}.{b}"},  {"z", "**"},
      {"a.b.c", "{a}.{b}.{c}"},  // 6 against 4 for a.**
      {"a.b.c.d", "a.**"},      {"", "**"},     {"x.y.z", "{a}.{b}.{c}"}, {"x.y.z.w", "x.**"},
  };
  for (const auto& [channel, pattern] : cases) {
    BOOST_TEST_CONTEXT(channel) { BOOST_TEST(registry.Resolve(channel).pattern.pattern == pattern); }
  }
}

BOOST_AUTO_TEST_CASE(C53_equal_scores_resolve_to_the_smaller_text_whatever_the_order_of_registration) {
  BOOST_TEST(WithPatterns({"{b}", "{a}"}).Resolve("x").pattern.pattern == "{a}");
  BOOST_TEST(WithPatterns({"{a}", "{b}"}).Resolve("x").pattern.pattern == "{a}");
  BOOST_TEST(WithPatterns({"a:b", "a.b"}).Resolve("a:b").pattern.pattern == "a.b");
}

BOOST_AUTO_TEST_CASE(resolve_gives_the_bindings) {
  const auto resolution = WithPatterns({"sessions:{id}.{topic}"}).Resolve("sessions.s1.chat");
  BOOST_CHECK(resolution.bindings == (Bindings{{"id", "s1"}, {"topic", "chat"}}));
}

BOOST_AUTO_TEST_CASE(C54_updates_from_version_1_give_the_history_1_2_3_and_deregister_drops_it) {
  Registry registry;
  registry.Register({.pattern = "a", .description = "first"});
  registry.Update({.pattern = "a", .description = "second"});
  registry.Update({.pattern = "a", .description = "third"});
  BOOST_TEST(VersionsOf(registry.History("a")) == (std::vector<std::int64_t>{1, 2, 3}));
  BOOST_TEST(registry.History("a").front().description == "first");
  BOOST_TEST(registry.Get("a").description == "third");
  BOOST_TEST(registry.Resolve("a").pattern.version == 3);
  registry.Deregister("a");
  BOOST_TEST(CodeOf([&] { registry.History("a"); }) == Number(Errc::kPatternNotFound));
  registry.Register({.pattern = "a"});
  BOOST_TEST(VersionsOf(registry.History("a")) == (std::vector<std::int64_t>{1}));
}

BOOST_AUTO_TEST_CASE(an_explicit_version_is_taken_even_a_lower_one) {
  Registry registry;
  registry.Register({.pattern = "a", .version = 7});
  registry.Update({.pattern = "a", .version = 3});
  registry.Update({.pattern = "a"});
  registry.Update({.pattern = "a", .version = -1});
  registry.Update({.pattern = "a"});  // -1 + 1: Parsec stores 0 here, and so do we.
  BOOST_TEST(VersionsOf(registry.History("a")) == (std::vector<std::int64_t>{7, 3, 4, -1, 0}));
}

BOOST_AUTO_TEST_CASE(no_version_comes_after_the_highest) {
  Registry registry;
  registry.Register({.pattern = "a", .version = INT64_MAX});
  BOOST_TEST(CodeOf([&] { registry.Update({.pattern = "a"}); }) == Number(Errc::kInvalidArgument));
  BOOST_TEST(VersionsOf(registry.History("a")) == (std::vector<std::int64_t>{INT64_MAX}));
}

BOOST_AUTO_TEST_CASE(conflicts_and_absences_are_told_in_parsecs_words) {
  Registry registry;
  registry.Register({.pattern = "a.{x}"});
  BOOST_TEST(CodeOf([&] { registry.Register({.pattern = "a.{x}"}); }) == Number(Errc::kPatternConflict));
  BOOST_TEST(TextOf([&] { registry.Register({.pattern = "a.{x}"}); }) ==
             "schema: pattern conflicts with existing registration: a.{x}: pattern is registered already");
  registry.Register({.pattern = "a.{y}"});  // Another text is another pattern.

  const std::vector<std::function<void()>> not_found = {
      [&] { registry.Update({.pattern = "b"}); },
      [&] { registry.Deregister("b"); },
      [&] { registry.Get("b"); },
      [&] { registry.History("b"); },
  };
  for (const auto& call : not_found) {
    BOOST_TEST(CodeOf(call) == Number(Errc::kPatternNotFound));
    BOOST_TEST(TextOf(call) == "schema: pattern not found: b: pattern not found");
  }
  const auto no_match = ErrorOf([&] { registry.Resolve("b"); });
  BOOST_REQUIRE(no_match.has_value());
  BOOST_TEST(Number(no_match->errc()) == Number(Errc::kNoPatternMatches));
  BOOST_TEST(no_match->channel() == "b");
  BOOST_TEST(std::string(no_match->what()) == "schema: no pattern matches channel: b: no pattern matches the channel");
}

BOOST_AUTO_TEST_CASE(hostile_names_are_cut_and_escaped_in_messages) {
  const Registry registry;
  const std::string what = TextOf([&] { registry.Get("x\n\x1b[31m" + Repeated("y", 100'000)); });
  BOOST_TEST(what.size() < 300U);
  BOOST_TEST(!Contains(what, "\n"));
  BOOST_TEST(!Contains(what, "\x1b"));
}

BOOST_AUTO_TEST_CASE(what_is_refused_changes_nothing) {
  Registry registry;
  registry.Register(PatternWith("a", R"({"type":"string"})"));
  const std::vector<ChannelPattern> before = registry.List();
  BOOST_TEST(CodeOf([&] { registry.Register({.pattern = "a*"}); }) == Number(Errc::kPatternInvalid));
  BOOST_TEST(CodeOf([&] { registry.Register(PatternWith("b", "{")); }) == Number(Errc::kSchemaInvalid));
  BOOST_TEST(CodeOf([&] { registry.Update(PatternWith("a", R"({"typ":"string"})")); }) == Number(Errc::kSchemaInvalid));
  BOOST_CHECK(registry.List() == before);
  BOOST_CHECK(registry.History("a") == before);
}

BOOST_AUTO_TEST_CASE(lists_are_sorted_by_pattern) {
  const Registry registry = WithPatterns({"b", "a", "{z}", "*", "B"});
  BOOST_TEST(NamesOf(registry.List()) == (std::vector<std::string>{"*", "B", "a", "b", "{z}"}));
  BOOST_TEST(NamesOf(registry.Snapshot().patterns) == NamesOf(registry.List()));
}

BOOST_AUTO_TEST_CASE(schemas_are_kept_in_canonical_form) {
  Registry registry;
  registry.Register(PatternWith("a", R"( { "required" : [] , "minimum" : 1.0, "enum":[ 1.50 ], "type" : "number" } )"));
  BOOST_TEST(registry.Get("a").aspects.at("data").payload_schema == R"({"type":"number","enum":[1.5],"minimum":1})");
}

BOOST_AUTO_TEST_CASE(load_snapshot_replaces_everything_with_histories_of_one) {
  Registry registry;
  registry.Register({.pattern = "old"});
  registry.Register({.pattern = "a"});
  registry.Update({.pattern = "a"});
  registry.LoadSnapshot({.patterns = {{.pattern = "a"}, {.pattern = "b", .version = 5}}});
  BOOST_TEST(NamesOf(registry.List()) == (std::vector<std::string>{"a", "b"}));
  BOOST_TEST(VersionsOf(registry.History("a")) == (std::vector<std::int64_t>{1}));
  BOOST_TEST(VersionsOf(registry.History("b")) == (std::vector<std::int64_t>{5}));
  BOOST_TEST(CodeOf([&] { registry.Resolve("old"); }) == Number(Errc::kNoPatternMatches));
}

BOOST_AUTO_TEST_CASE(load_snapshot_takes_all_or_nothing) {
  const std::vector<std::pair<std::vector<ChannelPattern>, Errc>> cases = {
      {{{.pattern = "x"}, {.pattern = "y*"}}, Errc::kPatternInvalid},
      {{{.pattern = "x"}, {.pattern = ""}}, Errc::kPatternInvalid},
      {{{.pattern = "x"}, PatternWith("y", "[]")}, Errc::kSchemaInvalid},
      {{{.pattern = "x"}, {.pattern = "x"}}, Errc::kPatternConflict},
  };
  for (const auto& [patterns, code] : cases) {
    Registry registry = WithPatterns({"a"});
    const RegistrySnapshot snapshot{.patterns = patterns};
    BOOST_TEST(CodeOf([&] { registry.LoadSnapshot(snapshot); }) == Number(code));
    BOOST_TEST(NamesOf(registry.List()) == (std::vector<std::string>{"a"}));
  }
}

BOOST_AUTO_TEST_CASE(a_snapshot_travels_as_json) {
  Registry registry({.clock = [] { return Instant(std::chrono::nanoseconds(1'780'690'470'123'000'000)); }});
  registry.Register(PatternWith("sessions:{id}", R"({"type":"string"})"));
  const std::string json = registry.Snapshot().ToJson();
  BOOST_TEST(json == R"({"patterns":[{"pattern":"sessions:{id}","version":1,"aspects":{"data":{"name":"data",)"
                     R"("payload_schema":{"type":"string"}}}}],"at":"2026-06-05T20:14:30.123Z"})");
  Registry other;
  other.LoadSnapshot(RegistrySnapshot::FromJson(json));
  BOOST_CHECK(other.List() == registry.List());
}

BOOST_AUTO_TEST_CASE(L2_the_history_is_bounded) {
  Registry registry({.max_history = 3});
  registry.Register({.pattern = "a"});
  for (int i = 0; i < 10; ++i) registry.Update({.pattern = "a"});
  BOOST_TEST(VersionsOf(registry.History("a")) == (std::vector<std::int64_t>{9, 10, 11}));
  BOOST_TEST(CodeOf([] { Registry({.max_history = 0}); }) == Number(Errc::kInvalidArgument));
}

BOOST_AUTO_TEST_CASE(copies_share_one_registry) {
  Registry registry;
  Registry copy = registry;
  const Registry moved = std::move(registry);
  copy.Register({.pattern = "a"});
  BOOST_TEST(moved.List().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
