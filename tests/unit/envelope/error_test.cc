#include "gapless/error.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace gapless {
namespace {

// Numbers are a promise to users who log or compare them: this table changes only by growing.
const std::vector<std::pair<Errc, int>>& Numbers() {
  static const std::vector<std::pair<Errc, int>> numbers = {
      {Errc::kInvalidArgument, 1},
      {Errc::kChannelInvalid, 2},
      {Errc::kChannelRequired, 3},
      {Errc::kAspectRequired, 4},
      {Errc::kProducerRequired, 5},
      {Errc::kProducerKindUnknown, 6},
      {Errc::kSequenceNonPositive, 7},
      {Errc::kProducedAtZero, 8},
      {Errc::kTooLarge, 9},
      {Errc::kPayloadNotJson, 10},
      {Errc::kMalformed, 20},
      {Errc::kChannelMismatch, 21},
      {Errc::kDuplicate, 22},
      {Errc::kPayloadType, 23},
      {Errc::kPatternInvalid, 30},
      {Errc::kPatternConflict, 31},
      {Errc::kPatternNotFound, 32},
      {Errc::kNoPatternMatches, 33},
      {Errc::kUnsupportedAspect, 34},
      {Errc::kPayloadInvalid, 35},
      {Errc::kSchemaInvalid, 36},
      {Errc::kStateCorrupt, 40},
      {Errc::kStateForeign, 41},
      {Errc::kStateLocked, 42},
      {Errc::kStateNotWritable, 43},
      {Errc::kStateFailed, 44},
      {Errc::kConnectFailed, 50},
      {Errc::kConnectionLost, 51},
      {Errc::kProtocol, 52},
      {Errc::kServerRefused, 53},
      {Errc::kPermissionDenied, 54},
      {Errc::kUnauthorized, 55},
      {Errc::kNotSupported, 56},
      {Errc::kUnrecoverable, 57},
      {Errc::kSlowConsumer, 58},
      {Errc::kQueueFull, 60},
      {Errc::kTimeout, 61},
      {Errc::kOutcomeUnknown, 62},
      {Errc::kClosed, 63},
      {Errc::kInvalidState, 64},
      {Errc::kHandlerThrew, 65},
      {Errc::kAlreadySubscribed, 66},
      {Errc::kInternal, 70},
  };
  return numbers;
}

BOOST_AUTO_TEST_SUITE(error)

BOOST_AUTO_TEST_CASE(codes_keep_their_numbers) {
  for (const auto& [code, number] : Numbers()) BOOST_TEST(static_cast<int>(code) == number);
}

BOOST_AUTO_TEST_CASE(every_code_has_a_text_of_its_own) {
  std::set<std::string> texts;
  for (const auto& [code, number] : Numbers()) {
    const std::string text = make_error_code(code).message();
    BOOST_TEST(text != "");
    BOOST_TEST(text.find("unknown gapless error") == std::string::npos);
    BOOST_TEST(texts.insert(text).second, text);
  }
}

BOOST_AUTO_TEST_CASE(a_number_that_is_no_code_has_a_text_too) {
  BOOST_TEST(ErrorCategory().message(-1) != "");
  BOOST_TEST(ErrorCategory().message(100'000) != "");
}

BOOST_AUTO_TEST_CASE(codes_that_parsec_names_keep_its_words) {
  const std::vector<std::pair<Errc, std::string>> texts = {
      {Errc::kChannelInvalid, "PARSEC_CHANNEL_INVALID"},
      {Errc::kChannelRequired, "envelope: channel required"},
      {Errc::kAspectRequired, "envelope: aspect required"},
      {Errc::kProducerRequired, "envelope: producer required"},
      {Errc::kProducerKindUnknown, "envelope: unknown producer kind"},
      {Errc::kSequenceNonPositive, "envelope: sequence must be positive"},
      {Errc::kProducedAtZero, "envelope: produced_at must be set"},
      {Errc::kTooLarge, "envelope: encoded size exceeds MaxEnvelopeSize"},
  };
  for (const auto& [code, text] : texts) BOOST_TEST(make_error_code(code).message() == text);
}

BOOST_AUTO_TEST_CASE(an_enum_converts_to_a_standard_error_code) {
  const std::error_code code = Errc::kTimeout;
  BOOST_TEST(code.value() == static_cast<int>(Errc::kTimeout));
  BOOST_TEST(code.category().name() == "gapless");
  BOOST_CHECK(code == make_error_code(Errc::kTimeout));
  BOOST_CHECK(code != make_error_code(Errc::kClosed));
  BOOST_CHECK(code != std::error_code(code.value(), std::generic_category()));
}

BOOST_AUTO_TEST_CASE(what_says_the_message_and_the_codes_text) {
  const Error error(Errc::kQueueFull, "the outbox holds 100 envelopes; wait or raise max_unacknowledged");
  BOOST_TEST(error.what() ==
             std::string("the outbox holds 100 envelopes; wait or raise max_unacknowledged: queue is full"));
  BOOST_CHECK(error.errc() == Errc::kQueueFull);
}

BOOST_AUTO_TEST_CASE(an_error_is_empty_until_told_more) {
  const Error error(Errc::kInternal, "");
  BOOST_TEST(error.channel() == "");
  BOOST_TEST(error.producer() == "");
  BOOST_TEST(error.sequence() == 0);
  BOOST_TEST(error.server_code() == 0u);
  BOOST_TEST(error.raw() == "");
}

BOOST_AUTO_TEST_CASE(details_travel_through_throw_and_copy_and_stay_out_of_the_text) {
  try {
    throw Error(Errc::kServerRefused, "the server refused")
        .WithChannel("public:a.b")
        .WithProducer("p-1")
        .WithSequence(7)
        .WithServerCode(4'294'967'295U)
        .WithRaw(std::string("secret\0bytes", 12));
  } catch (const std::system_error& caught) {
    const auto* thrown = dynamic_cast<const Error*>(&caught);
    BOOST_REQUIRE(thrown != nullptr);
    const Error copy = *thrown;
    BOOST_TEST(copy.channel() == "public:a.b");
    BOOST_TEST(copy.producer() == "p-1");
    BOOST_TEST(copy.sequence() == 7);
    BOOST_TEST(copy.server_code() == 4'294'967'295U);
    BOOST_TEST(copy.raw() == std::string("secret\0bytes", 12));
    BOOST_TEST(copy.what() == std::string("the server refused: refused by the server"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
