#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless::test {

struct Point {
  int x = 0;
  int y = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Point, x, y)

struct Thrower {};
void from_json(const nlohmann::json&, Thrower&) { throw std::runtime_error("no such thing"); }

}  // namespace gapless::test

namespace gapless {
namespace {

using test::CodeOf;
using test::ErrorOf;
using test::Number;
using test::SampleWithPayload;

BOOST_AUTO_TEST_SUITE(payload)

BOOST_AUTO_TEST_CASE(a_payload_reads_as_a_dom) {
  const nlohmann::json dom = SampleWithPayload(R"( {"a":[1,2.5,null],"n":9223372036854775807} )").ParsePayload();
  BOOST_TEST(dom.at("a").size() == 3u);
  BOOST_TEST(dom.at("n").get<std::int64_t>() == INT64_MAX);
}

BOOST_AUTO_TEST_CASE(no_payload_reads_as_null) { BOOST_TEST(SampleWithPayload("").ParsePayload().is_null()); }

BOOST_AUTO_TEST_CASE(bytes_that_are_not_utf8_read_as_the_replacement_character) {
  BOOST_TEST(SampleWithPayload("\"a\xFF\"").ParsePayload().get<std::string>() == "a\xEF\xBF\xBD");
  BOOST_TEST(SampleWithPayload(R"("\ud800b")").ParsePayload().get<std::string>() ==
             "\xEF\xBF\xBD"
             "b");
  BOOST_TEST(SampleWithPayload("{ \"\xED\xA0\x80\" : [\"\\\"\\ud83d\\ude00\", 1 ] }").ParsePayload().dump() ==
             "{\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\":[\"\\\"\xF0\x9F\x98\x80\",1]}");
}

BOOST_AUTO_TEST_CASE(what_is_not_one_value_is_refused) {
  for (const std::string payload : {" ", "{", "1 2", "[1,]",
                                    "\xEF\xBB\xBF"
                                    "1",
                                    "1e400", "[1,-1e999]", "\"\n\""}) {
    const auto error = ErrorOf([&] { SampleWithPayload(payload).ParsePayload(); });
    BOOST_TEST_CONTEXT(payload) {
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(Number(error->errc()) == Number(Errc::kPayloadNotJson));
      BOOST_TEST(error->channel() == SampleWithPayload("").channel);
      BOOST_TEST(error->producer() == "u-1");
      BOOST_TEST(error->sequence() == 1);
      BOOST_TEST(error->raw() == payload);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_dom_is_as_deep_as_go_allows_and_no_deeper) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  BOOST_TEST(SampleWithPayload(nested(10'000)).ParsePayload().is_array());
  BOOST_TEST(CodeOf([&] { SampleWithPayload(nested(10'001)).ParsePayload(); }) == Number(Errc::kPayloadNotJson));
}

BOOST_AUTO_TEST_CASE(a_payload_converts_to_a_users_type) {
  const auto point = SampleWithPayload(R"({"x":3,"y":-4,"z":0})").PayloadAs<test::Point>();
  BOOST_TEST(point.x == 3);
  BOOST_TEST(point.y == -4);
}

BOOST_AUTO_TEST_CASE(a_payload_that_does_not_fit_the_type_names_aspect_and_reason) {
  for (const std::string payload : {"", "null", "[]", R"({"x":3})", R"({"x":"3","y":4})"}) {
    Envelope envelope = SampleWithPayload(payload);
    envelope.aspect = "line\nend";
    const auto error = ErrorOf([&] { envelope.PayloadAs<test::Point>(); });
    BOOST_TEST_CONTEXT(payload) {
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(Number(error->errc()) == Number(Errc::kPayloadType));
      BOOST_TEST(std::string(error->what()).find(R"(aspect "line\nend": )") == 0u, error->what());
      BOOST_TEST(error->raw() == payload);
      BOOST_TEST(error->sequence() == 1);
    }
  }
  const auto error = ErrorOf([] { SampleWithPayload("1").PayloadAs<test::Thrower>(); });
  BOOST_REQUIRE(error.has_value());
  BOOST_TEST(std::string(error->what()).find("no such thing") != std::string::npos);
  BOOST_TEST(CodeOf([] { SampleWithPayload("{").PayloadAs<test::Point>(); }) == Number(Errc::kPayloadNotJson));
}

BOOST_AUTO_TEST_CASE(a_value_without_a_json_text_is_refused) {
  BOOST_TEST(internal::ToPayloadText(test::Point{1, 2}) == R"({"x":1,"y":2})");
  BOOST_TEST(CodeOf([] { internal::ToPayloadText(std::string("\xFF")); }) == Number(Errc::kPayloadNotJson));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
