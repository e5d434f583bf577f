// Parsec's subset of JSON Schema: what Go decides about the same schemas and payloads, and in which words.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::ReadGoldenLines;
using test::ViolationOf;

BOOST_AUTO_TEST_SUITE(subset)

BOOST_AUTO_TEST_CASE(C56_decides_and_speaks_as_go_does) {
  for (const auto& line : ReadGoldenLines("go_subset.jsonl")) {
    const std::string schema = line.at("schema");
    const std::string payload = line.at("payload");
    const std::string expected = line.at("violation");
    BOOST_TEST_CONTEXT(schema << " and " << payload) {
      const std::string violation = ViolationOf(schema, payload);
      if (expected == "schema: payload is not JSON: ") {
        BOOST_TEST(violation.substr(0, expected.size()) == expected);
      } else {
        BOOST_TEST(violation == expected);
      }
    }
  }
}

struct Case {
  const char* schema;
  const char* payload;
  const char* violation;
};

BOOST_AUTO_TEST_CASE(C56_the_rules_one_by_one) {
  const std::vector<Case> cases = {
      {R"({"type":"integer"})", "1.0", ""},
      {R"({"type":"integer"})", "1.5", "schema: <root> expected integer"},
      {R"({"type":"integer"})", "9007199254740993", ""},
      {R"({"type":"integer"})", "9223372036854775807", "schema: <root> expected integer"},
      {R"({"type":"object"})", "null", ""},
      {R"({"type":"array"})", "null", ""},
      {R"({"type":"string"})", "null", "schema: <root> expected string"},
      {R"({"type":"object","required":["a"]})", "null", "schema: missing required field <root>.a"},
      {R"({"type":"object","required":["a"]})", R"({"A":1})", "schema: missing required field <root>.a"},
      {R"({"type":"object"})", "", ""},
      {R"({"type":"string"})", "", "schema: <root> expected string"},
      {R"({"type":"unheard-of"})", "[1]", ""},
      {R"({"required":["a"]})", "{}", ""},
      {R"({"additionalProperties":false})", R"({"a":1})", ""},
      {R"({"items":{"type":"string"}})", "[1]", ""},
      {R"({"enum":[1]})", "1.0", ""},
      {R"({"enum":[1.0]})", "1", ""},
      {R"({"enum":[{"a":[1,null]}]})", R"({"a":[1.0,null]})", ""},
      {R"({"enum":["1"]})", "1", "schema: <root> not in enum"},
      {R"({"type":"string","enum":["a"]})", "1", "schema: <root> expected string"},
      {R"({"type":"object","properties":{"a":null},"additionalProperties":false})", R"({"a":[1]})", ""},
      {R"({"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"type":"null"}}}}}})",
       R"({"a":{"b":[null,null,1]}})", "schema: .a.b[2] expected null"},
      {R"({"type":"object","properties":{"a":{"type":"object","additionalProperties":false}}})", R"({"a":{"b":1}})",
       "schema: unexpected field .a.b"},
      {R"({"type":"object","properties":{"a":{"type":"object","required":["c"]}}})", R"({"a":{"b":1}})",
       "schema: missing required field .a.c"},
      {R"({"type":"number"})", "1e400", "schema: payload is not JSON: a number is too large for a double"},
      {R"({"type":"number"})", "1 2", "schema: payload is not JSON: byte 2: more text after the value"},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.schema << " and " << c.payload) {
      BOOST_TEST(ViolationOf(c.schema, c.payload) == c.violation);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_rules_beyond_parsecs_one_by_one) {
  const std::vector<Case> cases = {
      {R"({"const":1})", "1.0", ""},
      {R"({"const":false})", "true", "schema: <root> violates const"},
      {R"({"const":null})", "", ""},
      {R"({"minimum":2})", "2", ""},
      {R"({"minimum":2})", "1.9", "schema: <root> violates minimum"},
      {R"({"minimum":2})", R"("1")", ""},
      {R"({"maximum":2})", "2.1", "schema: <root> violates maximum"},
      {R"({"exclusiveMinimum":2})", "2", "schema: <root> violates exclusiveMinimum"},
      {R"({"exclusiveMaximum":2})", "2", "schema: <root> violates exclusiveMaximum"},
      {R"({"exclusiveMaximum":2})", "1.5", ""},
      {R"({"multipleOf":2})", "2.5", "schema: <root> violates multipleOf"},
      {R"({"multipleOf":2})", "4.0", ""},
      {R"({"multipleOf":0.1})", "0.3", ""},
      {R"({"multipleOf":0.1})", "0.35", "schema: <root> violates multipleOf"},
      {R"({"multipleOf":1})", "0.5", "schema: <root> violates multipleOf"},
      {R"({"multipleOf":0.01})", "1e300", ""},
      {R"({"minLength":2})", R"("\ud83d\ude00é")", ""},
      {R"({"minLength":2})", R"("\ud83d\ude00")", "schema: <root> violates minLength"},
      {R"({"maxLength":2})", R"("abc")", "schema: <root> violates maxLength"},
      {R"({"pattern":"^a.c$"})", R"("abc")", ""},
      {R"({"pattern":"b"})", R"("abc")", ""},
      {R"({"pattern":"^b"})", R"("abc")", "schema: <root> violates pattern"},
      {R"({"pattern":"^b"})", "5", ""},
      {R"({"format":"date-time"})", R"("2026-02-30T00:00:00Z")", "schema: <root> violates format"},
      {R"({"format":"date-time"})", "5", ""},
      {R"({"minItems":1})", "[]", "schema: <root> violates minItems"},
      {R"({"maxItems":1})", "[1,2]", "schema: <root> violates maxItems"},
      {R"({"uniqueItems":true})", R"([1,"1",[1],{"a":1},null,true])", ""},
      {R"({"uniqueItems":true})", "[1,2,1.0]", "schema: <root> violates uniqueItems"},
      {R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1.0}])", "schema: <root> violates uniqueItems"},
      {R"({"uniqueItems":false})", "[1,1]", ""},
      {R"({"contains":{"const":1}})", "[2,1]", ""},
      {R"({"contains":{"const":1}})", "[2]", "schema: <root> violates contains"},
      {R"({"contains":{"const":1}})", "[]", "schema: <root> violates contains"},
      {R"({"minProperties":1})", "{}", "schema: <root> violates minProperties"},
      {R"({"type":"object","minProperties":1})", "null", ""},
      {R"({"maxProperties":1})", R"({"a":1,"b":2})", "schema: <root> violates maxProperties"},
      {R"({"propertyNames":{"pattern":"^a"}})", R"({"ab":1})", ""},
      {R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})", "schema: <root> violates propertyNames"},
      {R"({"propertyNames":{"enum":["a"]}})", R"({"b":1})", "schema: <root> violates propertyNames"},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1,"b":2})", ""},
      {R"({"dependencies":{"a":["b"]}})", R"({"a":1})", "schema: <root> violates dependencies"},
      {R"({"dependencies":{"a":{"maxProperties":1}}})", R"({"a":1,"b":1})", "schema: <root> violates maxProperties"},
      {R"({"allOf":[{"minimum":1},{"maximum":3}]})", "2", ""},
      {R"({"allOf":[{"minimum":1},{"maximum":3}]})", "4", "schema: <root> violates maximum"},
      {R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "1", "schema: <root> violates anyOf"},
      {R"({"anyOf":[{"type":"string"},{"minimum":1}]})", "1", ""},
      {R"({"oneOf":[{"minimum":1},{"maximum":3}]})", "2", "schema: <root> violates oneOf"},
      {R"({"oneOf":[{"pattern":"^a"},{"pattern":"^b"}]})", R"("ac")", ""},
      {R"({"oneOf":[{"pattern":"^a"},{"pattern":"c$"}]})", R"("ac")", "schema: <root> violates oneOf"},
      {R"({"not":{"type":"integer"}})", "1.0", "schema: <root> violates not"},
      {R"({"not":{"format":"date"}})", R"("2026-01-01")", "schema: <root> violates not"},
      {R"({"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}})", R"("a")",
       "schema: <root> violates minLength"},
      {R"({"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":5}})", "4",
       "schema: <root> violates minimum"},
      {R"({"if":{"type":"string"},"then":{"minLength":2}})", "4", ""},
      {R"({"if":{"type":"string"}})", "4", ""},
      {R"({"definitions":{"a":{"type":"string"}},"$ref":"#/definitions/a"})", "1", "schema: <root> expected string"},
      {R"({"type":"object","properties":{"x":{"$ref":"#/$defs/p~1q%20r"}},"$defs":{"p/q r":{"minimum":1}}})",
       R"({"x":0})", "schema: .x violates minimum"},
      {R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"$ref":"#/properties/a"}}})", R"({"b":"x"})",
       "schema: .b expected integer"},
      {R"({"type":"object","properties":{"v":{"type":"integer"},"next":{"$ref":"#"}},"required":["v"]})",
       R"({"v":1,"next":{"v":2,"next":{"next":null}}})", "schema: missing required field .next.next.v"},
      {R"({"type":"object","properties":{"id":{"type":"string"},"$ref":{"type":"string"},"type":{"type":"integer"}}})",
       R"({"id":"x","$ref":"y","type":1})", ""},
      {R"({"enum":[{"$ref":"#/nowhere"}]})", R"({"$ref":"#/nowhere"})", ""},
  };
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.schema << " and " << c.payload) {
      BOOST_TEST(ViolationOf(c.schema, c.payload) == c.violation);
    }
  }
}

BOOST_AUTO_TEST_CASE(messages_hold_names_but_no_values) {
  const std::string schema = R"({"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false})";
  BOOST_TEST(!test::Contains(ViolationOf(schema, R"({"a":"s3cret"})"), "s3cret"));
  BOOST_TEST(ViolationOf(schema, R"({"x\ny":1})") == R"(schema: unexpected field <root>."x\ny")");
  BOOST_TEST(ViolationOf(schema, "{\"" + test::Repeated("k", 100'000) + "\":1}").size() < 200U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
