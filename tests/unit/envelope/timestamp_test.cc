#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::ErrorOf;
using test::Milliseconds;
using test::Number;

BOOST_AUTO_TEST_SUITE(timestamp)

BOOST_AUTO_TEST_CASE(C5_texts_have_three_fraction_digits_and_Z) {
  const std::vector<std::pair<Timestamp, std::string>> table = {
      {Milliseconds(1'779'891'729'331), "2026-05-27T14:22:09.331Z"},
      {Milliseconds(0), "1970-01-01T00:00:00.000Z"},
      {Milliseconds(-1), "1969-12-31T23:59:59.999Z"},
      {Milliseconds(7), "1970-01-01T00:00:00.007Z"},
      {Milliseconds(951'782'400'000), "2000-02-29T00:00:00.000Z"},
      {kUnsetTime, "0001-01-01T00:00:00.000Z"},
      {Milliseconds(-62'167'219'200'000), "0000-01-01T00:00:00.000Z"},
      {Milliseconds(253'402'300'799'999), "9999-12-31T23:59:59.999Z"},
  };
  for (const auto& [time, text] : table) {
    BOOST_TEST(FormatTimestamp(time) == text);
    BOOST_CHECK(ParseTimestamp(text) == time);
  }
}

BOOST_AUTO_TEST_CASE(times_outside_the_years_0_to_9999_have_no_text) {
  for (const Timestamp time :
       {Milliseconds(-62'167'219'200'001), Milliseconds(253'402'300'800'000), Timestamp::min(), Timestamp::max()}) {
    const auto error = ErrorOf([&] { FormatTimestamp(time); });
    BOOST_REQUIRE(error.has_value());
    BOOST_TEST(Number(error->errc()) == Number(Errc::kInvalidArgument));
    BOOST_TEST(std::string(error->what()).find(std::to_string(time.time_since_epoch().count())) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(C6_C20_texts_that_mean_the_same_time_are_read_alike) {
  for (const std::string text :
       {"2026-05-27T14:22:09.331Z", "2026-05-27T14:22:09,331Z", "2026-05-27T14:22:09.331999999Z",
        "2026-05-27T14:22:09.33199999999999999999999999Z", "2026-05-27T16:22:09.331+02:00",
        "2026-05-27T14:22:09.331-00:00", "2026-05-26T14:22:09.331-24:00", "2026-05-28T15:22:09.331+24:60",
        "2026-05-27T2:22:09.331-12:00"}) {
    BOOST_TEST(FormatTimestamp(ParseTimestamp(text)) == "2026-05-27T14:22:09.331Z", text);
  }
  BOOST_TEST(FormatTimestamp(ParseTimestamp("2026-05-27T14:22:09Z")) == "2026-05-27T14:22:09.000Z");
  BOOST_TEST(FormatTimestamp(ParseTimestamp("2026-05-27T14:22:09.3Z")) == "2026-05-27T14:22:09.300Z");
}

BOOST_AUTO_TEST_CASE(C20_everything_else_is_refused_with_the_text_in_the_message) {
  for (const std::string text : {"",
                                 "2026-05-27t14:22:09Z",
                                 "2026-05-27T14:22:09z",
                                 "2026-05-27 14:22:09Z",
                                 "2026-05-27T14:22:09",
                                 "2026-05-27T14:22:09+0200",
                                 "2026-05-27T14:22:09+02",
                                 "2026-05-27T14:22:09+2:00",
                                 "2026-05-27T14:22:09.Z",
                                 "2026-05-27T14:22:09,+02:00",
                                 "2026-5-27T14:22:09Z",
                                 "2026-05-7T14:22:09Z",
                                 "2026-05-27T14:2:09Z",
                                 "2026-05-27T14:22:9Z",
                                 "2026-05-27T14:22:60Z",
                                 "2026-05-27T14:60:09Z",
                                 "2026-05-27T24:00:00Z",
                                 "2026-02-29T14:22:09Z",
                                 "2026-13-01T14:22:09Z",
                                 "2026-00-01T14:22:09Z",
                                 "2026-01-00T14:22:09Z",
                                 "2026-05-27T14:22:09+25:00",
                                 "2026-05-27T14:22:09+12:61",
                                 " 2026-05-27T14:22:09Z",
                                 "2026-05-27T14:22:09Z ",
                                 "12026-05-27T14:22:09Z",
                                 "-026-05-27T14:22:09Z",
                                 "today"}) {
    const test::FencedText fenced(text);
    const auto error = ErrorOf([&] { ParseTimestamp(fenced.view()); });
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
      BOOST_TEST(std::string(error->what()).find('"' + text + '"') == 0u);
      BOOST_TEST(error->raw() == text);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_truncated_text_is_refused) {
  const std::string text = "2026-05-27T14:22:09.331+02:00";
  for (std::size_t length = 0; length < text.size(); ++length) {
    const test::FencedText fenced(text.substr(0, length));
    BOOST_TEST(CodeOf([&] { ParseTimestamp(fenced.view()); }) == Number(Errc::kMalformed));
  }
}

BOOST_AUTO_TEST_CASE(an_endless_fraction_is_read_to_its_end) {
  BOOST_TEST(FormatTimestamp(ParseTimestamp("2026-05-27T14:22:09." + std::string(1'000'000, '9') + "Z")) ==
             "2026-05-27T14:22:09.999Z");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
