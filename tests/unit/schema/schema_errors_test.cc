// A schema that cannot be enforced in full is refused, and the message names keyword and place.

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::Contains;
using test::RefusalOf;
using test::Repeated;

struct Case {
  const char* schema;
  const char* keyword;
  const char* place;
};

void CheckNamed(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    BOOST_TEST_CONTEXT(c.schema) {
      const std::string start = std::string("keyword \"") + c.keyword + "\" at " + c.place + ' ';
      BOOST_TEST(RefusalOf(c.schema).substr(0, start.size()) == start);
    }
  }
}

BOOST_AUTO_TEST_SUITE(schema_errors)

BOOST_AUTO_TEST_CASE(keywords_that_would_not_be_enforced) {
  CheckNamed({
      {R"({"patternProperties":{}})", "patternProperties", "the root"},
      {R"({"typ":"string"})", "typ", "the root"},
      {R"({"Type":"string"})", "Type", "the root"},
      {R"({"$id":"x"})", "$id", "the root"},
      {R"({"id":"x"})", "id", "the root"},
      {R"({"prefixItems":[]})", "prefixItems", "the root"},
      {R"({"unevaluatedProperties":false})", "unevaluatedProperties", "the root"},
      {R"({"minContains":1})", "minContains", "the root"},
      {R"({"dependentRequired":{}})", "dependentRequired", "the root"},
      {R"({"additionalItems":false})", "additionalItems", "the root"},
      {R"({"type":"object","properties":{"a/b":{"type":"array","items":{"x":1}}}})", "x",
       R"("/properties/a~1b/items")"},
      {R"({"anyOf":[{},{"not":{"y":1}}]})", "y", R"("/anyOf/1/not")"},
      {R"({"definitions":{"a":{"z":1}}})", "z", R"("/definitions/a")"},
      {R"({"dependencies":{"a":{"z":1}}})", "z", R"("/dependencies/a")"},
      {R"({"properties":{"a":{"z":1}}})", "z", R"("/properties/a")"},  // Parsec does not look there; we still check it.
      {R"({"then":{}})", "then", "the root"},
      {R"({"else":{}})", "else", "the root"},
      {R"({"$ref":"#/definitions/a","definitions":{"a":{}},"minimum":1})", "minimum", "the root"},
      {R"({"$ref":"#/definitions/a","definitions":{"a":{}},"type":"string"})", "type", "the root"},
      {R"({"oneOf":[{"required":["a"]}]})", "required", R"("/oneOf/0")"},
      {R"({"not":{"properties":{}}})", "properties", R"("/not")"},
      {R"({"allOf":[{"type":"array","additionalProperties":false}]})", "additionalProperties", R"("/allOf/0")"},
      {R"({"allOf":[{"items":{}}]})", "items", R"("/allOf/0")"},
      {R"({"not":{"type":"strin"}})", "type", R"("/not")"},
      {R"({"format":"phone"})", "format", "the root"},
  });
}

BOOST_AUTO_TEST_CASE(values_of_the_wrong_shape) {
  CheckNamed({
      {R"({"type":["string","null"]})", "type", "the root"},
      {R"({"type":5})", "type", "the root"},
      {R"({"required":"a"})", "required", "the root"},
      {R"({"required":[1]})", "required", "the root"},
      {R"({"required":["a\u0000b"]})", "required", "the root"},
      {R"({"properties":[]})", "properties", "the root"},
      {R"({"properties":{"a\u0000":{}}})", "properties", "the root"},
      {R"({"additionalProperties":{"type":"string"}})", "additionalProperties", "the root"},
      {R"({"enum":5})", "enum", "the root"},
      {R"({"description":5})", "description", "the root"},
      {R"({"title":5})", "title", "the root"},
      {R"({"readOnly":"no"})", "readOnly", "the root"},
      {R"({"definitions":[]})", "definitions", "the root"},
      {R"({"minimum":"1"})", "minimum", "the root"},
      {R"({"minimum":null})", "minimum", "the root"},
      {R"({"exclusiveMinimum":true})", "exclusiveMinimum", "the root"},
      {R"({"multipleOf":0})", "multipleOf", "the root"},
      {R"({"multipleOf":-1})", "multipleOf", "the root"},
      {R"({"minLength":-1})", "minLength", "the root"},
      {R"({"maxItems":1.5})", "maxItems", "the root"},
      {R"({"maxItems":1e30})", "maxItems", "the root"},
      {R"({"uniqueItems":1})", "uniqueItems", "the root"},
      {R"({"pattern":5})", "pattern", "the root"},
      {R"({"format":5})", "format", "the root"},
      {R"({"allOf":{}})", "allOf", "the root"},
      {R"({"allOf":[]})", "allOf", "the root"},
      {R"({"oneOf":[]})", "oneOf", "the root"},
      {R"({"dependencies":[]})", "dependencies", "the root"},
      {R"({"dependencies":{"a":[1]}})", "dependencies", "the root"},
      {R"({"$ref":5})", "$ref", "the root"},
      {R"({"$ref":"other.json"})", "$ref", "the root"},
      {R"({"$ref":"https://example.com/a#/b"})", "$ref", "the root"},
      {R"({"$ref":"#a"})", "$ref", "the root"},
      {R"({"$ref":"#/a~2"})", "$ref", "the root"},
      {R"({"$ref":"#/a%2"})", "$ref", "the root"},
      {R"({"$ref":"#/nowhere"})", "$ref", "the root"},
      {R"({"$ref":"#/definitions"})", "$ref", "the root"},
  });
}

BOOST_AUTO_TEST_CASE(schemas_that_are_no_objects) {
  for (const char* schema : {"true", "[]", "5", "null", "\"string\""}) {
    BOOST_TEST(RefusalOf(schema) == "the schema at the root must be an object");
  }
  BOOST_TEST(RefusalOf(R"({"items":[]})") == "the schema at \"/items\" must be an object");
  BOOST_TEST(RefusalOf(R"({"not":true})") == "the schema at \"/not\" must be an object");
  BOOST_TEST(RefusalOf(R"({"properties":{"a":true}})") == "the schema at \"/properties/a\" must be an object");
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_schemas) {
  BOOST_TEST(RefusalOf("{") == "the schema is not JSON: byte 1: the text ends too early");
  BOOST_TEST(RefusalOf("{} {}") == "the schema is not JSON: byte 3: more text after the value");
  BOOST_TEST(RefusalOf(R"({"type":"string","type":"number"})") ==
             "the schema is not JSON: the key \"type\" appears twice in one object");
}

BOOST_AUTO_TEST_CASE(patterns_that_cannot_be_enforced) {
  BOOST_TEST(RefusalOf(R"({"pattern":"(?=a)b"})") ==
             "keyword \"pattern\" at the root has a regular expression that cannot be enforced: "
             "lookahead is not supported near character 3");
  BOOST_TEST(Contains(RefusalOf(R"({"pattern":"(a)\\1"})"), "backreferences are not supported"));
  BOOST_TEST(Contains(RefusalOf(R"({"pattern":"(a"})"), "missing )"));
}

BOOST_AUTO_TEST_CASE(annotations_are_taken) {
  BOOST_TEST(RefusalOf(R"({"$schema":"http://json-schema.org/draft-07/schema#","title":"t","description":"d",)"
                       R"("default":[{"any":1}],"examples":[1],"$comment":"c","readOnly":true,"writeOnly":false})") ==
             "");
}

BOOST_AUTO_TEST_CASE(sizes_are_bounded) {
  BOOST_TEST(Contains(RefusalOf(R"({"description":")" + Repeated("x", 300'000) + "\"}"), "too large"));
  BOOST_TEST(Contains(RefusalOf(R"({"enum":[)" + Repeated("1,", 20'000) + "1]}"), "too large"));
  BOOST_TEST(Contains(RefusalOf(Repeated(R"({"not":)", 70) + "{}" + Repeated("}", 70)), "too large"));
  BOOST_TEST(Contains(RefusalOf(R"({"properties":{")" + Repeated("n", 5'000) + R"(":{}}})"), "too long"));
}

BOOST_AUTO_TEST_CASE(the_error_says_which_aspect_of_which_pattern) {
  Registry registry;
  ChannelPattern pattern = test::PatternWith("sessions:{id}", "{}");
  pattern.aspects["cursor"].payload_schema = R"({"typ":"string"})";
  const std::string what = test::TextOf([&] { registry.Register(pattern); });
  BOOST_TEST(Contains(what, R"(aspect "cursor" of pattern "sessions:{id}": keyword "typ" at the root)"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
