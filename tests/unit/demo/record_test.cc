#include "examples/demo/record.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <stdexcept>
#include <string>

#include "examples/demo/log_schema.h"
#include "examples/demo/text_bytes.h"
#include "gapless/gapless.h"

namespace demo {
namespace {

Record RecordOf(const std::string& line) { return ToRecord({line, true}); }

gapless::Envelope EnvelopeOf(const Record& record) {
  gapless::Envelope envelope;
  envelope.channel = kLogChannel;
  envelope.sequence = 1;
  envelope.producer = {kLogProducer, gapless::ProducerKind::kService};
  envelope.aspect = record.aspect;
  envelope.payload = record.payload.dump();
  envelope.produced_at = gapless::Timestamp{std::chrono::milliseconds{1'780'000'000'000}};
  return envelope;
}

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(a_line_of_the_package_log_becomes_what_it_says) {
  const auto status = RecordOf("2025-06-24 14:36:25 status half-configured libsystemd0:amd64 252.36-1~deb12u1");
  BOOST_TEST(status.aspect == "status");
  const auto event = status.payload.get<StatusEvent>();
  BOOST_TEST(event.at == "2025-06-24 14:36:25");
  BOOST_TEST(event.state == "half-configured");
  BOOST_TEST(event.package == "libsystemd0:amd64");
  BOOST_TEST(event.version == "252.36-1~deb12u1");

  const auto upgrade = RecordOf("2025-06-24 14:36:25 upgrade a:amd64 1.0 2.0");
  BOOST_TEST(upgrade.aspect == "upgrade");
  BOOST_TEST(upgrade.payload.get<ActionEvent>().installed == "1.0");
  BOOST_TEST(upgrade.payload.get<ActionEvent>().available == "2.0");

  const auto startup = RecordOf("2025-06-24 14:36:25 startup archives unpack");
  BOOST_TEST(startup.aspect == "startup");
  BOOST_TEST(startup.payload.get<StartupEvent>().subject == "archives");
  BOOST_TEST(startup.payload.get<StartupEvent>().command == "unpack");

  const auto conffile = RecordOf("2025-06-24 14:36:25 conffile /etc/a.conf keep");
  BOOST_TEST(conffile.aspect == "conffile");
  BOOST_TEST(conffile.payload.get<ConffileEvent>().file == "/etc/a.conf");
  BOOST_TEST(conffile.payload.get<ConffileEvent>().decision == "keep");
}

BOOST_AUTO_TEST_CASE(every_action_of_dpkg_is_an_aspect) {
  for (const std::string_view action : kActions) {
    BOOST_TEST(RecordOf("2025-06-24 14:36:25 " + std::string(action) + " a:amd64 1 <none>").aspect == action);
  }
}

BOOST_AUTO_TEST_CASE(anything_else_is_a_line) {
  for (const std::string line :
       {"", " ", "hello", "2025-06-24 14:36:25", "2025-06-24 14:36:25 status half-configured a",
        "2025-06-24 14:36:25 status half-configured a 1 extra", "2025-06-24 14:36:25 status  a 1",
        "2025-06-24 14:36:25 status half-configured a ", "2025-06-24T14:36:25 status x a 1",
        "2025-6-24 14:36:25 status x a 1", "2025-06-24 14:36:25 explode x a 1", "\xff 14:36:25 status x a 1"}) {
    BOOST_TEST(RecordOf(line).aspect == "line", line);
  }
}

BOOST_AUTO_TEST_CASE(the_bytes_come_back_whatever_they_were) {
  const std::string lines[] = {"",
                               "plain",
                               "2025-06-24 14:36:25 startup archives unpack",
                               "crlf\r",
                               std::string("nul\0inside", 10),
                               "quotes \" and \\ and \t and <html> & \xe2\x80\xa8",
                               "grüße 😀",
                               "latin1 gr\xfc\xdf"
                               "e",
                               "cut off \xf0\x9f\x98",
                               std::string(kMaxPartBytes, '\xff'),
                               std::string(kMaxPartBytes, '\x01')};
  for (const std::string& line : lines) {
    for (const bool ends_line : {true, false}) {
      const Part part{line, ends_line};
      const std::string payload = ToRecord(part).payload.dump();
      BOOST_TEST((ToPart(nlohmann::json::parse(payload).get<LineEvent>().raw) == part), line);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_largest_part_fits_into_an_envelope) {
  // One byte that JSON writes as six, and one that is escaped for HTML.
  for (const char byte : {'\x01', '<'}) {
    const auto record = ToRecord({std::string(kMaxPartBytes, byte), true});
    BOOST_TEST(gapless::EncodeEnvelope(EnvelopeOf(record)).size() < gapless::kMaxEnvelopeBytes - 1'000);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_encoding_or_bad_base64_is_refused) {
  BOOST_CHECK_THROW(ToPart({"latin1", "a", true}), std::invalid_argument);
  for (const std::string text : {"A", "AA", "AA=", "AA==AA==", "A===", "AB==", "AAB=", "A A=", "\n", "AAAA="}) {
    BOOST_CHECK_THROW(ToPart({"base64", text, true}), std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(base64_is_that_of_rfc_4648) {
  // Section 10 of the RFC.
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    BOOST_TEST(ToBase64(bytes) == text);
    BOOST_TEST(FromBase64(text) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(utf8_is_what_a_json_string_can_hold) {
  const auto json_takes = [](const std::string& bytes) {
    return nlohmann::json::parse("\"" + bytes + "\"", nullptr, false).is_string();
  };
  // Every lead byte with followers at the edges of every range.
  const std::string followers[] = {"\x7f", "\x80", "\x8f", "\x90", "\x9f", "\xa0", "\xbf", "\xc0"};
  for (int lead = 0x80; lead <= 0xff; ++lead) {
    for (const auto& second : followers) {
      const std::string start = static_cast<char>(lead) + second;
      for (const std::string& bytes :
           {start, start + "\x80", start + "\x80\x80", start + "\x80\x7f", start + "\xbf\xc0"}) {
        BOOST_TEST(IsUtf8(bytes) == json_takes(bytes), "lead byte " << lead);
      }
    }
  }
  BOOST_TEST(IsUtf8(""));
  BOOST_TEST(!IsUtf8("a\xc3"));
}

BOOST_AUTO_TEST_CASE(the_schema_takes_every_payload_that_the_demo_makes) {
  const gapless::Validator validator = LogValidator();
  std::vector<std::string> lines = {"",
                                    "hello",
                                    "\xff",
                                    "2025-06-24 14:36:25 startup archives unpack",
                                    "2025-06-24 14:36:25 conffile /etc/a keep",
                                    "2025-06-24 14:36:25 status installed a:amd64 1"};
  for (const std::string_view action : kActions) {
    lines.push_back("2025-06-24 14:36:25 " + std::string(action) + " a:amd64 1 <none>");
  }
  for (const std::string& line : lines) {
    BOOST_TEST(!validator.Check(EnvelopeOf(RecordOf(line))).has_value(), line);
  }
}

BOOST_AUTO_TEST_CASE(the_schema_refuses_what_the_demo_never_makes) {
  const gapless::Validator validator = LogValidator();
  const auto refuses = [&](const std::string& aspect, const nlohmann::json& payload) {
    const auto objection = validator.Check(EnvelopeOf({aspect, payload}));
    return objection && objection->fatal;
  };
  const nlohmann::json raw = {{"encoding", "utf-8"}, {"text", "a"}, {"newline", true}};
  BOOST_TEST(!refuses("line", {{"raw", raw}}));
  BOOST_TEST(refuses("unheard-of", {{"raw", raw}}));
  BOOST_TEST(refuses("line", nlohmann::json::object()));
  BOOST_TEST(refuses("line", {{"raw", raw}, {"more", 1}}));
  BOOST_TEST(refuses("line", {{"raw", {{"encoding", "rot13"}, {"text", "a"}, {"newline", true}}}}));
  BOOST_TEST(refuses("startup", {{"raw", raw}, {"at", "now"}, {"subject", ""}, {"command", "x"}}));
  BOOST_TEST(refuses("startup", {{"raw", raw}, {"at", "now"}, {"command", "x"}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demo
