#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "gapless/envelope.h"
#include "tests/unit/envelope/fixtures.h"

namespace gapless {
namespace {

using test::ErrorOf;
using test::Number;

// The reason without the code's text, or "" for a text that decodes.
std::string Refusal(const std::string& text) {
  const auto error = ErrorOf([&] { DecodeEnvelope(text); });
  if (!error) return {};
  BOOST_TEST(Number(error->errc()) == Number(Errc::kMalformed));
  BOOST_TEST(error->raw() == text);
  const std::string what = error->what();
  return what.substr(0, what.rfind(": "));
}

BOOST_AUTO_TEST_SUITE(decode)

BOOST_AUTO_TEST_CASE(C15_missing_and_null_members_are_defaults) {
  for (const std::string text :
       {"{}", "null", " {\t}\r\n",
        R"({"channel":null,"sequence":null,"producer":null,"aspect":null,"schema_ref":null})",
        R"({"causation":null,"produced_at":null})", R"({"producer":{},"causation":{}})", R"({"produced_at":""})",
        R"({"producer":{"id":null,"kind":null},"causation":{"parent_channel":null,"parent_sequence":null}})"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_CHECK(DecodeEnvelope(text) == Envelope{}); }
  }
}

BOOST_AUTO_TEST_CASE(C15_unknown_members_are_skipped_at_every_level) {
  const Envelope envelope =
      DecodeEnvelope(R"({"x":[1,{"channel":"no"},"]}"],"channel":"c","y":null,"producer":{"x":{},"id":"i","":-1.5e+9},)"
                     R"("causation":{"parent":"x","parent_sequence":3},"sequence_":9,"":"","x":2})");
  BOOST_TEST(envelope.channel == "c");
  BOOST_TEST(envelope.producer.id == "i");
  BOOST_TEST(envelope.causation.parent_sequence == 3);
  BOOST_TEST(envelope.sequence == 0);
}

BOOST_AUTO_TEST_CASE(members_come_in_any_order_with_any_space) {
  const Envelope envelope = DecodeEnvelope(
      "\n{ \"produced_at\" : \"2026-05-27T14:22:09.331Z\",\t\"payload\" : [ 1 ] , \"aspect\":\"a\" ,"
      "\"producer\" :{\"kind\" : \"agent\" , \"id\":\"p\"},\r\n\"sequence\" : 12 , \"channel\":\"c\" } ");
  BOOST_TEST(envelope.channel == "c");
  BOOST_TEST(envelope.sequence == 12);
  BOOST_TEST(envelope.producer.id == "p");
  BOOST_CHECK(envelope.producer.kind == ProducerKind::kAgent);
  BOOST_TEST(envelope.aspect == "a");
  BOOST_TEST(envelope.payload == "[ 1 ]");
  BOOST_TEST(FormatTimestamp(envelope.produced_at) == "2026-05-27T14:22:09.331Z");
}

BOOST_AUTO_TEST_CASE(C16_texts_that_are_no_object_are_refused) {
  for (const std::string text : {"", " ", "[]", "\"x\"", "5", "true", "nul", "nulll", "Null", "\xEF\xBB\xBF{}", "{}x",
                                 "{}{}", "{},", "null null", "{", "}", "{]"}) {
    BOOST_TEST(Refusal(text) != "", text);
  }
}

BOOST_AUTO_TEST_CASE(a_known_key_has_one_spelling_and_appears_once) {
  // Deliberately stricter than Go's decoder: two readers that choose differently disagree on what was sent.
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"({"sequence":1,"sequence":1})", "envelope byte 14: key \"sequence\" appears twice"},
      {R"({"payload":1,"payload":null})", "envelope byte 13: key \"payload\" appears twice"},
      {R"({"producer":{"id":"a"},"producer":{"kind":"user"}})", "envelope byte 23: key \"producer\" appears twice"},
      {R"({"producer":{"id":"a","id":"a"}})", "envelope byte 22: key \"id\" appears twice"},
      {R"({"causation":{"parent_sequence":1,"parent_sequence":1}})",
       "envelope byte 34: key \"parent_sequence\" appears twice"},
      {R"({"sequence":1,"\u0073equence":1})", "envelope byte 14: key \"sequence\" appears twice"},
      {R"({"SEQUENCE":1})", "envelope byte 1: key \"SEQUENCE\" must be spelled \"sequence\""},
      {R"({"Producer":1})", "envelope byte 1: key \"Producer\" must be spelled \"producer\""},
      {R"({"producer":{"KIND":1}})", "envelope byte 13: key \"KIND\" must be spelled \"kind\""},
      {"{\"\xC5\xBF"
       "equence\":1}",
       "envelope byte 1: key \"\xC5\xBF"
       "equence\" must be spelled \"sequence\""},
      {R"({"producer":{"\u212aind":"user"}})", "envelope byte 13: key \"\xE2\x84\xAAind\" must be spelled \"kind\""},
  };
  for (const auto& [text, reason] : table) BOOST_TEST(Refusal(text) == reason);
  BOOST_TEST(DecodeEnvelope(R"({"\u0073equence":4})").sequence == 4);
  BOOST_TEST(DecodeEnvelope(R"({"id":1,"KIND":2,"kind":3})").channel == "");
}

BOOST_AUTO_TEST_CASE(C18_a_sequence_is_an_integer_of_64_bits) {
  const std::vector<std::pair<std::string, std::int64_t>> good = {
      {"0", 0}, {"-0", 0}, {"-5", -5}, {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}};
  for (const auto& [text, value] : good) {
    BOOST_TEST(DecodeEnvelope("{\"sequence\":" + text + "}").sequence == value);
    BOOST_TEST(DecodeEnvelope("{\"causation\":{\"parent_sequence\":" + text + "}}").causation.parent_sequence == value);
  }
  for (const std::string text :
       {"5.0", "1e3", "1E0", "\"5\"", "9223372036854775808", "-9223372036854775809", "05", "+5", "-", "0x5", "true",
        "[]", "{}", "1_0", "99999999999999999999999999999999999999999999999999"}) {
    BOOST_TEST(Refusal("{\"sequence\":" + text + "}") != "", text);
  }
  BOOST_TEST(Refusal(R"({"sequence":1e3})") == "envelope byte 12: \"1e3\" is not an integer of 64 bits");
}

BOOST_AUTO_TEST_CASE(members_of_a_wrong_type_are_refused) {
  for (const std::string text :
       {R"({"channel":5})", R"({"channel":["a"]})", R"({"aspect":true})", R"({"schema_ref":{}})", R"({"producer":"x"})",
        R"({"producer":[]})", R"({"producer":{"id":1}})", R"({"producer":{"kind":false}})", R"({"causation":1})",
        R"({"causation":{"parent_channel":1}})", R"({"causation":{"parent_sequence":"1"}})", R"({"produced_at":1})"}) {
    BOOST_TEST(Refusal(text) != "", text);
  }
}

BOOST_AUTO_TEST_CASE(unknown_kinds_are_read_and_left_to_validation) {
  BOOST_CHECK(DecodeEnvelope(R"({"producer":{"kind":"robot"}})").producer.kind == ProducerKind::kUnknown);
  BOOST_CHECK(DecodeEnvelope(R"({"producer":{"kind":"User"}})").producer.kind == ProducerKind::kUnknown);
  BOOST_CHECK(DecodeEnvelope(R"({"producer":{"kind":""}})").producer.kind == ProducerKind::kUnspecified);
}

BOOST_AUTO_TEST_CASE(C19_a_null_payload_is_a_payload) {
  const Envelope envelope = DecodeEnvelope(R"({"payload": null })");
  BOOST_TEST(envelope.payload == "null");
  BOOST_TEST(EncodeEnvelope(envelope).find("\"payload\":null") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(C10_a_payload_is_kept_as_it_came) {
  for (const std::string payload :
       {R"({ "b" : 1.50 , "a":-0.0, "b": [ ] })", "\"\xFF\xED\xA0\x80\"", R"("\ud800\u0000")", "1e400",
        "123456789012345678901234567890", "\"<&>\"", "[[],{},\"\",0]"}) {
    BOOST_TEST(DecodeEnvelope("{\"payload\": " + payload + " }").payload == payload);
  }
}

BOOST_AUTO_TEST_CASE(strings_read_as_go_reads_them) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(\u0000\u0041\u00e9\u20AC)", std::string("\0A\xC3\xA9\xE2\x82\xAC", 7)},
      {R"(\ud83d\ude00)", "\xF0\x9F\x98\x80"},
      {R"(\uDBFF\uDFFF)", "\xF4\x8F\xBF\xBF"},
      {R"(\ud800)", "\xEF\xBF\xBD"},
      {R"(\ud800x)", "\xEF\xBF\xBDx"},
      {R"(\ud800\n)", "\xEF\xBF\xBD\n"},
      {R"(\ude00\ud83d)", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {R"(\ud83d\ud83d\ude00)", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
      {R"(\udc00\udc00)", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {R"(\ud800\ue000)", "\xEF\xBF\xBD\xEE\x80\x80"},
      {R"(\ud800\ud7ff)", "\xEF\xBF\xBD\xED\x9F\xBF"},
      {"\xFF", "\xEF\xBF\xBD"},
      {"a\xED\xA0\x80z", "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz"},
      {"\x7F<>&\xE2\x80\xA8", "\x7F<>&\xE2\x80\xA8"},
  };
  for (const auto& [text, value] : table) {
    for (std::size_t before = 0; before < 9; ++before) {
      const std::string plain(before, 'p');
      const test::FencedText bytes("{\"aspect\":\"" + plain + text + "\"}");
      BOOST_TEST(DecodeEnvelope(bytes.view()).aspect == plain + value);
    }
  }
  for (const std::string text : {"\\x", "\\u12g4", "\\u12", "\\", "\n", "\x1f", "\\U00e9"}) {
    BOOST_TEST(Refusal("{\"aspect\":\"" + text + "\"}") != "", text);
  }
}

BOOST_AUTO_TEST_CASE(times_may_have_an_offset_and_bad_ones_are_named) {
  const Envelope envelope = DecodeEnvelope(R"({"produced_at":"2026-05-27T16:22:09,331999+02:00"})");
  BOOST_TEST(FormatTimestamp(envelope.produced_at) == "2026-05-27T14:22:09.331Z");
  BOOST_TEST(Refusal(R"({"produced_at":"yester\u0064ay"})") == "envelope byte 15: invalid produced_at \"yesterday\"");
  BOOST_TEST(Refusal(R"({"produced_at":" "})") == "envelope byte 15: invalid produced_at \" \"");
}

BOOST_AUTO_TEST_CASE(C21_an_envelope_of_1_MiB_is_read) {
  const std::string payload = '"' + std::string(1 << 20, 'x') + '"';
  BOOST_TEST((DecodeEnvelope("{\"payload\":" + payload + "}").payload == payload));
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded_at_10000_levels_counting_the_envelope) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  BOOST_TEST(Refusal("{\"payload\":" + nested(9'999) + "}") == "");
  BOOST_TEST(Refusal("{\"payload\":" + nested(10'000) + "}") == "envelope byte 10010: nested too deeply");
  BOOST_TEST(Refusal("{\"x\":" + nested(9'999) + "}") == "");
  BOOST_TEST(Refusal("{\"x\":" + nested(10'000) + "}") != "");
  BOOST_TEST(Refusal("{\"producer\":{\"x\":" + nested(9'998) + "}}") == "");
  BOOST_TEST(Refusal("{\"producer\":{\"x\":" + nested(9'999) + "}}") != "");
  std::string objects = "{\"x\":";
  for (int level = 0; level < 9'998; ++level) objects += "{\"a\":";
  BOOST_TEST(Refusal(objects + "{}" + std::string(9'999, '}')) == "");
  BOOST_TEST(Refusal(objects + "{\"a\":{}}" + std::string(9'999, '}')) != "");
}

BOOST_AUTO_TEST_CASE(containers_close_as_they_opened_at_every_depth) {
  // Crosses the words in which the open containers are kept.
  for (const std::size_t depth : {1, 63, 64, 65, 127, 128, 129, 500}) {
    std::string open;
    std::string close;
    for (std::size_t level = 0; level < depth; ++level) {
      const bool is_object = level * level % 7 < 3;
      open += is_object ? "{\"k\":" : "[";
      close.insert(close.begin(), is_object ? '}' : ']');
    }
    BOOST_TEST(Refusal("{\"payload\":[" + open + "1" + close + "," + open + "1" + close + "]}") == "");
    for (std::size_t at = 0; at < close.size(); ++at) {
      std::string wrong = close;
      wrong[at] = wrong[at] == '}' ? ']' : '}';
      BOOST_TEST(Refusal("{\"payload\":" + open + "1" + wrong + "}") != "", wrong);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace gapless
