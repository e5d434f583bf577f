#include "envelope/quoted.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/envelope/fixtures.h"

namespace gapless::internal {
namespace {

BOOST_AUTO_TEST_SUITE(quoted)

BOOST_AUTO_TEST_CASE(texts_are_quoted_as_go_quotes_them) {
  for (const nlohmann::json& line : test::ReadGoldenLines("go_quote.jsonl")) {
    BOOST_TEST_CONTEXT(line.dump()) {
      BOOST_TEST(Quoted(test::Bytes(line.at("text"))) == test::Bytes(line.at("quoted")));
    }
  }
}

BOOST_AUTO_TEST_CASE(only_the_mark_in_use_is_escaped) {
  BOOST_TEST(Quoted("'\"", '\'') == R"('\'"')");
  BOOST_TEST(Quoted("'\"") == R"("'\"")");
}

BOOST_AUTO_TEST_CASE(an_excerpt_is_cut_after_64_bytes_and_says_so) {
  BOOST_TEST(QuotedExcerpt(std::string(64, 'a')) == '"' + std::string(64, 'a') + '"');
  BOOST_TEST(QuotedExcerpt(std::string(65, 'a')) == '"' + std::string(64, 'a') + "\"…");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
