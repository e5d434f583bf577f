// Publications as deltas from a real Centrifugo.

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gapless/gapless.h"
#include "tests/engine_under_test.h"
#include "tests/interop/byte_meter.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/connected_client.h"
#include "tests/loopback/collector.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using test::ByteMeter;
using test::CentrifugoServer;
using test::Collector;
using test::TemporaryFolder;

const std::string kChannel = "delta:app.room.1";
constexpr std::size_t kFiller = 2'000;

/// Long, nearly the same each time, and with characters whose first bytes are the same.
std::string Payload(int n) {
  const char* letter = n % 2 == 0 ? "ж" : "я";
  return R"({"n":)" + std::to_string(n) + R"(,"letter":")" + letter + R"(","filler":")" + std::string(kFiller, 'x') +
         "\"}";
}

struct Fixture {
  CentrifugoServer server;
  ByteMeter meter{server.port()};
  TemporaryFolder folder;
  Collector collector;
  std::mutex mutex;
  std::vector<std::string> payloads;

  std::unique_ptr<Client> Connected(const std::string& id, bool delta,
                                    const std::function<void(ClientOptions&)>& tweak = {}) const {
    const std::string url = delta ? meter.url() : server.url();
    return test::ConnectedOver(WebSocket({.url = url, .delta = delta, .engine = test::EngineUnderTest()}), id, tweak);
  }
  Subscription Listen(Client& client) {
    return client.Subscribe(kChannel, {.from_start = true}, [this](Subscription& subscription) {
      subscription.OnEnvelope([this](const Envelope& envelope) {
        const std::lock_guard<std::mutex> lock(mutex);
        payloads.push_back(envelope.payload);
      });
      collector.AttachTo(subscription);
    });
  }
  static void Publish(Client& client, int first, int last) {
    for (int n = first; n <= last; ++n) client.Publish(kChannel, Draft{.aspect = "data", .payload = Payload(n)});
  }
  static void CheckNoError(Client& client) {
    const auto error = client.Stats().last_error;
    BOOST_TEST(!error.has_value(), "no error is told, not even " << (error ? error->what() : "one"));
  }
  void CheckPayloads(int last) {
    BOOST_REQUIRE(collector.WaitForCount(static_cast<std::size_t>(last)));
    const std::lock_guard<std::mutex> lock(mutex);
    for (int n = 1; n <= last; ++n) {
      BOOST_TEST((payloads[static_cast<std::size_t>(n) - 1] == Payload(n)), "payload " << n);
    }
    BOOST_TEST(collector.disorder() == 0U);
    BOOST_TEST(collector.gaps().empty());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifugo_delta, Fixture)

BOOST_AUTO_TEST_CASE(C25_live_publications_come_as_deltas_and_are_delivered_whole) {
  constexpr int kCount = 50;
  const auto publisher = Connected("p", false);
  const auto subscriber = Connected("s", true);
  const Subscription subscription = Listen(*subscriber);
  Publish(*publisher, 1, 1);
  BOOST_REQUIRE(collector.WaitForCount(1));
  const std::size_t before = meter.bytes_from_server();
  Publish(*publisher, 2, kCount);
  CheckPayloads(kCount);
  // Else this test would say nothing of deltas.
  BOOST_TEST(meter.bytes_from_server() - before < kFiller * kCount / 2);
  CheckNoError(*subscriber);
}

BOOST_AUTO_TEST_CASE(C25_recovered_publications_are_a_chain_of_deltas) {
  const auto publisher = Connected("p", false);
  const std::string state = folder / "s.db";
  const auto with_state = [&](ClientOptions& options) { options.snapshotter = SqliteSnapshotter::Open(state); };
  {
    const auto subscriber = Connected("s", true, with_state);
    const Subscription subscription = Listen(*subscriber);
    Publish(*publisher, 1, 5);
    BOOST_REQUIRE(collector.WaitForCount(5));
  }
  Publish(*publisher, 6, 60);
  const std::size_t before = meter.bytes_from_server();
  const auto subscriber = Connected("s", true, with_state);
  const Subscription subscription = Listen(*subscriber);
  CheckPayloads(60);
  BOOST_TEST(meter.bytes_from_server() - before < kFiller * 55 / 2);
  Publish(*publisher, 61, 70);
  CheckPayloads(70);
  CheckNoError(*subscriber);
}

BOOST_AUTO_TEST_CASE(C25_after_an_empty_recovery_a_whole_payload_comes_first) {
  const auto publisher = Connected("p", false);
  const std::string state = folder / "s.db";
  const auto with_state = [&](ClientOptions& options) { options.snapshotter = SqliteSnapshotter::Open(state); };
  {
    const auto subscriber = Connected("s", true, with_state);
    const Subscription subscription = Listen(*subscriber);
    Publish(*publisher, 1, 5);
    BOOST_REQUIRE(collector.WaitForCount(5));
  }
  const auto subscriber = Connected("s", true, with_state);
  const Subscription subscription = Listen(*subscriber);
  BOOST_REQUIRE(subscriber->WaitUntilConnected(test::kPatience));
  Publish(*publisher, 6, 8);
  CheckPayloads(8);
  CheckNoError(*subscriber);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
