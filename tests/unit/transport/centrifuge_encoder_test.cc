#include <boost/test/unit_test.hpp>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "transport/centrifuge/codec.h"

namespace gapless::centrifuge {
namespace {

std::string Encoded(const decltype(TransportRequest::body)& request, std::uint32_t id = 7) {
  std::string frame;
  AppendRequest(frame, id, request);
  return frame;
}

std::string Connect(const ConnectCommand& command) {
  std::string frame;
  AppendConnect(frame, 1, command);
  return frame;
}

std::string Refresh(const std::string& channel, const std::string& token) {
  std::string frame;
  AppendRefresh(frame, 7, channel, token);
  return frame;
}

PublishRequest Publish(std::string channel, std::string data) {
  return {std::move(channel), std::make_shared<const std::string>(std::move(data))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_encoder)

BOOST_AUTO_TEST_CASE(CommandsAsTheSpecificationShowsThem) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  BOOST_TEST(Connect({"T", "cpp", "1.2", R"({"app":"x"})"}) ==
             R"({"id":1,"connect":{"token":"T","data":{"app":"x"},"name":"cpp","version":"1.2"}})");
  BOOST_TEST(Connect({.headers = {{"X-\"A", "ä\n"}, {"b", ""}}}) ==
             R"({"id":1,"connect":{"headers":{"X-\"A":"ä\n","b":""}}})");
  BOOST_TEST(Refresh("", "T") == R"({"id":7,"refresh":{"token":"T"}})");
  BOOST_TEST(Refresh("$c", "T") == R"({"id":7,"sub_refresh":{"channel":"$c","token":"T"}})");
  BOOST_TEST(Connect({}) == R"({"id":1,"connect":{}})");
  BOOST_TEST(Encoded(SubscribeRequest{"chat:1", std::nullopt}) ==
             R"({"id":7,"subscribe":{"channel":"chat:1","positioned":true,"recoverable":true}})");
  BOOST_TEST(
      Encoded(SubscribeRequest{"chat:1", Position{5, "kQzA"}}) ==
      R"({"id":7,"subscribe":{"channel":"chat:1","positioned":true,"recoverable":true,"recover":true,"offset":5,"epoch":"kQzA"}})");
  BOOST_TEST(Encoded(SubscribeRequest{"c", Position{0, ""}}) ==
             R"({"id":7,"subscribe":{"channel":"c","positioned":true,"recoverable":true,"recover":true}})");
  BOOST_TEST(
      Encoded(SubscribeRequest{"c", Position{kMax, "_"}}) ==
      R"({"id":7,"subscribe":{"channel":"c","positioned":true,"recoverable":true,"recover":true,"offset":18446744073709551615,"epoch":"_"}})");
  BOOST_TEST(
      Encoded(SubscribeRequest{"c", std::nullopt, false, TagFilter::Equal("k", "v")}) ==
      R"({"id":7,"subscribe":{"channel":"c","positioned":true,"recoverable":true,"tf":{"key":"k","cmp":"eq","val":"v"}}})");
  BOOST_TEST(Encoded(UnsubscribeRequest{"chat:1"}) == R"({"id":7,"unsubscribe":{"channel":"chat:1"}})");
  BOOST_TEST(Encoded(Publish("chat:1", R"({"t":"yo"})")) ==
             R"({"id":7,"publish":{"channel":"chat:1","data":{"t":"yo"}}})");
  BOOST_TEST(Encoded(PresenceRequest{"chat:1"}) == R"({"id":7,"presence":{"channel":"chat:1"}})");
  BOOST_TEST(Encoded(HistoryRequest{"chat:1", 2, std::nullopt, true}) ==
             R"({"id":7,"history":{"channel":"chat:1","limit":2,"reverse":true}})");
  BOOST_TEST(Encoded(HistoryRequest{"c", 0, std::nullopt, false}) == R"({"id":7,"history":{"channel":"c"}})");
  BOOST_TEST(Encoded(HistoryRequest{"c", 300, Position{4, "e"}, false}) ==
             R"({"id":7,"history":{"channel":"c","limit":300,"since":{"offset":4,"epoch":"e"}}})");
  BOOST_TEST(Encoded(HistoryRequest{"c", 1, Position{0, "e"}, false}) ==
             R"({"id":7,"history":{"channel":"c","limit":1,"since":{"epoch":"e"}}})");
  // The wire's limit is an integer of 32 bits.
  BOOST_TEST(Encoded(HistoryRequest{"c", std::numeric_limits<std::size_t>::max(), std::nullopt, false}) ==
             R"({"id":7,"history":{"channel":"c","limit":2147483647}})");
  BOOST_TEST(Encoded(UnsubscribeRequest{"c"}, 4'294'967'295) == R"({"id":4294967295,"unsubscribe":{"channel":"c"}})");
}

BOOST_AUTO_TEST_CASE(CommandsOfAFrameStandOnLinesOfTheirOwn) {
  std::string frame;
  AppendPong(frame);
  AppendRequest(frame, 2, UnsubscribeRequest{"a"});
  AppendPong(frame);
  AppendRequest(frame, 3, PresenceRequest{"b"});
  BOOST_TEST(frame ==
             "{}\n{\"id\":2,\"unsubscribe\":{\"channel\":\"a\"}}\n{}\n{\"id\":3,\"presence\":{\"channel\":\"b\"}}");
}

BOOST_AUTO_TEST_CASE(HostileNamesStayInsideTheirStrings) {
  for (const std::string name : {"\"}},{\"id\":9", "\n{}\n", "\\", "\x01", "a\r\nb"}) {
    const std::string frame = Encoded(Publish(name, "1"));
    BOOST_TEST(frame.find('\n') == std::string::npos);
    const nlohmann::json command = nlohmann::json::parse(frame);
    BOOST_TEST(command.size() == 2);
    BOOST_TEST(command["publish"].size() == 2);
    BOOST_TEST(command["publish"]["channel"] == name);
    const nlohmann::json connect = nlohmann::json::parse(Connect({name, name, name, "1"}));
    BOOST_TEST(connect["connect"]["token"] == name);
    BOOST_TEST(connect["connect"]["version"] == name);
  }
}

BOOST_AUTO_TEST_CASE(C29_PublishedBytesAreUntouchedSaveLineEnds) {
  for (const std::string data :
       {"null", "1e400", "\"\\ud800\"", "{ \"a\" : 1, \"a\":2 }", "12345678901234567890123", "\"\xC3\xA4<&>\""}) {
    BOOST_TEST(Encoded(Publish("c", data)) == "{\"id\":7,\"publish\":{\"channel\":\"c\",\"data\":" + data + "}}");
  }
  BOOST_TEST(Encoded(Publish("c", "\n{\n\"a\":\n\n1\n}\n")) == R"({"id":7,"publish":{"channel":"c","data":{"a":1}}})");
}

BOOST_AUTO_TEST_CASE(OverheadOfAPublishIsKnown) {
  const std::string channel(255, 'c');
  const std::string frame = Encoded(Publish(channel, "1"), std::numeric_limits<std::uint32_t>::max());
  BOOST_TEST(frame.size() <= channel.size() + 1 + kPublishOverheadBytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge
