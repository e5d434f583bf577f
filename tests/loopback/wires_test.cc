// The whole library over wires other than a WebSocket.

#include "tests/wires.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub.h"
#include "tests/loopback/collector.h"

namespace gapless {

namespace {

using namespace std::chrono_literals;
using test::Collector;
using test::EndpointOf;
using test::EngineUnderTest;
using test::kPatience;

const std::string kChannel = "public:app.room.1";

std::unique_ptr<Client> Connected(std::vector<Endpoint> endpoints, const std::string& id) {
  ClientOptions options{.transport = Centrifuge(std::move(endpoints), {.url = "", .engine = EngineUnderTest()}),
                        .producer = {.id = id, .kind = ProducerKind::kService}};
  options.reconnect = {.min_delay = 5ms, .max_delay = 100ms};
  auto client = std::make_unique<Client>(std::move(options));
  client->Connect();
  return client;
}

void Enqueue(Client& client, int first, int last) {
  for (int n = first; n <= last; ++n) client.Enqueue(kChannel, Draft{.aspect = "a", .payload = std::to_string(n)});
}

struct Fixture {
  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  std::optional<HubServer> server{std::in_place, hub};
  Collector collector;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(wires, Fixture)

BOOST_DATA_TEST_CASE(L1_P4_nothing_is_lost_while_streams_are_cut,
                     boost::unit_test::data::make({Wire::kHttpStream, Wire::kSse}), wire) {
  constexpr int kCount = 1'000;
  const auto publisher = Connected({EndpointOf(wire, server->port())}, "p");
  const auto subscriber = Connected({EndpointOf(wire, server->port())}, "s");
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  for (int n = 1; n <= kCount; n += 100) {
    Enqueue(*publisher, n, n + 99);
    // Wait for some of it to arrive, so that each cut hits connections at work.
    BOOST_REQUIRE(collector.WaitForCount(static_cast<std::size_t>(n)));
    server->CutConnections();
  }
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(kCount));
  BOOST_TEST(collector.count() == static_cast<std::size_t>(kCount));
  BOOST_TEST(collector.disorder() == 0u);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(subscriber->Stats().connects > 1u);
}

BOOST_AUTO_TEST_CASE(L1_R1_a_stream_of_messages_goes_on_over_the_next_wire) {
  HubServer behind_a_proxy(hub);
  const std::vector<Endpoint> endpoints = {EndpointOf(Wire::kWebSocket, server->port()),
                                           EndpointOf(Wire::kSse, behind_a_proxy.port())};
  const auto publisher = Connected(endpoints, "p");
  const auto subscriber = Connected(endpoints, "s");
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  Enqueue(*publisher, 1, 50);
  BOOST_REQUIRE(collector.WaitForCount(50));
  BOOST_TEST(server->connection_count() == 2u);
  server.reset();
  Enqueue(*publisher, 51, 100);
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(100));
  BOOST_TEST(collector.disorder() == 0u);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(behind_a_proxy.connection_count() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
