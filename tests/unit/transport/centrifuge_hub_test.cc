// The transport and the hub's server, talking to each other over loopback.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gapless/hub.h"
#include "gapless/websocket.h"
#include "tests/unit/transport/engines.h"
#include "tests/unit/transport/transport_driver.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;
using test::PublishOnC;

struct Loop : test::TransportDriver {
  explicit Loop(const test::TestedEngine& engine, const HubServerOptions& server_options = {},
                const HubOptions& hub_options = {})
      : hub(std::make_shared<Hub>(hub_options)), server(std::in_place, hub, server_options) {
    transport = WebSocket({.url = server->url(), .engine = engine.kind});
    transport->Start(recorder);
    transport->Connect(1);
    BOOST_TEST_REQUIRE(Next().starts_with("1: connected "));
  }

  std::string At(std::uint64_t offset) const { return std::to_string(offset) + "@" + hub->Top("c").epoch; }

  std::shared_ptr<Hub> hub;
  std::optional<HubServer> server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(centrifuge_hub)

ENGINE_TEST_CASE(PublishedBytesComeBackUnchangedAndAcknowledged) {
  Loop loop(engine);
  loop.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
  BOOST_TEST(loop.Next() == "1: 1 subscribed " + loop.At(0) + " recoverable");
  const std::string payloads[] = {R"({"a":1,"a":2})",
                                  "1e400",
                                  "\"\\ud800 \xC3\xA4\"",
                                  "123456789012345678901234567890",
                                  "{ \"spaced\" : [ ] }",
                                  "null",
                                  "\"" + std::string(60'000, 'x') + "\""};
  std::uint64_t id = 1;
  for (const std::string& payload : payloads) {
    loop.Ask(1, ++id, PublishOnC(payload));
    const std::string one = loop.Next();
    const std::string other = loop.Next();
    // The server may tell the publisher first that it has it, or what it has.
    const std::string push = "1: pub c " + std::to_string(id - 1) + ":" + payload;
    const std::string reply = "1: " + std::to_string(id) + " published";
    BOOST_TEST(((one == push && other == reply) || (one == reply && other == push)));
  }
}

ENGINE_TEST_CASE(WhatWasMissedIsRecoveredAfterACut) {
  Loop loop(engine);
  loop.hub->Publish("c", "1");
  loop.Ask(1, 1, SubscribeRequest{"c", std::nullopt});
  BOOST_TEST(loop.Next() == "1: 1 subscribed " + loop.At(1) + " recoverable");
  loop.hub->Publish("c", "2");
  BOOST_TEST(loop.Next() == "1: pub c 2:2");
  BOOST_TEST(loop.server->CutConnections() == 1U);
  BOOST_TEST(loop.Next() == "1: disconnected 51 reconnect");
  loop.hub->Publish("c", "3");
  loop.hub->Publish("c", "4");
  loop.transport->Connect(2);
  BOOST_TEST(loop.Next().starts_with("2: connected "));
  loop.Ask(2, 2, SubscribeRequest{"c", Position{2, loop.hub->Top("c").epoch}});
  BOOST_TEST(loop.Next() == "2: 2 subscribed " + loop.At(2) + " recoverable recovered 3:3 4:4");
  loop.hub->Publish("c", "5");
  BOOST_TEST(loop.Next() == "2: pub c 5:5");
}

ENGINE_TEST_CASE(WhatIsGoneIsNotCalledRecovered) {
  Loop loop(engine);
  for (const char* data : {"1", "2", "3"}) loop.hub->Publish("c", data);
  loop.hub->DropHistory("c");
  loop.Ask(1, 1, SubscribeRequest{"c", Position{1, loop.hub->Top("c").epoch}});
  BOOST_TEST(loop.Next() == "1: 1 subscribed " + loop.At(3) + " recoverable not-recovered");
  loop.Ask(1, 2, UnsubscribeRequest{"c"});
  BOOST_TEST(loop.Next() == "1: 2 unsubscribed");
  loop.hub->ForgetChannel("c");
  loop.hub->Publish("c", "new");
  loop.Ask(1, 3, SubscribeRequest{"c", Position{3, "other"}});
  BOOST_TEST(loop.Next() == "1: 3 subscribed " + loop.At(1) + " recoverable not-recovered");
}

ENGINE_TEST_CASE(HistoryAndPresence) {
  Loop loop(engine);
  for (const char* data : {"1", "2", "3"}) loop.hub->Publish("c", data);
  loop.Ask(1, 1, HistoryRequest{"c", 2, std::nullopt, false});
  BOOST_TEST(loop.Next() == "1: 1 history " + loop.At(3) + " 1:1 2:2");
  loop.Ask(1, 2, HistoryRequest{"c", 300, Position{1, loop.hub->Top("c").epoch}, false});
  BOOST_TEST(loop.Next() == "1: 2 history " + loop.At(3) + " 2:2 3:3");
  loop.Ask(1, 3, HistoryRequest{"c", 2, std::nullopt, true});
  BOOST_TEST(loop.Next() == "1: 3 history " + loop.At(3) + " 3:3 2:2");
  loop.Ask(1, 4, HistoryRequest{"c", 0, std::nullopt, false});
  BOOST_TEST(loop.Next() == "1: 4 history " + loop.At(3));
  loop.Ask(1, 5, HistoryRequest{"c", 1, Position{1, "wrong"}, false});
  BOOST_TEST(loop.Next() == "1: 5 refused 57/112");
  loop.Ask(1, 6, PresenceRequest{"c"});
  BOOST_TEST(loop.Next() == "1: 6 presence");
  loop.Ask(1, 7, SubscribeRequest{"c", std::nullopt});
  BOOST_TEST(loop.Next().starts_with("1: 7 subscribed"));
  loop.Ask(1, 8, PresenceRequest{"c"});
  BOOST_TEST(loop.Next().starts_with("1: 8 presence "));
  loop.Ask(1, 9, SubscribeRequest{"c", std::nullopt});
  BOOST_TEST(loop.Next() == "1: 9 refused 53/105");
}

ENGINE_TEST_CASE(C14_ServerEndsSubscriptions) {
  Loop loop(engine);
  const std::pair<std::uint32_t, const char*> codes[] = {{2000, "1: ended c 53/2000"},
                                                         {2500, "1: ended c 57/2500 again"}};
  std::uint64_t id = 0;
  for (const auto& [code, expected] : codes) {
    loop.Ask(1, ++id, SubscribeRequest{"c", std::nullopt});
    BOOST_TEST(loop.Next().starts_with("1: " + std::to_string(id) + " subscribed"));
    BOOST_TEST(loop.server->PushUnsubscribe("c", code, "test") == 1U);
    BOOST_TEST(loop.Next() == expected);
  }
}

ENGINE_TEST_CASE(C6_ServerEndsConnections) {
  Loop loop(engine);
  const std::pair<std::uint16_t, const char*> codes[] = {
      {3001, "51/3001 reconnect"}, {3500, "55/3500 stop"}, {4000, "51/4000 reconnect"}, {4999, "53/4999 stop"}};
  std::uint64_t connection = 1;
  for (const auto& [code, expected] : codes) {
    BOOST_TEST(loop.server->CloseConnections(code, "test") == 1U);
    BOOST_TEST(loop.Next() == std::to_string(connection) + ": disconnected " + expected);
    ++connection;
    loop.transport->Connect(connection);
    BOOST_TEST(loop.Next().starts_with(std::to_string(connection) + ": connected "));
  }
  loop.server.reset();
  BOOST_TEST(loop.Next() == std::to_string(connection) + ": disconnected 51/3001 reconnect");
}

ENGINE_TEST_CASE(PingsKeepTheConnectionAlive) {
  const HubServerOptions options{.ping_interval = 50ms, .pong_timeout = 1'000ms};
  Loop loop(engine, options);
  // Busy for longer than the server waits for a pong.
  const auto until = std::chrono::steady_clock::now() + options.pong_timeout + 500ms;
  for (std::uint64_t id = 1; std::chrono::steady_clock::now() < until; ++id) {
    loop.Ask(1, id, PublishOnC("1"));
    BOOST_TEST_REQUIRE(loop.Next() == "1: " + std::to_string(id) + " published");
  }
}

ENGINE_TEST_CASE(P4_ThousandsOfPublishesArriveInTheirOrder) {
  constexpr std::uint64_t kPublishes = 10'000;
  Loop loop(engine, {}, {.history_size = kPublishes});
  std::vector<TransportRequest> requests;
  for (std::uint64_t id = 1; id <= kPublishes; ++id) requests.push_back({id, PublishOnC(std::to_string(id))});
  loop.transport->Send(1, std::move(requests));
  loop.recorder->Await(kPublishes + 1);
  const auto log = loop.recorder->log();
  BOOST_TEST_REQUIRE(log.size() == kPublishes + 1);
  for (std::uint64_t id = 1; id <= kPublishes; ++id)
    BOOST_TEST_REQUIRE(log[id] == "1: " + std::to_string(id) + " published");
  const auto history = loop.hub->History("c");
  BOOST_TEST_REQUIRE(history.size() == kPublishes);
  for (std::uint64_t n = 1; n <= kPublishes; ++n) BOOST_TEST_REQUIRE(history[n - 1].data == std::to_string(n));
}

ENGINE_TEST_CASE(FrameAboveTheServersLimitStopsWithAdvice) {
  Loop loop(engine, {.max_message_bytes = 1'000});
  loop.Ask(1, 1, PublishOnC("\"" + std::string(5'000, 'x') + "\""));
  BOOST_TEST(loop.Next() == "1: disconnected 9/1009 stop");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
