#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::ErrorOf;
using test::Number;
using test::ReadGoldenLines;
using test::Repeated;

std::string Again(const std::string& shape, const std::string& json) {
  if (shape == "pattern") return ChannelPattern::FromJson(json).ToJson();
  if (shape == "snapshot") return RegistrySnapshot::FromJson(json).ToJson();
  return Change::FromJson(json).ToJson();
}

BOOST_AUTO_TEST_SUITE(shapes)

BOOST_AUTO_TEST_CASE(C57_changes_are_written_byte_for_byte) {
  const Instant at(std::chrono::nanoseconds(1'780'690'470'123'000'000));
  const ChannelPattern sessions{
      .pattern = "sessions:{id}",
      .version = 1,
      .aspects = {{"data",
                   {.name = "data",
                    .payload_schema = R"({"additionalProperties":false,"properties":{"text":{"type":"string"}},)"
                                      R"("required":["text"],"type":"object"})"}},
                  {"cursor", {.name = "cursor"}}}};
  const Change registered{
      .kind = ChangeKind::kRegistered, .pattern = "sessions:{id}", .schema = sessions, .at = at, .missed = 3};
  BOOST_TEST(registered.ToJson() ==
             R"({"kind":"registered","pattern":"sessions:{id}","schema":{"pattern":"sessions:{id}","version":1,)"
             R"("aspects":{"cursor":{"name":"cursor"},"data":{"name":"data","payload_schema":{"type":"object",)"
             R"("required":["text"],"properties":{"text":{"type":"string"}},"additionalProperties":false}}}},)"
             R"("at":"2026-06-05T20:14:30.123Z"})");
  const Change gone{.kind = ChangeKind::kDeregistered, .pattern = "sessions:{id}", .at = at};
  BOOST_TEST(gone.ToJson() == R"({"kind":"deregistered","pattern":"sessions:{id}","at":"2026-06-05T20:14:30.123Z"})");
}

BOOST_AUTO_TEST_CASE(C57_every_field_stands_in_parsecs_order_and_is_escaped_as_go_does) {
  const ChannelPattern full{
      .pattern = "a.<b>",
      .description = "one & \"two\"",
      .version = 2,
      .aspects = {{"z", {.name = "z", .description = "last", .payload_schema = "{}", .required = true}}},
      .acl = {.publish_roles = {"w", "a"}, .subscribe_roles = {"r"}, .notes = "\xE2\x80\xA8"}};
  BOOST_TEST(
      full.ToJson() ==
      R"({"pattern":"a.\u003cb\u003e","description":"one \u0026 \"two\"","version":2,"aspects":{"z":{"name":"z",)"
      R"("description":"last","payload_schema":{},"required":true}},"acl":{"publish_roles":["w","a"],)"
      R"("subscribe_roles":["r"],"notes":"\u2028"}})");
}

BOOST_AUTO_TEST_CASE(C57_an_empty_registry_and_unset_fields) {
  BOOST_TEST(RegistrySnapshot{}.ToJson() == R"({"patterns":[],"at":"0001-01-01T00:00:00Z"})");
  BOOST_TEST(ChannelPattern{}.ToJson() == R"({"pattern":"","version":0,"aspects":null})");
  BOOST_TEST(ChannelPattern{.has_empty_aspects = true}.ToJson() == R"({"pattern":"","version":0,"aspects":{}})");
}

BOOST_AUTO_TEST_CASE(C57_go_reads_and_writes_the_same) {
  // Go takes null for a whole value.
  const std::set<std::string> ours_refuses = {"null"};
  int compared = 0;
  for (const auto& line : ReadGoldenLines("go_shapes.jsonl")) {
    const std::string shape = line.at("shape");
    const std::string given = line.at("given");
    BOOST_TEST_CONTEXT(given) {
      std::string written;
      const auto error = ErrorOf([&] { written = Again(shape, given); });
      if (line.at("go").is_null() || ours_refuses.count(given) != 0) {
        BOOST_TEST(error.has_value());
      } else {
        BOOST_REQUIRE_MESSAGE(!error, (error ? error->what() : ""));
        BOOST_TEST(written == line.at("go").get<std::string>());
        BOOST_TEST(Again(shape, written) == written);
        ++compared;
      }
    }
  }
  BOOST_TEST(compared > 400);
}

BOOST_AUTO_TEST_CASE(keywords_beyond_parsecs_follow_behind_sorted) {
  ChannelPattern pattern = test::PatternWith(
      "a", R"({"pattern":"^a","oneOf":[{"type":"string","description":"<"}],"$ref2":0,"description":"d"})");
  BOOST_TEST(CodeOf([&] { pattern.ToJson(); }) == Number(Errc::kSchemaInvalid));
  pattern = test::PatternWith(
      "a", R"({"pattern":"^a","oneOf":[{"maxLength":3,"type":"string","description":"<"}],"description":"d",)"
           R"("dependencies":{"b":["a"],"a":{"minimum":1e21,"type":"number"}},"default":{"z":1,"a":[]},)"
           R"("$defs":{"x":{"const":null}},"type":"string"})");
  BOOST_TEST(pattern.ToJson() ==
             R"({"pattern":"a","version":0,"aspects":{"data":{"name":"data","payload_schema":{"type":"string",)"
             R"("description":"d","$defs":{"x":{"const":null}},"default":{"a":[],"z":1},"dependencies":{"a":)"
             R"({"type":"number","minimum":1e+21},"b":["a"]},"oneOf":[{"type":"string","description":"\u003c",)"
             R"("maxLength":3}],"pattern":"^a"}}}})");
}

BOOST_AUTO_TEST_CASE(malformed_texts_are_refused_with_their_bytes) {
  const std::vector<std::string> cases = {
      "",
      "{",
      "{}x",
      "\xEF\xBB\xBF{}",
      std::string("{}\0", 3),
      R"({"pattern":"a","pattern":"b"})",
      R"({"aspects":{"a":{},"a":{}}})",
      R"({"aspects":{"a":{"payload_schema":{"type":"string","type":"number"}}}})",
      Repeated("[", 100'000),
      R"({"x":)" + Repeated("[", 5'000) + Repeated("]", 5'000) + "}",
      R"({"version":1e2})",
  };
  for (const std::string& text : cases) {
    BOOST_TEST_CONTEXT(text.substr(0, 80)) {
      const auto error = ErrorOf([&] { ChannelPattern::FromJson(text); });
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
      BOOST_TEST(error->raw() == text);
    }
  }
  BOOST_TEST(CodeOf([] { Change::FromJson(R"({"kind":"renamed","pattern":"a"})"); }) == Number(Errc::kMalformed));
  BOOST_TEST(CodeOf([] { Change::FromJson(R"({"pattern":"a"})"); }) == Number(Errc::kMalformed));
  BOOST_TEST(CodeOf([] { RegistrySnapshot::FromJson(R"({"patterns":{}})"); }) == Number(Errc::kMalformed));
}

BOOST_AUTO_TEST_CASE(keys_match_exactly_and_unknown_ones_are_ignored) {
  const ChannelPattern pattern = ChannelPattern::FromJson(R"({"Pattern":"A","pattern":"a","extra":{"x":[1]}})");
  BOOST_TEST(pattern.pattern == "a");
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8_is_repaired_as_go_does) {
  BOOST_TEST(ChannelPattern::FromJson("{\"pattern\":\"a\xff\"}").pattern == "a\xEF\xBF\xBD");
  BOOST_TEST(ChannelPattern{.pattern = "a\xff"}.ToJson() == R"({"pattern":"a\ufffd","version":0,"aspects":null})");
}

BOOST_AUTO_TEST_CASE(the_error_names_the_place) {
  const std::string what =
      test::TextOf([] { RegistrySnapshot::FromJson(R"({"patterns":[{},{"aspects":{"x":{"required":1}}}]})"); });
  BOOST_TEST(what == R"(registry snapshot: patterns[1].aspects."x".required must be true or false: malformed input)");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
