#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "transport/centrifuge/emulation.h"

namespace gapless::centrifuge {
namespace {

constexpr std::size_t kBound = 100;

/// What comes of a stream that arrives in pieces of `size` bytes.
std::string Read(StreamFormat format, const std::string& stream, std::size_t size) {
  StreamReader reader(format, kBound);
  std::string all;
  for (std::size_t at = 0; at < stream.size(); at += size) {
    const std::string messages = reader.Take(std::string_view(stream).substr(at, size));
    if (!messages.empty()) all += messages + '\n';
  }
  return reader.overflowed() ? all + "overflow" : all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_emulation)

BOOST_AUTO_TEST_CASE(C30_MessagesAreWholeWhereverTheStreamWasCut) {
  struct Case {
    const char* name;
    StreamFormat format;
    std::string stream;
    std::string messages;
  };
  const Case cases[] = {
      {"lines", StreamFormat::kLines, "{\"a\":\"\xC3\xA4\xF0\x9F\x98\x80\"}\n{}\n",
       "{\"a\":\"\xC3\xA4\xF0\x9F\x98\x80\"}\n{}\n"},
      {"blank lines and CRLF", StreamFormat::kLines, "\r\n\n{}\r\n  \n {}\n", "{}\n{}\n"},
      {"an unfinished line is no message", StreamFormat::kLines, "{}\n{\"a\"", "{}\n"},
      {"events", StreamFormat::kEvents, "\r\ndata: {\"a\":1}\n\ndata: {}\n\n", "{\"a\":1}\n{}\n"},
      {"other fields", StreamFormat::kEvents, ":hi\nid: 7\nevent: x\ndata:{}\nretry: 5\n\ndata\n\n", "{}\n"},
      {"a line of just the bound", StreamFormat::kLines, std::string(kBound, 'x') + "\n{}\n",
       std::string(kBound, 'x') + "\n{}\n"},
      {"a line above it", StreamFormat::kLines, "{}\n" + std::string(kBound + 1, 'x') + "\n{}\n", "{}\noverflow"},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      for (std::size_t size = 1; size <= one.stream.size(); ++size) {
        BOOST_TEST(Read(one.format, one.stream, size) == one.messages);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(C30_SessionAndNodeComeWithTheConnectReply) {
  const StreamSession session =
      SessionIn("{\"id\":1,\"connect\":{\"client\":\"c\",\"session\":\"s\\\"1\",\"node\":\"n\"}}\n{}");
  BOOST_TEST(session.session == "s\"1");
  BOOST_TEST(session.node == "n");
  for (const char* const text :
       {"", "{}", "[]", "{\"id\":1,\"connect\":{}}", "{\"connect\":7}", "{\"connect\":{\"session\":7}}",
        "{\"id\":1,\"error\":{\"code\":109}}", "<html>", "{\"connect\":{\"session\":\"s"}) {
    BOOST_TEST(SessionIn(text).session == "");
    BOOST_TEST(SessionIn(text).node == "");
  }
}

BOOST_AUTO_TEST_CASE(C30_CommandsTravelAsAText) {
  std::string commands = "{\"id\":1,\"publish\":{\"data\":\"\\u0000 \xC3\xA4 <&>\"}}\n{}\t\x01\r";
  const auto body = nlohmann::json::parse(EmulationBody({"s\"\\", "n\n"}, commands));
  BOOST_TEST(body.at("session") == "s\"\\");
  BOOST_TEST(body.at("node") == "n\n");
  BOOST_TEST(body.at("data") == commands);
  BOOST_TEST(body.size() == 3U);
}

BOOST_AUTO_TEST_CASE(C29_CommandsThatFitDoSoHoweverTheyAreQuoted) {
  const std::size_t fits = CommandsThatFit(65'536);
  const StreamSession usual{std::string(36, 's'), std::string(36, 'n')};
  BOOST_TEST(EmulationBody(usual, std::string(fits, '"')).size() <= 65'536U);
  BOOST_TEST(fits > 32'000U);
  BOOST_TEST(CommandsThatFit(0) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge
