// What Go's own encoding/json and time made of a few hundred texts: see tests/golden/README.md.

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "envelope/encoder.h"
#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using nlohmann::json;
using test::Bytes;
using test::CodeOf;
using test::ErrorOf;
using test::Number;
using test::ReadGoldenLines;

Envelope EnvelopeOf(const json& members) {
  Envelope envelope;
  envelope.channel = Bytes(members.at("channel"));
  envelope.sequence = members.at("sequence").get<std::int64_t>();
  envelope.producer.id = Bytes(members.at("producer_id"));
  envelope.producer.kind = test::KindOf(Bytes(members.at("producer_kind")));
  envelope.aspect = Bytes(members.at("aspect"));
  envelope.schema_ref = Bytes(members.at("schema_ref"));
  envelope.causation = {Bytes(members.at("parent_channel")), members.at("parent_sequence").get<std::int64_t>()};
  envelope.payload = Bytes(members.at("payload"));
  envelope.produced_at = test::Milliseconds(members.at("produced_at_ms").get<std::int64_t>());
  return envelope;
}

void CheckSame(const Envelope& read, const Envelope& expected) {
  BOOST_TEST(read.channel == expected.channel);
  BOOST_TEST(read.sequence == expected.sequence);
  BOOST_TEST(read.producer.id == expected.producer.id);
  BOOST_CHECK(read.producer.kind == expected.producer.kind);
  BOOST_TEST(read.aspect == expected.aspect);
  BOOST_TEST(read.schema_ref == expected.schema_ref);
  BOOST_TEST(read.causation.parent_channel == expected.causation.parent_channel);
  BOOST_TEST(read.causation.parent_sequence == expected.causation.parent_sequence);
  BOOST_TEST(read.payload == expected.payload);
  BOOST_TEST(read.produced_at.time_since_epoch().count() == expected.produced_at.time_since_epoch().count());
}

BOOST_AUTO_TEST_SUITE(go_corpus)

BOOST_AUTO_TEST_CASE(encodes_what_go_encodes_and_refuses_what_go_refuses) {
  for (const json& line : ReadGoldenLines("go_encode.jsonl")) {
    const Envelope envelope = EnvelopeOf(line);
    BOOST_TEST_CONTEXT(line.dump()) {
      if (line.contains("error")) {
        BOOST_TEST(line.at("error") == "payload");
        BOOST_TEST(CodeOf([&] { EncodeEnvelope(envelope); }) == Number(Errc::kPayloadNotJson));
        BOOST_TEST(CodeOf([&] { internal::PreparedEnvelope{envelope}; }) == Number(Errc::kPayloadNotJson));
      } else {
        const std::string bytes = Bytes(line.at("bytes"));
        BOOST_TEST(EncodeEnvelope(envelope) == bytes);
        BOOST_TEST(internal::PreparedEnvelope(envelope).Finish(envelope.sequence, envelope.produced_at) == bytes);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(C23_what_go_encoded_is_decoded_and_encoded_to_itself) {
  for (const json& line : ReadGoldenLines("go_encode.jsonl")) {
    if (line.contains("error")) continue;
    const std::string bytes = Bytes(line.at("bytes"));
    BOOST_TEST_CONTEXT(line.dump()) {
      const std::string again = EncodeEnvelope(DecodeEnvelope(bytes));
      // A field's byte that was not UTF-8 went out as an escape and comes back as the character itself, from then on.
      const bool replaced = bytes.find("\\ufffd") != std::string::npos;
      if (!replaced) BOOST_TEST(again == bytes);
      BOOST_TEST(EncodeEnvelope(DecodeEnvelope(again)) == again);
    }
  }
}

BOOST_AUTO_TEST_CASE(decodes_what_go_decodes_in_its_one_spelling_and_refuses_everything_else) {
  for (const json& line : ReadGoldenLines("go_decode.jsonl")) {
    const test::FencedText bytes(Bytes(line.at("bytes")));
    BOOST_TEST_CONTEXT(line.dump()) {
      if (!line.at("read").is_null() && line.at("one_spelling").get<bool>()) {
        const auto error = ErrorOf([&] { CheckSame(DecodeEnvelope(bytes.view()), EnvelopeOf(line.at("read"))); });
        BOOST_TEST(!error.has_value(), (error ? error->what() : ""));
      } else {
        const auto error = ErrorOf([&] { DecodeEnvelope(bytes.view()); });
        BOOST_REQUIRE(error.has_value());
        BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
        BOOST_TEST(error->raw() == bytes.view());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(C20_reads_the_times_that_go_reads) {
  for (const json& line : ReadGoldenLines("go_times.jsonl")) {
    const test::FencedText text(Bytes(line.at("text")));
    BOOST_TEST_CONTEXT(line.dump()) {
      if (line.at("ms").is_null()) {
        BOOST_TEST(CodeOf([&] { ParseTimestamp(text.view()); }) == Number(Errc::kMalformed));
        continue;
      }
      const auto error = ErrorOf([&] {
        const Timestamp time = ParseTimestamp(text.view());
        BOOST_TEST(time.time_since_epoch().count() == line.at("ms").get<std::int64_t>());
        if (line.contains("wire")) {
          BOOST_TEST(FormatTimestamp(time) == Bytes(line.at("wire")));
        } else {
          BOOST_TEST(CodeOf([&] { FormatTimestamp(time); }) == Number(Errc::kInvalidArgument));
        }
      });
      BOOST_TEST(!error.has_value(), (error ? error->what() : ""));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
