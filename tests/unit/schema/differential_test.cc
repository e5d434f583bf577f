// The engine decides and the explanation speaks; they must never disagree, whatever the schema.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "schema/compiled_schema.h"
#include "schema/json_document.h"
#include "schema/schema_text.h"
#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using Json = nlohmann::json;

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Json Schema(int depth, bool ours_only = false) {
    Json schema = Json::object();
    const std::string type = Pick({"string", "number", "integer", "boolean", "object", "array", "null", "object"});
    if (One(3) != 0 || ours_only) schema["type"] = type;
    if (One(6) == 0) schema["enum"] = Json::array({Value(1), Value(1), Value(0)});
    AddLeaf(schema);
    if (depth == 0) return schema;
    if (type == "object" && schema.contains("type")) {
      for (int i = One(3); i > 0; --i) schema["properties"][Name()] = Schema(depth - 1, ours_only);
      if (One(3) == 0) schema["required"].push_back(Name());
      if (One(3) == 0) schema["additionalProperties"] = false;
    }
    if (type == "array" && schema.contains("type") && One(2) == 0) schema["items"] = Schema(depth - 1, ours_only);
    AddCombination(schema, depth);
    return schema;
  }

  Json Value(int depth) {
    switch (One(depth > 0 ? 9 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return One(2) == 0;
      case 2:
        return One(4);
      case 3:
        return One(7) / 2.0;
      case 4:
      case 5:
        return Name();
      case 6: {
        Json list = Json::array();
        for (int i = One(4); i > 0; --i) list.push_back(Value(depth - 1));
        return list;
      }
      default: {
        Json object = Json::object();
        for (int i = One(4); i > 0; --i) object[Name()] = Value(depth - 1);
        return object;
      }
    }
  }

 private:
  int One(int of) { return static_cast<int>(random_() % static_cast<unsigned>(of)); }
  std::string Pick(const std::vector<std::string>& list) { return list[random_() % list.size()]; }
  std::string Name() { return Pick({"a", "b", "c", "aa"}); }

  void AddLeaf(Json& schema) {
    switch (One(20)) {
      case 0:
        schema["minimum"] = One(3);
        break;
      case 1:
        schema["exclusiveMaximum"] = One(5) / 2.0;
        break;
      case 2:
        schema["multipleOf"] = (One(3) + 1) / 2.0;
        break;
      case 3:
        schema["minLength"] = 2;
        break;
      case 4:
        schema["pattern"] = Pick({"^a", "b", "a$", "^[ab]*$"});
        break;
      case 5:
        schema["maxItems"] = One(3);
        break;
      case 6:
        schema["uniqueItems"] = true;
        break;
      case 7:
        schema["minProperties"] = One(3);
        break;
      case 8:
        schema["const"] = Value(1);
        break;
      default:
        break;
    }
  }

  void AddCombination(Json& schema, int depth) {
    const auto sub = [&] { return Schema(depth - 1, true); };
    switch (One(14)) {
      case 0:
        schema["allOf"] = Json::array({sub(), sub()});
        break;
      case 1:
        schema["anyOf"] = Json::array({sub(), sub()});
        break;
      case 2:
        schema["oneOf"] = Json::array({sub(), sub(), sub()});
        break;
      case 3:
        schema["not"] = sub();
        break;
      case 4:
        schema["if"] = sub();
        schema["then"] = sub();
        if (One(2) == 0) schema["else"] = sub();
        break;
      case 5:
        schema["contains"] = sub();
        break;
      case 6:
        schema["propertyNames"] = Json{{"pattern", Pick({"^a", "b|c"})}};
        break;
      case 7:
        schema["dependencies"] = Json{{Name(), Json::array({Name()})}, {Name(), sub()}};
        break;
      default:
        break;
    }
  }

  std::mt19937 random_;
};

BOOST_AUTO_TEST_SUITE(differential)

BOOST_AUTO_TEST_CASE(engine_and_explanation_agree) {
  int conforming = 0;
  int violating = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Generator generator(seed);
    const std::string schema = generator.Schema(3).dump();
    const internal::CompiledSchema compiled(schema);
    for (int i = 0; i < 25; ++i) {
      const std::string payload = generator.Value(3).dump();
      const auto violation = compiled.Check(payload, {});
      const auto explained =
          compiled.Explain(internal::ReadDocument(payload, {1000, 64, 1000}, internal::DocumentUse::kPayload),
                           PayloadLimits{}.max_steps);
      BOOST_TEST_CONTEXT("seed " << seed << ": " << schema << " and " << payload) {
        BOOST_TEST(violation.has_value() == explained.has_value());
        if (violation && explained) BOOST_TEST(*violation == *explained);
      }
      ++(violation ? violating : conforming);
    }
  }
  // Neither side may be a rarity.
  BOOST_TEST(conforming > 1'000);
  BOOST_TEST(violating > 1'000);
}

BOOST_AUTO_TEST_CASE(the_canonical_form_means_the_same) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    Generator generator(1'000 + seed);
    const std::string schema = generator.Schema(3).dump();
    const std::string canonical = internal::CanonicalSchema(schema);
    BOOST_TEST_CONTEXT("seed " << seed << ": " << schema) {
      BOOST_TEST(internal::CanonicalSchema(canonical) == canonical);
      const internal::CompiledSchema one(schema);
      const internal::CompiledSchema other(canonical);
      for (int i = 0; i < 10; ++i) {
        const std::string payload = generator.Value(3).dump();
        BOOST_CHECK(one.Check(payload, {}) == other.Check(payload, {}));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
