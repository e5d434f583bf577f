#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::ErrorOf;
using test::Number;
using test::Sample;

struct Rule {
  Errc code;
  void (*break_it)(Envelope&);
};

// In the order in which they are checked.
const std::vector<Rule>& Rules() {
  static const std::vector<Rule> rules = {
      {Errc::kChannelRequired, [](Envelope& e) { e.channel.clear(); }},
      {Errc::kAspectRequired, [](Envelope& e) { e.aspect.clear(); }},
      {Errc::kProducerRequired, [](Envelope& e) { e.producer.id.clear(); }},
      {Errc::kProducerKindUnknown, [](Envelope& e) { e.producer.kind = ProducerKind::kUnknown; }},
      {Errc::kSequenceNonPositive, [](Envelope& e) { e.sequence = 0; }},
      {Errc::kProducedAtZero, [](Envelope& e) { e.produced_at = kUnsetTime; }},
  };
  return rules;
}

BOOST_AUTO_TEST_SUITE(validate)

BOOST_AUTO_TEST_CASE(C22_the_first_broken_rule_is_reported_for_every_set_of_broken_rules) {
  const std::size_t rules = Rules().size();
  for (unsigned broken = 0; broken < (1U << rules); ++broken) {
    Envelope envelope = Sample();
    int expected = 0;
    for (std::size_t rule = 0; rule < rules; ++rule) {
      if ((broken & (1U << rule)) == 0) continue;
      Rules()[rule].break_it(envelope);
      if (expected == 0) expected = Number(Rules()[rule].code);
    }
    BOOST_TEST_CONTEXT("set " << broken) {
      BOOST_TEST(CodeOf([&] { ValidateEnvelope(envelope); }) == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unspecified_kind_and_negative_sequences_are_refused) {
  Envelope envelope = Sample();
  envelope.producer.kind = ProducerKind::kUnspecified;
  BOOST_TEST(CodeOf([&] { ValidateEnvelope(envelope); }) == Number(Errc::kProducerKindUnknown));
  envelope = Sample();
  envelope.sequence = -1;
  BOOST_TEST(CodeOf([&] { ValidateEnvelope(envelope); }) == Number(Errc::kSequenceNonPositive));
}

BOOST_AUTO_TEST_CASE(every_kind_with_a_text_passes) {
  for (const ProducerKind kind : {ProducerKind::kUser, ProducerKind::kAgent, ProducerKind::kService}) {
    Envelope envelope = Sample();
    envelope.producer.kind = kind;
    BOOST_TEST(CodeOf([&] { ValidateEnvelope(envelope); }) == 0);
  }
}

BOOST_AUTO_TEST_CASE(nothing_else_is_checked) {
  Envelope envelope = Sample();
  envelope.channel = "no channel name at all";
  envelope.payload = "no JSON";
  envelope.schema_ref = "\xFF";
  envelope.causation = {"", -5};
  envelope.produced_at = test::Milliseconds(0);
  BOOST_TEST(CodeOf([&] { ValidateEnvelope(envelope); }) == 0);
}

BOOST_AUTO_TEST_CASE(the_error_names_the_stream) {
  Envelope envelope = Sample();
  envelope.sequence = -4;
  const auto error = ErrorOf([&] { ValidateEnvelope(envelope); });
  BOOST_REQUIRE(error.has_value());
  BOOST_TEST(error->channel() == envelope.channel);
  BOOST_TEST(error->producer() == "u-1");
  BOOST_TEST(error->sequence() == -4);
}

BOOST_AUTO_TEST_CASE(D4_texts_that_decode_to_an_empty_envelope_are_refused) {
  for (const std::string text : {"{}", "null"}) {
    BOOST_TEST(CodeOf([&] { ValidateEnvelope(DecodeEnvelope(text)); }) == Number(Errc::kChannelRequired));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
