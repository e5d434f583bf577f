#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::CodeOf;
using test::ErrorOf;
using test::Number;
using test::Sample;
using test::SampleWithPayload;

constexpr std::string_view kBeforePayload =
    R"({"channel":"public:app.domain.id.topic","sequence":1,"producer":{"id":"u-1","kind":"user"},"aspect":"data",)";
constexpr std::string_view kTime = R"("produced_at":"2026-05-27T14:22:09.331Z"})";

std::string WithPayloadText(const std::string& payload) {
  return std::string(kBeforePayload) + "\"payload\":" + payload + ',' + std::string(kTime);
}

std::string Nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

BOOST_AUTO_TEST_SUITE(encode)

BOOST_AUTO_TEST_CASE(C1_C2_keys_stand_in_go_order_without_space) {
  Envelope envelope = SampleWithPayload("1");
  envelope.schema_ref = "s";
  envelope.causation = {"c", 2};
  BOOST_TEST(EncodeEnvelope(envelope) ==
             R"({"channel":"public:app.domain.id.topic","sequence":1,"producer":{"id":"u-1","kind":"user"},)"
             R"("aspect":"data","schema_ref":"s","causation":{"parent_channel":"c","parent_sequence":2},)"
             R"("payload":1,"produced_at":"2026-05-27T14:22:09.331Z"})");
}

BOOST_AUTO_TEST_CASE(C3_C4_what_is_empty_is_omitted_or_kept_as_go_does) {
  const std::string time = R"("produced_at":"0001-01-01T00:00:00.000Z"})";
  const std::string head = R"({"channel":"","sequence":0,"producer":{"id":"","kind":""},"aspect":"",)";
  Envelope envelope;
  BOOST_TEST(EncodeEnvelope(envelope) == head + time);
  envelope.causation = {"a", 0};
  BOOST_TEST(EncodeEnvelope(envelope) == head + R"("causation":{"parent_channel":"a"},)" + time);
  envelope.causation = {"", -3};
  BOOST_TEST(EncodeEnvelope(envelope) == head + R"("causation":{"parent_sequence":-3},)" + time);
  envelope.causation = {};
  envelope.schema_ref = " ";
  BOOST_TEST(EncodeEnvelope(envelope) == head + R"("schema_ref":" ",)" + time);
}

BOOST_AUTO_TEST_CASE(what_reception_adds_is_not_on_the_wire) {
  Envelope envelope = Sample();
  envelope.offset = 9;
  envelope.late = true;
  BOOST_TEST(EncodeEnvelope(envelope) == EncodeEnvelope(Sample()));
}

BOOST_AUTO_TEST_CASE(C7_C8_C9_fields_are_escaped_as_go_escapes_them) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"\"", "\\\""},
      {"\\", "\\\\"},
      {"/", "/"},
      {"<>&", "\\u003c\\u003e\\u0026"},
      {"'", "'"},
      {"\xE2\x80\xA7\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA", "\xE2\x80\xA7\\u2028\\u2029\xE2\x80\xAA"},
      {"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
      {std::string("\0\x01\x1f\x7f", 4), "\\u0000\\u0001\\u001f\x7f"},
      {"\xC3\xA9\xF0\x9F\x98\x80", "\xC3\xA9\xF0\x9F\x98\x80"},
      {"\xEF\xBF\xBD", "\xEF\xBF\xBD"},
      {"\xFF", "\\ufffd"},
      {"\x80\x80", "\\ufffd\\ufffd"},
      {"\xED\xA0\x80", "\\ufffd\\ufffd\\ufffd"},
      {"\xC0\xAF", "\\ufffd\\ufffd"},
      {"\xE2\x80", "\\ufffd\\ufffd"},
      {"\xF4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
      {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
  };
  for (const auto& [text, escaped] : table) {
    // A run of plain text on either side moves the text to every place in a word.
    for (std::size_t before = 0; before < 9; ++before) {
      for (const std::size_t after : {0, 1, 9}) {
        Envelope envelope = Sample();
        envelope.aspect = std::string(before, 'b') + text + std::string(after, 'a');
        const std::string bytes = EncodeEnvelope(envelope);
        const std::string expected =
            "\"aspect\":\"" + std::string(before, 'b') + escaped + std::string(after, 'a') + "\",";
        BOOST_TEST(bytes.find(expected) != std::string::npos, bytes << " does not hold " << expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(every_field_is_escaped) {
  Envelope envelope = Sample();
  envelope.channel = "c<";
  envelope.producer.id = "i<";
  envelope.aspect = "a<";
  envelope.schema_ref = "s<";
  envelope.causation.parent_channel = "p<";
  BOOST_TEST(EncodeEnvelope(envelope) ==
             R"({"channel":"c\u003c","sequence":1,"producer":{"id":"i\u003c","kind":"user"},"aspect":"a\u003c",)"
             R"("schema_ref":"s\u003c","causation":{"parent_channel":"p\u003c"},)" +
                 std::string(kTime));
}

BOOST_AUTO_TEST_CASE(C7_C9_C10_payloads_are_compacted_escaped_and_otherwise_kept) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"null", "null"},
      {" \t\r\n{ } ", "{}"},
      {"[ 1 , 2.50\n, 1e5 , -0.0 , 123456789012345678901234567890 ]",
       "[1,2.50,1e5,-0.0,123456789012345678901234567890]"},
      {R"({"b" : 1 , "a":2,"b":3})", R"({"b":1,"a":2,"b":3})"},
      {R"(" a  b ")", R"(" a  b ")"},
      {R"("\/\u003c\u003C\u00e9\ud800\"\\")", R"("\/\u003c\u003C\u00e9\ud800\"\\")"},
      {R"("<>&")", R"("\u003c\u003e\u0026")"},
      {R"({"<":">"})", R"({"\u003c":"\u003e"})"},
      {R"(["\\","<","\\\"<"])", R"(["\\","\u003c","\\\"\u003c"])"},
      {"\"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAA\"", "\"\\u2028\\u2029\xE2\x80\xAA\""},
      {"\"\xE2\x80\"", "\"\xE2\x80\""},
      {"\"\xE2\"", "\"\xE2\""},
      {"\"\xFF\xED\xA0\x80\x7f\"", "\"\xFF\xED\xA0\x80\x7f\""},
  };
  for (const auto& [payload, text] : table) {
    BOOST_TEST(EncodeEnvelope(SampleWithPayload(payload)) == WithPayloadText(text));
  }
}

BOOST_AUTO_TEST_CASE(C11_payloads_that_are_not_exactly_one_value_are_refused) {
  for (const std::string payload :
       {" ",          "\n",       "1 2",     "{}{}",      "[1,]", "{\"a\":1,}", "{\"a\"}", "tru",
        "nan",        "01",       "+1",      ".5",        "1.",   "1e",         "'a'",     "\"a",
        "\"\n\"",     "\"\x1f\"", "\"\\x\"", "\"\\u12\"", "[",    "]",          "{]",      "\xEF\xBB\xBF{}",
        "\xC2\xA0{}", "/**/1",    "1//"}) {
    const auto error = ErrorOf([&] { EncodeEnvelope(SampleWithPayload(payload)); });
    BOOST_TEST_CONTEXT(payload) {
      BOOST_REQUIRE(error.has_value());
      BOOST_TEST(Number(error->errc()) == Number(Errc::kPayloadNotJson));
      BOOST_TEST(error->channel() == Sample().channel);
      BOOST_TEST(error->raw() == payload);
      BOOST_TEST(std::string(error->what()).find("payload byte ") == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(C11_a_payload_may_be_nested_9999_deep_and_not_deeper) {
  BOOST_TEST(EncodeEnvelope(SampleWithPayload(Nested(9'999))) == WithPayloadText(Nested(9'999)));
  BOOST_TEST(CodeOf([] { EncodeEnvelope(SampleWithPayload(Nested(10'000))); }) == Number(Errc::kPayloadNotJson));
}

BOOST_AUTO_TEST_CASE(C12_65536_bytes_pass_and_65537_do_not) {
  const auto with_letters = [](std::size_t count) { return SampleWithPayload('"' + std::string(count, 'x') + '"'); };
  BOOST_TEST(EncodeEnvelope(with_letters(65'375)).size() == kMaxEnvelopeBytes);
  const auto error = ErrorOf([&] { EncodeEnvelope(with_letters(65'376)); });
  BOOST_REQUIRE(error.has_value());
  BOOST_TEST(Number(error->errc()) == Number(Errc::kTooLarge));
  BOOST_TEST(std::string(error->what()).find("65537 bytes > 65536") != std::string::npos);
  BOOST_TEST(error->channel() == Sample().channel);
}

BOOST_AUTO_TEST_CASE(C13_an_escaped_character_costs_six_bytes_of_the_limit) {
  const auto with_tail = [](std::size_t count) { return SampleWithPayload('"' + std::string(count, 'x') + "<\""); };
  BOOST_TEST(EncodeEnvelope(with_tail(65'369)).size() == kMaxEnvelopeBytes);
  BOOST_TEST(CodeOf([&] { EncodeEnvelope(with_tail(65'370)); }) == Number(Errc::kTooLarge));
}

BOOST_AUTO_TEST_CASE(the_limit_counts_after_compaction) {
  const std::string payload = std::string(100'000, ' ') + "[" + std::string(100'000, '\n') + "]";
  BOOST_TEST(EncodeEnvelope(SampleWithPayload(payload)) == WithPayloadText("[]"));
}

BOOST_AUTO_TEST_CASE(a_kind_that_has_no_text_is_refused) {
  Envelope envelope = Sample();
  envelope.producer.kind = ProducerKind::kUnknown;
  BOOST_TEST(CodeOf([&] { EncodeEnvelope(envelope); }) == Number(Errc::kInvalidArgument));
}

BOOST_AUTO_TEST_CASE(a_year_that_go_could_not_read_back_is_refused) {
  for (const Timestamp time : {ParseTimestamp("9999-12-31T23:59:59-00:01"), ParseTimestamp("0000-01-01T00:00:00+00:01"),
                               Timestamp::min(), Timestamp::max()}) {
    Envelope envelope = Sample();
    envelope.produced_at = time;
    BOOST_TEST(CodeOf([&] { EncodeEnvelope(envelope); }) == Number(Errc::kInvalidArgument));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
