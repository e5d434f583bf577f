#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/schema/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::Contains;
using test::EnvelopeWith;
using test::Number;
using test::PatternWith;
using test::RegistryWith;
using test::Repeated;

Registry Sessions() {
  Registry registry;
  registry.Register({.pattern = "sessions:{id}",
                     .aspects = {{"text", {.payload_schema = R"({"type":"string"})"}}, {"free", {.name = "text"}}}});
  return registry;
}

Envelope On(const std::string& channel, const std::string& aspect, const std::string& payload) {
  Envelope envelope = EnvelopeWith(payload);
  envelope.channel = channel;
  envelope.aspect = aspect;
  return envelope;
}

BOOST_AUTO_TEST_SUITE(validator)

BOOST_AUTO_TEST_CASE(C55_decision_table) {
  struct Row {
    const char* channel;
    const char* aspect;
    const char* payload;
    int code;  // 0: passes in every mode.
  };
  const std::vector<Row> rows = {
      {"rooms:1", "text", "5", 0},
      {"rooms:1", "unheard-of", "{", 0},
      {"sessions:1", "unheard-of", R"("x")", Number(Errc::kUnsupportedAspect)},
      {"sessions:1", "", R"("x")", Number(Errc::kUnsupportedAspect)},
      {"sessions:1", "free", "5", 0},
      {"sessions:1", "free", "{", 0},
      {"sessions:1", "text", R"("x")", 0},
      {"sessions:1", "text", "5", Number(Errc::kPayloadInvalid)},
      {"sessions:1", "text", "", Number(Errc::kPayloadInvalid)},
      {"sessions:1", "text", "{", Number(Errc::kPayloadInvalid)},
  };
  const Registry registry = Sessions();
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.channel << ' ' << row.aspect << ' ' << row.payload) {
      const Envelope envelope = On(row.channel, row.aspect, row.payload);
      BOOST_TEST(!Validator().Check(envelope).has_value());
      BOOST_TEST(!Validator(registry, ValidationMode::kOff).Check(envelope).has_value());
      for (const ValidationMode mode : {ValidationMode::kWarn, ValidationMode::kStrict}) {
        const auto objection = Validator(registry, mode).Check(envelope);
        BOOST_REQUIRE(objection.has_value() == (row.code != 0));
        if (!objection) continue;
        BOOST_TEST(Number(objection->errc()) == row.code);
        BOOST_TEST(objection->fatal == (mode == ValidationMode::kStrict));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(C55_modes_are_read_as_parsec_reads_them) {
  BOOST_CHECK(ParseValidationMode("") == ValidationMode::kOff);
  BOOST_CHECK(ParseValidationMode("off") == ValidationMode::kOff);
  BOOST_CHECK(ParseValidationMode("strict") == ValidationMode::kStrict);
  BOOST_CHECK(ParseValidationMode("warn") == ValidationMode::kWarn);
  BOOST_CHECK(ParseValidationMode("Off") == ValidationMode::kWarn);
  BOOST_CHECK(ParseValidationMode("STRICT") == ValidationMode::kWarn);
  BOOST_CHECK(Validator().Mode() == ValidationMode::kOff);
  BOOST_CHECK(Validator(Sessions(), ValidationMode::kWarn).Mode() == ValidationMode::kWarn);
}

BOOST_AUTO_TEST_CASE(the_aspect_is_looked_up_by_key_not_by_inner_name) {
  // "free" says that its name is "text"; that is documentation.
  BOOST_TEST(!Validator(Sessions(), ValidationMode::kStrict).Check(On("sessions:1", "free", "5")).has_value());
}

BOOST_AUTO_TEST_CASE(an_objection_tells_the_envelope_the_reason_and_the_schema) {
  const auto objection = Validator(Sessions(), ValidationMode::kStrict).Check(On("sessions:1", "text", "5"));
  BOOST_REQUIRE(objection.has_value());
  BOOST_TEST(objection->channel() == "sessions:1");
  BOOST_TEST(objection->producer() == "u-1");
  BOOST_TEST(objection->sequence() == 7);
  BOOST_TEST(objection->raw() == "5");
  BOOST_TEST(std::string(objection->what()) ==
             "schema: <root> expected string (aspect \"text\", pattern \"sessions:{id}\" version 1): "
             "payload does not conform to its schema");
  const auto aspect = Validator(Sessions(), ValidationMode::kStrict).Check(On("sessions:1", "x", "5"));
  BOOST_TEST(std::string(aspect->what()) ==
             "schema: unsupported aspect: \"x\", pattern \"sessions:{id}\" version 1: unsupported aspect");
}

BOOST_AUTO_TEST_CASE(the_registrys_present_state_counts) {
  Registry registry = Sessions();
  const Validator validator(registry, ValidationMode::kStrict);
  const Envelope number = On("sessions:1", "data", "5");
  BOOST_TEST(Number(validator.Check(number)->errc()) == Number(Errc::kUnsupportedAspect));
  registry.Update(PatternWith("sessions:{id}", R"({"type":"string"})"));
  BOOST_TEST(Number(validator.Check(number)->errc()) == Number(Errc::kPayloadInvalid));
  registry.Register(PatternWith("sessions:1", R"({"type":"number"})"));
  BOOST_TEST(!validator.Check(number).has_value());
  registry.Deregister("sessions:1");
  registry.Deregister("sessions:{id}");
  BOOST_TEST(!validator.Check(On("sessions:1", "data", "x")).has_value());
}

BOOST_AUTO_TEST_CASE(a_validator_keeps_its_registry_alive) {
  std::optional<Registry> registry = Sessions();
  const Validator validator(*registry, ValidationMode::kStrict);
  registry.reset();
  BOOST_TEST(validator.Check(On("sessions:1", "text", "5")).has_value());
}

Registry WithThreeVersions() {
  Registry registry;
  registry.Register(PatternWith("a", R"({"type":"string"})"));
  registry.Update(PatternWith("a", R"({"type":"number"})"));
  registry.Update({.pattern = "a", .aspects = {{"other", {}}}});
  return registry;
}

BOOST_AUTO_TEST_CASE(D44_schema_ref_chooses_the_version_it_names) {
  const Registry registry = WithThreeVersions();
  const Validator validator(registry, ValidationMode::kStrict, {.use_schema_ref = true});
  struct Row {
    const char* schema_ref;
    const char* payload;
    int code;
  };
  const std::vector<Row> rows = {
      {"v1", R"("x")", 0},
      {"v1", "5", Number(Errc::kPayloadInvalid)},
      {"sessions:s_19:envelope/v2", "5", 0},
      {"a/b/v2", R"("x")", Number(Errc::kPayloadInvalid)},
      {"v3", "5", Number(Errc::kUnsupportedAspect)},
      {"v4", "5", Number(Errc::kPatternNotFound)},
      {"a/v0", "5", Number(Errc::kPatternNotFound)},
      // Name no version, so the current one counts.
      {"", "5", Number(Errc::kUnsupportedAspect)},
      {"v", "5", Number(Errc::kUnsupportedAspect)},
      {"v1x", "5", Number(Errc::kUnsupportedAspect)},
      {"v1/", "5", Number(Errc::kUnsupportedAspect)},
      {"x-v1", "5", Number(Errc::kUnsupportedAspect)},
      {"V1", "5", Number(Errc::kUnsupportedAspect)},
      {"v-1", "5", Number(Errc::kUnsupportedAspect)},
      {"v99999999999999999999", "5", Number(Errc::kUnsupportedAspect)},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.schema_ref << ' ' << row.payload) {
      Envelope envelope = On("a", "data", row.payload);
      envelope.schema_ref = row.schema_ref;
      const auto objection = validator.Check(envelope);
      BOOST_TEST((objection ? Number(objection->errc()) : 0) == row.code);
    }
  }
}

BOOST_AUTO_TEST_CASE(D44_of_several_registrations_with_one_number_the_latest_counts) {
  Registry registry = WithThreeVersions();
  registry.Update({.pattern = "a", .version = 1, .aspects = {{"data", {.payload_schema = R"({"type":"null"})"}}}});
  Envelope envelope = On("a", "data", "null");
  envelope.schema_ref = "v1";
  BOOST_TEST(!Validator(registry, ValidationMode::kStrict, {.use_schema_ref = true}).Check(envelope).has_value());
}

BOOST_AUTO_TEST_CASE(schema_ref_is_not_looked_at_unless_asked) {
  Envelope envelope = On("a", "other", "5");
  envelope.schema_ref = "v4";
  BOOST_TEST(!Validator(WithThreeVersions(), ValidationMode::kStrict).Check(envelope).has_value());
}

BOOST_AUTO_TEST_CASE(limits_are_typed_objections) {
  const ValidatorOptions options{.limits = {.max_bytes = 1000, .max_depth = 4, .max_values = 10}};
  const Registry registry = RegistryWith("{}");
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"[[[[]]]]", ""},
      {"[[[[[]]]]]", "nested deeper than 4 levels"},
      {R"({"a":{"b":{"c":{"d":{}}}}})", "nested deeper than 4 levels"},
      {"[1,2,3,4,5,6,7,8,9]", ""},
      {"[1,2,3,4,5,6,7,8,9,10]", "more than 10 values"},
      {"\"" + Repeated("x", 998) + "\"", ""},
      {"\"" + Repeated("x", 999) + "\"", "1001 bytes, the limit is 1000"},
  };
  for (const auto& [payload, reason] : cases) {
    BOOST_TEST_CONTEXT(payload.substr(0, 40)) {
      const auto strict = Validator(registry, ValidationMode::kStrict, options).Check(EnvelopeWith(payload));
      const auto warn = Validator(registry, ValidationMode::kWarn, options).Check(EnvelopeWith(payload));
      const bool refused = *reason != '\0';
      BOOST_REQUIRE(strict.has_value() == refused);
      BOOST_REQUIRE(warn.has_value() == refused);
      if (!refused) continue;
      BOOST_TEST(Number(strict->errc()) == Number(Errc::kPayloadInvalid));
      BOOST_TEST(Contains(strict->what(), reason));
      BOOST_TEST(strict->fatal);
      BOOST_TEST(!warn->fatal);
    }
  }
}

BOOST_AUTO_TEST_CASE(limits_out_of_range_are_refused) {
  const std::vector<PayloadLimits> cases = {
      {.max_depth = 0}, {.max_depth = 65}, {.max_bytes = 0}, {.max_values = 0}, {.max_steps = 0}};
  for (const PayloadLimits& limits : cases) {
    BOOST_TEST(CodeOf([&] { Validator(Registry(), ValidationMode::kStrict, {.limits = limits}); }) ==
               Number(Errc::kInvalidArgument));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
