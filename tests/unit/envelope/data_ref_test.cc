#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::ErrorOf;

void CheckRead(const std::string& payload, const DataRef& expected) {
  BOOST_TEST_CONTEXT(payload) {
    const DataRef read = DataRef::FromPayload(payload);
    BOOST_TEST(read.url == expected.url);
    BOOST_TEST(read.size_bytes == expected.size_bytes);
    BOOST_TEST(read.content_hash == expected.content_hash);
  }
}

BOOST_AUTO_TEST_SUITE(data_ref)

BOOST_AUTO_TEST_CASE(keys_stand_in_order_and_an_empty_hash_is_omitted) {
  BOOST_TEST(DataRef::kAspect == "data_ref");
  BOOST_TEST((DataRef{"u?a=1&b", 5, "h"}.ToPayload()) == R"({"url":"u?a=1\u0026b","size_bytes":5,"content_hash":"h"})");
  BOOST_TEST((DataRef{"", 0, ""}.ToPayload()) == R"({"url":"","size_bytes":0})");
  BOOST_TEST((DataRef{"\xFF\"", INT64_MIN, ""}.ToPayload()) ==
             R"({"url":"\ufffd\"","size_bytes":-9223372036854775808})");
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  for (const DataRef& ref : std::vector<DataRef>{{"https://x/?a=<1>&b=\n", 1, "sha256:ab"}, {"", INT64_MAX, ""}}) {
    CheckRead(ref.ToPayload(), ref);
  }
  CheckRead(R"( { "more":[], "content_hash":"h", "size_bytes":-1, "url":"u" } )", {"u", -1, "h"});
}

BOOST_AUTO_TEST_CASE(other_payloads_are_refused_with_the_member_that_does_not_fit) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "object"},
      {"[]", "object"},
      {"null", "object"},
      {"{", "payload byte 1"},
      {"{}", "\"url\""},
      {R"({"size_bytes":1})", "\"url\""},
      {R"({"url":1,"size_bytes":1})", "\"url\""},
      {R"({"url":"u"})", "\"size_bytes\""},
      {R"({"url":"u","size_bytes":"1"})", "\"size_bytes\""},
      {R"({"url":"u","size_bytes":1.0})", "\"size_bytes\""},
      {R"({"url":"u","size_bytes":1e3})", "\"size_bytes\""},
      {R"({"url":"u","size_bytes":9223372036854775808})", "\"size_bytes\""},
      {R"({"url":"u","size_bytes":-9223372036854775809})", "\"size_bytes\""},
      {R"({"url":"u","size_bytes":1,"content_hash":null})", "\"content_hash\""},
  };
  for (const auto& [payload, named] : table) {
    const auto error = ErrorOf([&bad = payload] { DataRef::FromPayload(bad); });
    BOOST_TEST_CONTEXT(payload) {
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(test::Number(error->errc()) == test::Number(Errc::kPayloadType));
      BOOST_TEST(std::string(error->what()).find(named) != std::string::npos, error->what());
      BOOST_TEST(error->raw() == payload);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
