// A real Centrifugo over HTTP streams and server-sent events.

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "gapless/gapless.h"
#include "tests/engine_under_test.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/connected_client.h"
#include "tests/loopback/collector.h"
#include "tests/wires.h"

namespace gapless {

namespace {

using test::CentrifugoServer;
using test::Collector;
using test::kPatience;

const std::string kChannel = "public:app.room.1";
const auto kStreams = boost::unit_test::data::make({Wire::kHttpStream, Wire::kSse});

struct Fixture {
  CentrifugoServer server;

  Endpoint EndpointOf(Wire wire) const { return test::EndpointOf(wire, server.port()); }
  static std::unique_ptr<Client> Connected(std::vector<Endpoint> endpoints, const std::string& id) {
    WebSocketOptions wires;
    wires.engine = test::EngineUnderTest();
    return test::ConnectedOver(Centrifuge(std::move(endpoints), std::move(wires)), id);
  }
  static void Enqueue(Client& client, int first, int last) {
    for (int n = first; n <= last; ++n) client.Enqueue(kChannel, Draft{.aspect = "data", .payload = std::to_string(n)});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifugo_streams, Fixture)

BOOST_DATA_TEST_CASE(C30_C31_P1_R1_a_stream_is_whole_and_in_order, kStreams, wire) {
  const auto publisher = Connected({EndpointOf(wire)}, "p");
  const auto subscriber = Connected({EndpointOf(wire)}, "s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  Enqueue(*publisher, 1, 500);
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(500));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(publisher->History(kChannel, {.limit = 3}).envelopes.size() == 3U);
}

BOOST_DATA_TEST_CASE(C30_L1_P4_a_killed_server_comes_back_and_nothing_is_lost, kStreams, wire) {
  const auto publisher = Connected({EndpointOf(wire)}, "p");
  const auto subscriber = Connected({EndpointOf(wire)}, "s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  Enqueue(*publisher, 1, 10);
  BOOST_REQUIRE(collector.WaitForCount(10));
  server.Kill();
  Enqueue(*publisher, 11, 30);
  server.Start();
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(30));
  BOOST_TEST(collector.disorder() == 0U);
}

BOOST_AUTO_TEST_CASE(C30_a_websocket_that_cannot_be_had_is_replaced_by_a_stream) {
  const auto client =
      Connected({{Wire::kWebSocket, "ws://127.0.0.1:" + std::to_string(server.port()) + "/connection/nowhere"},
                 EndpointOf(Wire::kHttpStream)},
                "p");
  Enqueue(*client, 1, 1);
  BOOST_TEST(client->Flush(kPatience));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
