#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "transport/centrifuge/fallback_engine.h"

namespace gapless::centrifuge {
namespace {

using Cause = net::WebSocketEnd::Cause;

struct NoConnection final : net::WebSocketConnection {
  void Send(std::string) override {}
  void HangUp(Farewell) override {}
};

/// Remembers what it was asked for; the test plays the server.
struct FakeEngine final : net::WebSocketEngine {
  explicit FakeEngine(std::string the_name) : name(std::move(the_name)) {}
  std::unique_ptr<net::WebSocketConnection> Connect(const net::WebSocketRequest& request,
                                                    std::weak_ptr<net::WebSocketEvents> to) override {
    tried->push_back(name + " " + request.url);
    events = std::move(to);
    if (throws) throw std::runtime_error("no descriptor left");
    return std::make_unique<NoConnection>();
  }
  const std::string name;
  std::vector<std::string>* tried = nullptr;
  bool throws = false;
  std::weak_ptr<net::WebSocketEvents> events;
};

struct Listener final : net::WebSocketEvents {
  void OnOpen() override { heard += "open "; }
  void OnMessage(std::string message) override { heard += message + " "; }
  void OnSent() override { heard += "sent "; }
  void OnEnd(const net::WebSocketEnd&) override { heard += "end "; }
  std::string heard;
};

struct Fixture {
  Fixture() {
    for (auto& way : ways) way->tried = &tried;
    engine = FallbackEngine({{ways[0], "ws://a"}, {ways[1], "http://b"}, {ways[2], "http://c"}});
  }
  /// Begins an attempt and says which way it took.
  std::string Try() {
    connection = engine->Connect({.url = "ignored", .headers = {}, .subprotocols = {}}, listener);
    return tried.back();
  }
  net::WebSocketEvents& Of(std::size_t way) {
    current = ways[way]->events.lock();
    BOOST_REQUIRE(current != nullptr);
    return *current;
  }

  std::vector<std::shared_ptr<FakeEngine>> ways = {std::make_shared<FakeEngine>("1"), std::make_shared<FakeEngine>("2"),
                                                   std::make_shared<FakeEngine>("3")};
  std::vector<std::string> tried;
  std::shared_ptr<Listener> listener = std::make_shared<Listener>();
  std::shared_ptr<net::WebSocketEvents> current;
  std::shared_ptr<net::WebSocketEngine> engine;
  std::unique_ptr<net::WebSocketConnection> connection;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifuge_fallback, Fixture)

BOOST_AUTO_TEST_CASE(WaysAreTriedInTheirOrderUntilOneWorks) {
  BOOST_TEST(Try() == "1 ws://a");
  Of(0).OnEnd({Cause::kConnectFailed, 0, "", ""});
  BOOST_TEST(Try() == "2 http://b");
  Of(1).OnOpen();
  Of(1).OnEnd({Cause::kLost, 0, "", ""});  // Open, but it never said anything.
  BOOST_TEST(Try() == "3 http://c");
  Of(2).OnOpen();
  Of(2).OnMessage("hello");
  Of(2).OnSent();
  Of(2).OnEnd({Cause::kLost, 0, "", ""});
  BOOST_TEST(Try() == "3 http://c");
  Of(2).OnEnd({Cause::kConnectFailed, 0, "", ""});
  BOOST_TEST(Try() == "1 ws://a");
  BOOST_TEST(listener->heard == "end open end open hello sent end end ");
}

BOOST_AUTO_TEST_CASE(AServerThatRefusesByACloseFrameIsReached) {
  Try();
  Of(0).OnOpen();
  Of(0).OnEnd({Cause::kClosedByPeer, 3500, "invalid token", ""});
  BOOST_TEST(Try() == "1 ws://a");
}

BOOST_AUTO_TEST_CASE(AWayThatWasWaitedForInVainIsPassedOver) {
  Try();
  connection->HangUp(net::WebSocketConnection::Farewell::kAbrupt);
  BOOST_TEST(Try() == "2 http://b");
  connection.reset();
  BOOST_TEST(Try() == "3 http://c");
  ways[0]->throws = true;
  connection.reset();
  BOOST_CHECK_THROW(Try(), std::runtime_error);
  BOOST_TEST(Try() == "2 http://b");
}

BOOST_AUTO_TEST_CASE(AttemptsThatEndLateChangeNothing) {
  Try();
  auto late = std::move(connection);
  const auto late_events = ways[0]->events.lock();
  late_events->OnEnd({Cause::kConnectFailed, 0, "", ""});
  BOOST_TEST(Try() == "2 http://b");
  Of(1).OnMessage("hello");
  late.reset();
  BOOST_TEST(Try() == "2 http://b");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless::centrifuge
