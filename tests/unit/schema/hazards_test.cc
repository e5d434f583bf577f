// What brings valijson down, or lets it hang or lie, when it is used bare: ours survives it.

#include <pthread.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::Contains;
using test::EnvelopeWith;
using test::RefusalOf;
using test::RegistryWith;
using test::Repeated;
using test::ViolationOf;

void* RunTask(void* task) {
  (*static_cast<const std::function<void()>*>(task))();
  return nullptr;
}

/// Runs `task` on a thread that has only so much stack.
void RunWithStack(std::size_t bytes, const std::function<void()>& task) {
  pthread_attr_t attributes;
  BOOST_REQUIRE(pthread_attr_init(&attributes) == 0);
  BOOST_REQUIRE(pthread_attr_setstacksize(&attributes, bytes) == 0);
  pthread_t thread{};
  std::function<void()> copy = task;
  BOOST_REQUIRE(pthread_create(&thread, &attributes, RunTask, &copy) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

BOOST_AUTO_TEST_SUITE(hazards)

BOOST_AUTO_TEST_CASE(a_bad_schema_throws_instead_of_ending_the_process) {
  BOOST_TEST(!RefusalOf(R"({"type":{}})").empty());
  BOOST_TEST(!RefusalOf(R"({"items":5})").empty());
}

BOOST_AUTO_TEST_CASE(long_strings_against_a_pattern) {
  const std::string schema = R"({"pattern":"^[a-z0-9-]+$"})";
  BOOST_TEST(ViolationOf(schema, '"' + Repeated("a", 900'000) + '"') == "");
  BOOST_TEST(ViolationOf(schema, '"' + Repeated("a", 900'000) + "!\"") == "schema: <root> violates pattern");
}

BOOST_AUTO_TEST_CASE(long_strings_against_a_format) {
  for (const char* format : {"date-time", "date", "time", "email", "uri", "hostname", "ipv6", "ipv4", "uuid"}) {
    const std::string schema = std::string(R"({"format":")") + format + "\"}";
    BOOST_TEST(ViolationOf(schema, '"' + Repeated("1", 900'000) + '"') == "schema: <root> violates format");
  }
  BOOST_TEST(ViolationOf(R"({"format":"uri"})", "\"x:" + Repeated("a", 900'000) + '"') == "");
}

BOOST_AUTO_TEST_CASE(exponential_patterns) {
  BOOST_TEST(ViolationOf(R"({"pattern":"^(a+)+$"})", '"' + Repeated("a", 100'000) + "!\"") ==
             "schema: <root> violates pattern");
}

BOOST_AUTO_TEST_CASE(property_names_go_through_the_same_patterns) {
  const std::string payload = "{\"" + Repeated("a", 500'000) + "\":1}";
  BOOST_TEST(ViolationOf(R"({"propertyNames":{"pattern":"^[a-z]+$"}})", payload) == "");
}

BOOST_AUTO_TEST_CASE(deep_payloads_against_recursive_schemas) {
  for (const char* schema : {R"({"type":"array","items":{"$ref":"#"}})",
                             R"({"type":"object","properties":{"a":{"$ref":"#"}}})", "{}", R"({"enum":[[[[]]]]})"}) {
    BOOST_TEST(Contains(ViolationOf(schema, Repeated("[", 100'000) + Repeated("]", 100'000)), "nested too deeply"));
    BOOST_TEST(Contains(ViolationOf(schema, Repeated("[", 9'000) + Repeated("]", 9'000)), "nested deeper"));
    BOOST_TEST(
        Contains(ViolationOf(schema, Repeated(R"({"a":)", 9'000) + "1" + Repeated("}", 9'000)), "nested deeper"));
    BOOST_TEST(!Contains(ViolationOf(schema, Repeated("[", 64) + Repeated("]", 64)), "nested deeper"));
  }
}

/// Applies as many schemas to each value as may be, and then itself to each item.
std::string LongestChain() {
  std::string schema = R"({"type":"array","items":{"$ref":"#"}})";
  std::string definitions;
  for (int i = 0; i < 6; ++i) {
    definitions +=
        "\"d" + std::to_string(i) + R"(":{"allOf":[{"$ref":"#/definitions/d)" + std::to_string(i + 1) + "\"}]},";
  }
  return R"({"allOf":[{"$ref":"#/definitions/d0"}],"definitions":{)" + definitions + R"("d6":)" + schema + "}}";
}

// Sanitizers pad every frame.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kSmallStackBytes = 8 << 20;
#else
constexpr std::size_t kSmallStackBytes = 2 << 20;
#endif

BOOST_AUTO_TEST_CASE(the_deepest_check_fits_a_small_stack) {
  const Validator validator(RegistryWith(LongestChain()), ValidationMode::kStrict);
  const Envelope deep = EnvelopeWith(Repeated("[", 64) + Repeated("]", 64));
  const Envelope broken = EnvelopeWith(Repeated("[", 63) + "1" + Repeated("]", 63));
  bool passes = false;
  bool fails = false;
  RunWithStack(kSmallStackBytes, [&] {
    passes = !validator.Check(deep).has_value();
    fails = validator.Check(broken).has_value();
  });
  BOOST_TEST(passes);
  BOOST_TEST(fails);
}

BOOST_AUTO_TEST_CASE(schemas_that_apply_themselves_for_ever) {
  const std::vector<std::string> cases = {
      R"({"$ref":"#"})",
      R"({"allOf":[{"$ref":"#"}]})",
      R"({"anyOf":[{"type":"string"},{"$ref":"#"}]})",
      R"({"not":{"$ref":"#"}})",
      R"({"if":{"$ref":"#"}})",
      R"({"dependencies":{"a":{"$ref":"#"}}})",
      R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}})",
      R"({"definitions":{"a":{"$ref":"#/definitions/a"}}})",
      R"({"definitions":{"a":{"oneOf":[{"$ref":"#/definitions/b"}]},"b":{"not":{"$ref":"#/definitions/a"}}}})",
  };
  for (const std::string& schema : cases) {
    BOOST_TEST_CONTEXT(schema) { BOOST_TEST(Contains(RefusalOf(schema), "applies itself for ever")); }
  }
  // By way of a member it ends with the payload.
  BOOST_TEST(RefusalOf(R"({"contains":{"$ref":"#"}})") == "");
  BOOST_TEST(RefusalOf(R"({"propertyNames":{"$ref":"#"}})") == "");
}

std::string Chain(int length, const std::string& before, const std::string& after) {
  std::string definitions;
  for (int i = 0; i < length; ++i) {
    definitions += "\"d" + std::to_string(i) + "\":" + before + R"({"$ref":"#/definitions/d)" + std::to_string(i + 1) +
                   "\"}" + after + ',';
  }
  return R"({"allOf":[{"$ref":"#/definitions/d0"}],"definitions":{)" + definitions + "\"d" + std::to_string(length) +
         R"(":{"type":"string"}}})";
}

BOOST_AUTO_TEST_CASE(long_chains) {
  BOOST_TEST(ViolationOf(Chain(2'000, "", ""), "1") == "schema: <root> expected string");
  BOOST_TEST(Contains(RefusalOf(Chain(2'000, R"({"allOf":[)", "]}")), "more than 8 schemas apply"));
  BOOST_TEST(ViolationOf(Chain(6, R"({"allOf":[)", "]}"), "1") == "schema: <root> expected string");
  BOOST_TEST(Contains(RefusalOf(Chain(7, R"({"not":)", "}")), "more than 8 schemas apply"));
}

// A tenth of the default, for builds that are not optimised.
constexpr PayloadLimits kFewSteps{.max_steps = 40'000};

BOOST_AUTO_TEST_CASE(alternatives_that_multiply) {
  // Every level is tried twice by the level above it: 2^64 ways for 64 levels.
  const std::string schema = R"({"anyOf":[{"type":"array","items":{"$ref":"#"},"maxItems":5},)"
                             R"({"type":"array","items":{"$ref":"#"},"minItems":9}]})";
  const std::string payload = Repeated("[", 60) + "1" + Repeated("]", 60);
  BOOST_TEST(Contains(ViolationOf(schema, payload, kFewSteps), "takes too long to check"));
  BOOST_TEST(ViolationOf(schema, "[[[[]]]]") == "");

  // Twelve ways at each of six levels, all of the same value.
  std::string multiplying = R"({"allOf":[{"$ref":"#/definitions/d0"}],"definitions":{)";
  for (int i = 0; i < 6; ++i) {
    const std::string next = R"({"$ref":"#/definitions/d)" + std::to_string(i + 1) + "\"}";
    multiplying += "\"d" + std::to_string(i) + R"(":{"allOf":[)" + Repeated(next + ',', 11) + next + "]},";
  }
  multiplying += R"("d6":{"type":"string"}}})";
  BOOST_TEST(Contains(ViolationOf(multiplying, "\"x\"", kFewSteps), "takes too long to check"));
  BOOST_TEST(ViolationOf(multiplying, "1") == "schema: <root> expected string");
}

BOOST_AUTO_TEST_CASE(wide_schemas_over_many_values) {
  std::string schema = R"({"type":"array","items":{"type":"object","properties":{)";
  for (int i = 0; i < 4'000; ++i) schema += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + "\":null";
  schema += "}}}";
  BOOST_TEST(Contains(ViolationOf(schema, '[' + Repeated("{},", 50'000) + "{}]", kFewSteps), "steps"));
  BOOST_TEST(ViolationOf(schema, '[' + Repeated("{},", 50) + "{}]", kFewSteps) == "");
}

BOOST_AUTO_TEST_CASE(a_broken_pattern_is_found_at_registration) {
  BOOST_TEST(Contains(RefusalOf(R"({"type":"object","properties":{"a":{"pattern":"["}}})"), "/properties/a"));
}

BOOST_AUTO_TEST_CASE(unique_items_of_long_arrays) {
  std::string distinct = "[";
  for (int i = 0; i < 90'000; ++i) distinct += std::to_string(i) + ',';
  // Comparing each with each would be four thousand million comparisons.
  BOOST_TEST(ViolationOf(R"({"uniqueItems":true})", distinct + "-1]") == "");
  BOOST_TEST(ViolationOf(R"({"uniqueItems":true})", distinct + "0]") == "schema: <root> violates uniqueItems");
}

BOOST_AUTO_TEST_CASE(numbers_above_int64) {
  BOOST_TEST(ViolationOf(R"({"minimum":0})", "18446744073709551615") == "");
  BOOST_TEST(ViolationOf(R"({"type":"number","minimum":0})", "9223372036854775808") == "");
  BOOST_TEST(ViolationOf(R"({"maximum":1})", "18446744073709551615") == "schema: <root> violates maximum");
  BOOST_TEST(ViolationOf(R"({"multipleOf":2})", "1e30") == "");
  BOOST_TEST(ViolationOf(R"({"minimum":18446744073709551615})", "1e19") == "schema: <root> violates minimum");
}

BOOST_AUTO_TEST_CASE(property_names_that_hold_a_nul) {
  const std::string schema = R"({"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]})";
  BOOST_TEST(ViolationOf(schema, R"({"a\u0000b":"x"})") == "schema: missing required field <root>.a");
  BOOST_TEST(ViolationOf(schema, R"({"a":1,"a\u0000b":"x"})") == "");
  const std::string closed = R"({"type":"object","properties":{"a":{}},"additionalProperties":false})";
  BOOST_TEST(ViolationOf(closed, R"({"a":1,"a\u0000":"x"})") == R"(schema: unexpected field <root>."a\x00")");
}

BOOST_AUTO_TEST_CASE(text_after_a_nul_byte) {
  BOOST_TEST(Contains(ViolationOf("{}", std::string("1\0 2", 4)), "payload is not JSON"));
  BOOST_TEST(Contains(ViolationOf("{}",
                                  "\xEF\xBB\xBF"
                                  "1"),
                      "payload is not JSON"));
}

BOOST_AUTO_TEST_CASE(text_that_is_not_utf8) {
  BOOST_TEST(ViolationOf(R"({"enum":["a\ufffd"]})", "\"a\xff\"") == "");
  BOOST_TEST(ViolationOf(R"({"enum":["\ufffd"]})", R"("\ud800")") == "");
  BOOST_TEST(ViolationOf(R"({"maxLength":1})", "\"\xff\"") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
