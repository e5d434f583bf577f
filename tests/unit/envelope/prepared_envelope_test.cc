#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "envelope/encoder.h"
#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless::internal {
namespace {

using test::CodeOf;
using test::Number;
using test::Sample;
using test::SampleWithPayload;

constexpr std::int64_t kMaxSequence = std::numeric_limits<std::int64_t>::max();

BOOST_AUTO_TEST_SUITE(prepared_envelope)

BOOST_AUTO_TEST_CASE(sequence_and_time_come_last_and_change_nothing_else) {
  Envelope envelope = SampleWithPayload("[ \"<\" ]");
  const PreparedEnvelope prepared(envelope);
  for (const std::int64_t sequence : {std::int64_t{1}, std::int64_t{10}, std::int64_t{-7}, kMaxSequence}) {
    envelope.sequence = sequence;
    envelope.produced_at = test::Milliseconds(sequence % 1'000'000);
    const std::string bytes = prepared.Finish(sequence, envelope.produced_at);
    BOOST_TEST(bytes == EncodeEnvelope(envelope));
    BOOST_TEST(prepared.SizeWith(sequence) == bytes.size());
  }
  BOOST_TEST(prepared.MaxBytes() == prepared.SizeWith(kMaxSequence));
}

BOOST_AUTO_TEST_CASE(P3_what_can_never_fit_is_refused_before_there_is_a_sequence) {
  // With sequence 1 the sample's payload of 65,375 letters is exactly as long as the limit.
  BOOST_TEST(CodeOf([] { PreparedEnvelope{SampleWithPayload('"' + std::string(65'376, 'x') + '"')}; }) ==
             Number(Errc::kTooLarge));
  const PreparedEnvelope prepared(SampleWithPayload('"' + std::string(65'375, 'x') + '"'));
  BOOST_TEST(prepared.Finish(9, Sample().produced_at).size() == kMaxEnvelopeBytes);
  BOOST_TEST(CodeOf([&] { prepared.Finish(10, Sample().produced_at); }) == Number(Errc::kTooLarge));
}

BOOST_AUTO_TEST_CASE(P3_what_cannot_be_encoded_is_refused_before_there_is_a_sequence) {
  BOOST_TEST(CodeOf([] { PreparedEnvelope{SampleWithPayload("{")}; }) == Number(Errc::kPayloadNotJson));
  Envelope envelope = Sample();
  envelope.producer.kind = ProducerKind::kUnknown;
  BOOST_TEST(CodeOf([&] { PreparedEnvelope{envelope}; }) == Number(Errc::kInvalidArgument));
}

BOOST_AUTO_TEST_CASE(a_time_without_a_text_is_refused) {
  const PreparedEnvelope prepared(Sample());
  BOOST_TEST(CodeOf([&] { prepared.Finish(1, Timestamp::max()); }) == Number(Errc::kInvalidArgument));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless::internal
