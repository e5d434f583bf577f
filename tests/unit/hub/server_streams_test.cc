// The hub over HTTP responses without end, with commands by requests of their own.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "gapless/hub.h"
#include "tests/unit/hub/stream_client.h"
#include "tests/unit/hub/websocket_client.h"

namespace {

using namespace gapless;
using namespace std::chrono_literals;
using gapless::testing::Emulation;
using gapless::testing::Exchange;
using gapless::testing::Post;
using gapless::testing::StreamClient;
using nlohmann::json;

const std::string kConnect = R"({"id":1,"connect":{}})";
const std::string kSubscribe = R"({"id":2,"subscribe":{"channel":"c"}})";
const std::string kPublish = R"({"id":3,"publish":{"channel":"c","data":{"n":1}}})";

struct Served {
  explicit Served(HubServerOptions options = {}) : server(hub, options) {}

  StreamClient Lines(const std::string& commands = kConnect) {
    return StreamClient(server.port(), Post("/connection/http_stream", commands));
  }
  /// The status of the answer.
  unsigned Send(const json& connected, const std::string& commands) {
    return static_cast<unsigned>(std::stoi(Exchange(server.port(), Emulation(connected, commands)).substr(9, 3)));
  }

  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  HubServer server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(hub_server_streams, Served)

BOOST_AUTO_TEST_CASE(S15_lines_carry_replies_and_pushes_and_requests_carry_commands) {
  StreamClient stream = Lines();
  BOOST_TEST(stream.Status() == 200U);
  const json connected = json::parse(stream.ReadLine());
  BOOST_TEST(connected.at("id") == 1);
  BOOST_TEST(Send(connected, kSubscribe + "\n" + kPublish) == 204U);
  BOOST_TEST(json::parse(stream.ReadLine()).at("subscribe").at("recoverable") == true);
  BOOST_TEST(json::parse(stream.ReadLine()).at("push").at("pub").at("data").at("n") == 1);
  BOOST_TEST(json::parse(stream.ReadLine()).at("id") == 3);
  BOOST_TEST(server.connection_count() == 1U);
}

BOOST_AUTO_TEST_CASE(S15_events_carry_them_too) {
  for (const bool by_get : {true, false}) {
    StreamClient stream(server.port(),
                        by_get ? "GET /connection/sse?cf_connect=%7B%22id%22%3A1%2C%22connect%22%3A%7B%7D%7D "
                                 "HTTP/1.1\r\nHost: h\r\n\r\n"
                               : Post("/connection/sse", kConnect));
    BOOST_TEST(stream.Header(boost::beast::http::field::content_type) == "text/event-stream; charset=utf-8");
    BOOST_TEST(stream.ReadLine() == "\r");
    const std::string event = stream.ReadLine();
    BOOST_REQUIRE(event.starts_with("data: "));
    BOOST_TEST(stream.ReadLine() == "");
    BOOST_TEST(Send(json::parse(event.substr(6)), kSubscribe) == 204U);
    BOOST_TEST(stream.ReadLine().starts_with(R"(data: {"id":2,"subscribe":{)"));
  }
}

BOOST_AUTO_TEST_CASE(S4_only_streams_are_told_their_session_and_node) {
  const json connected = json::parse(Lines().ReadLine());
  BOOST_TEST(!connected.at("connect").at("session").get<std::string>().empty());
  BOOST_TEST(!connected.at("connect").at("node").get<std::string>().empty());
  const json over_websocket = json::parse(gapless::testing::WebSocketClient(server.port()).Ask(kConnect));
  BOOST_TEST(!over_websocket.at("connect").contains("session"));
  BOOST_TEST(!over_websocket.at("connect").contains("node"));
}

BOOST_AUTO_TEST_CASE(S15_a_stream_ends_with_a_disconnect_push) {
  StreamClient stream = Lines();
  stream.ReadLine();
  BOOST_TEST(server.CloseConnections(4001, "go away") == 1U);
  BOOST_TEST(stream.ReadLine() == R"({"push":{"disconnect":{"code":4001,"reason":"go away"}}})");
  BOOST_TEST(stream.AtEnd());
  StreamClient bad = Lines("nonsense");
  BOOST_TEST(bad.ReadLine() == R"({"push":{"disconnect":{"code":3501,"reason":"bad request"}}})");
  BOOST_TEST(bad.AtEnd());
}

BOOST_AUTO_TEST_CASE(S15_commands_for_nobody_are_dropped_and_for_another_node_refused) {
  StreamClient stream = Lines();
  json connected = json::parse(stream.ReadLine());
  json other = connected;
  other["connect"]["session"] = "nobody";
  BOOST_TEST(Send(other, kSubscribe) == 204U);
  other = connected;
  other["connect"]["node"] = "elsewhere";
  BOOST_TEST(Send(other, kSubscribe) == 404U);
  BOOST_TEST(Send(connected, std::string(70'000, ' ')) == 413U);
  BOOST_TEST(Exchange(server.port(), Post("/emulation", "{", "Connection: close\r\n")).starts_with("HTTP/1.1 400"));
  BOOST_TEST(Exchange(server.port(), Post("/emulation", std::string(200'000, ' '))).starts_with("HTTP/1.1 413"));
  BOOST_TEST(Exchange(server.port(), "OPTIONS /emulation HTTP/1.1\r\nConnection: close\r\nHost: h\r\n\r\n")
                 .starts_with("HTTP/1.1 204"));
  // None of it was a command for the stream.
  BOOST_TEST(Send(connected, R"({"id":9,"unsubscribe":{"channel":"c"}})") == 204U);
  BOOST_TEST(stream.ReadLine() == R"({"id":9,"unsubscribe":{}})");
}

BOOST_AUTO_TEST_CASE(S15_requests_may_share_a_connection) {
  StreamClient stream = Lines();
  const json connected = json::parse(stream.ReadLine());
  const std::string body = json{
      {"session", connected["connect"]["session"]},
      {"node", connected["connect"]["node"]},
      {"data", kPublish}}.dump();
  const std::string answers =
      Exchange(server.port(), Post("/emulation", body) + Post("/emulation", body, "Connection: close\r\n"));
  BOOST_TEST(answers.find("204") != answers.rfind("204"));
  BOOST_TEST(stream.ReadLine() == R"({"id":3,"publish":{}})");
  BOOST_TEST(stream.ReadLine() == R"({"id":3,"publish":{}})");
}

BOOST_AUTO_TEST_CASE(S15_a_client_that_went_away_leaves_the_hub) {
  StreamClient stream = Lines(kConnect + "\n" + kSubscribe);
  stream.ReadLine();
  stream.ReadLine();
  BOOST_TEST(hub->Presence("c").size() == 1U);
  stream.Cut();
  while (!hub->Presence("c").empty()) std::this_thread::yield();
  BOOST_TEST(server.connection_count() == 0U);
}

BOOST_AUTO_TEST_CASE(L4_the_server_ends_with_streams_open) {
  auto served = std::make_unique<Served>();
  StreamClient stream = served->Lines();
  stream.ReadLine();
  served.reset();
  BOOST_TEST(stream.ReadLine() == R"({"push":{"disconnect":{"code":3001,"reason":"shutdown"}}})");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hub_server_stream_pings)

BOOST_AUTO_TEST_CASE(S15_pongs_come_by_requests_too) {
  Served served({.ping_interval = 20ms, .pong_timeout = 60s});
  StreamClient stream = served.Lines();
  const json connected = json::parse(stream.ReadLine());
  BOOST_TEST(stream.ReadLine() == "{}");
  BOOST_TEST(served.Send(connected, "{}\n" + kPublish) == 204U);
  std::string line;
  do line = stream.ReadLine();
  while (line == "{}");
  BOOST_TEST(line == R"({"id":3,"publish":{}})");
}

BOOST_AUTO_TEST_SUITE_END()
