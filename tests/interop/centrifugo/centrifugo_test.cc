// gapless against a real Centrifugo over real sockets: what its own hub only imitates.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gapless/gapless.h"
#include "tests/engine_under_test.h"
#include "tests/interop/centrifugo/server.h"
#include "tests/interop/connected_client.h"
#include "tests/loopback/collector.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using test::CentrifugoServer;
using test::Collector;
using test::kPatience;
using test::TemporaryFolder;

const std::string kChannel = "public:app.room.1";

struct Fixture {
  CentrifugoServer server;
  TemporaryFolder folder;

  std::unique_ptr<Client> Connected(const std::string& id, const std::function<void(ClientOptions&)>& tweak = {}) {
    return test::ConnectedOver(WebSocket({.url = server.url(), .engine = test::EngineUnderTest()}), id, tweak);
  }
  /// One life of a client after another: with the state of the last.
  std::unique_ptr<Client> Restarted(const std::string& id) {
    return Connected(id,
                     [&](ClientOptions& options) { options.snapshotter = SqliteSnapshotter::Open(folder / "s.db"); });
  }
  static void Publish(Client& client, int first, int last, const std::string& channel = kChannel) {
    for (int n = first; n <= last; ++n) {
      client.Publish(channel, Draft{.aspect = "data", .payload = std::to_string(n)});
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifugo, Fixture)

BOOST_AUTO_TEST_CASE(P1_R1_one_stream_from_many_threads_arrives_whole_and_in_order) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back([&] { Publish(*publisher, 1, kEach); });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(collector.WaitForCount(kThreads * kEach));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_CASE(P5_receipts_history_and_presence_are_the_servers) {
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  const Receipt first = publisher->Publish(kChannel, Draft{.aspect = "data", .payload = R"({"text":"<ü&>"})"});
  Publish(*publisher, 2, 5);
  BOOST_TEST(first.sequence == 1);
  BOOST_REQUIRE(collector.WaitForCount(5));
  const HistoryResult history = publisher->History(kChannel, {.since = 1, .until = 4});
  BOOST_TEST(history.errors.empty());
  BOOST_REQUIRE(history.envelopes.size() == 3U);
  BOOST_TEST(history.envelopes[0].sequence == 2);
  BOOST_TEST(history.envelopes[2].payload == "4");
  const auto present = publisher->Presence(kChannel);
  BOOST_TEST(present.size() == 1U);
}

BOOST_AUTO_TEST_CASE(R2_L1_what_was_missed_while_away_is_recovered) {
  const auto publisher = Connected("p");
  Collector collector;
  const auto attach = [&](Subscription& s) { collector.AttachTo(s); };
  {
    const auto subscriber = Restarted("s");
    Subscription subscription = subscriber->Subscribe(kChannel, {.from_start = true}, attach);
    Publish(*publisher, 1, 10);
    BOOST_REQUIRE(collector.WaitForCount(10));
  }
  Publish(*publisher, 11, 500);
  const auto subscriber = Restarted("s");
  Subscription subscription = subscriber->Subscribe(kChannel, {.from_start = true}, attach);
  BOOST_TEST(collector.WaitForCount(500));
  BOOST_TEST(collector.count() == 500U);
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_CASE(C20_R1_what_lies_behind_a_place_of_history_is_delivered_once) {
  const auto publisher = Connected("p");
  Publish(*publisher, 1, 10);
  const HistoryResult before = publisher->History(kChannel);
  BOOST_TEST(before.envelopes.size() == 10U);
  Publish(*publisher, 11, 20);
  Collector collector;
  Subscription subscription =
      publisher->Subscribe(kChannel, {.since = before.up_to}, [&](Subscription& s) { collector.AttachTo(s); });
  BOOST_TEST(collector.WaitForCount(10));
  Publish(*publisher, 21, 30);
  BOOST_TEST(collector.WaitForCount(20));
  BOOST_TEST(collector.count() == 20U);
  BOOST_TEST(collector.gaps().empty());
}

BOOST_AUTO_TEST_CASE(P1_R1_streams_of_several_producers_arrive_whole_and_in_order_through_one_subscription) {
  constexpr std::size_t kProducers = 3;
  constexpr int kEach = 200;
  std::vector<std::unique_ptr<Client>> publishers;
  for (std::size_t p = 0; p < kProducers; ++p) publishers.push_back(Connected("p" + std::to_string(p)));
  Collector collector;
  const auto subscriber = Connected("s");
  subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  std::vector<std::thread> threads;
  for (const auto& publisher : publishers) threads.emplace_back([&] { Publish(*publisher, 1, kEach); });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(collector.WaitForCount(kProducers * kEach));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
  for (std::size_t p = 0; p < kProducers; ++p) BOOST_TEST(collector.last("p" + std::to_string(p)) == kEach);
}

// The answer to a recovery of more than the server's queue of 1 MiB is sent whole, and then the server hangs up (3008,
// slow). Who drops the answer with the connection asks for the same again for ever.
BOOST_AUTO_TEST_CASE(C33_L1_a_recovery_that_the_server_hangs_up_on_as_too_slow_is_taken_and_goes_on) {
  constexpr int kCount = 280;
  const auto publisher = Connected("p");
  Collector collector;
  const auto attach = [&](Subscription& s) { collector.AttachTo(s); };
  {
    const auto subscriber = Restarted("s");
    subscriber->Subscribe(kChannel, {.from_start = true}, attach);
    Publish(*publisher, 1, 1);
    BOOST_REQUIRE(collector.WaitForCount(1));
  }
  const std::string large = '"' + std::string(6'000, 'x') + '"';
  for (int n = 2; n <= kCount; ++n) publisher->Publish(kChannel, Draft{.aspect = "data", .payload = large});
  std::atomic<bool> hung_up = false;
  const auto subscriber = Restarted("s");
  subscriber->OnStateChange([&](ConnectionState, const std::optional<Error>& error) {
    if (error && error->server_code() == 3008) hung_up = true;
  });
  subscriber->Subscribe(kChannel, {.from_start = true}, attach);
  BOOST_TEST(collector.WaitForCount(kCount));
  // It is back for what comes next.
  Publish(*publisher, 1, 1);
  BOOST_TEST(collector.WaitForCount(kCount + 1));
  BOOST_TEST(collector.disorder() == 0U);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(hung_up);
}

BOOST_AUTO_TEST_CASE(R2_a_history_that_rolled_over_is_a_gap_with_its_exact_range) {
  const std::string channel = "small:room";
  const auto publisher = Connected("p");
  Collector collector;
  const auto attach = [&](Subscription& s) { collector.AttachTo(s); };
  {
    const auto subscriber = Restarted("s");
    Subscription subscription = subscriber->Subscribe(channel, {.from_start = true}, attach);
    Publish(*publisher, 1, 2, channel);
    BOOST_REQUIRE(collector.WaitForCount(2));
  }
  Publish(*publisher, 3, 10, channel);
  const auto subscriber = Restarted("s");
  Subscription subscription = subscriber->Subscribe(channel, {.from_start = true}, attach);
  BOOST_TEST(collector.WaitForCount(5));
  const std::vector<Gap> gaps = collector.gaps();
  BOOST_REQUIRE(gaps.size() == 1U);
  BOOST_TEST((gaps[0].kind == GapKind::kRange));
  BOOST_TEST(gaps[0].producer == "p");
  BOOST_TEST(gaps[0].first == 3);
  BOOST_TEST(gaps[0].last == 7);
}

BOOST_AUTO_TEST_CASE(R2_a_server_that_was_killed_and_lost_its_memory_is_noticed) {
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  Publish(*publisher, 1, 20);
  BOOST_REQUIRE(collector.WaitForCount(20));
  server.Kill();
  server.Start();
  BOOST_REQUIRE(collector.WaitForGaps(1));
  BOOST_TEST((collector.gaps()[0].kind == GapKind::kOpen));
  BOOST_TEST(collector.gaps()[0].first == 21);
  Publish(*publisher, 21, 30);
  BOOST_TEST(collector.WaitForCount(30));
  BOOST_REQUIRE(collector.WaitForGaps(2));
  BOOST_TEST((collector.gaps()[1].kind == GapKind::kNone));
  BOOST_TEST(collector.disorder() == 0U);
}

BOOST_AUTO_TEST_CASE(P4_what_was_accepted_while_the_server_was_away_arrives_once_in_order) {
  for (const bool orderly : {false, true}) {
    const std::string channel = orderly ? "public:app.orderly" : "public:app.killed";
    const auto publisher = Connected("p");
    const auto subscriber = Connected("s");
    Collector collector;
    Subscription subscription =
        subscriber->Subscribe(channel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
    Publish(*publisher, 1, 10, channel);
    BOOST_REQUIRE(collector.WaitForCount(10));
    orderly ? server.Terminate() : server.Kill();
    for (int n = 11; n <= 60; ++n) publisher->Enqueue(channel, Draft{.aspect = "data", .payload = std::to_string(n)});
    server.Start();
    BOOST_TEST(publisher->Flush(kPatience));
    BOOST_TEST(collector.WaitForCount(60));
    BOOST_TEST(collector.count() == 60U);
    BOOST_TEST(collector.disorder() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(R2_a_channel_without_history_gets_an_open_gap_after_a_loss_although_the_server_says_nothing) {
  const std::string channel = "plain:room";
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription = subscriber->Subscribe(channel, {}, [&](Subscription& s) { collector.AttachTo(s); });
  // Without history nothing tells when the subscription begins, so the first that arrives shows it.
  int n = 0;
  while (collector.count() == 0) Publish(*publisher, n + 1, n + 1, channel), ++n;
  server.Kill();
  server.Start();
  BOOST_REQUIRE(collector.WaitForGaps(1));
  BOOST_TEST((collector.gaps()[0].kind == GapKind::kOpen));
  BOOST_TEST(collector.gaps()[0].producer == "p");
}

BOOST_AUTO_TEST_CASE(P6_P2_an_old_copy_of_a_state_stops_instead_of_reusing_sequences) {
  const auto with = [&](const std::string& name) {
    return [this, name](ClientOptions& options) { options.snapshotter = FileSnapshotter::Open(folder / name); };
  };
  {
    const auto publisher = Connected("p", with("state"));
    Publish(*publisher, 1, 3);
  }
  folder.CopyState("state", "backup");
  {
    const auto publisher = Connected("p", with("state"));
    Publish(*publisher, 4, 6);
  }
  const auto restored = Connected("p", with("backup"));
  BOOST_CHECK_EXCEPTION(Publish(*restored, 4, 4), Error,
                        [](const Error& error) { return error.errc() == Errc::kStateStale; });
  restored->AdoptServerSequence(kChannel);
  BOOST_TEST(restored->Publish(kChannel, Draft{.aspect = "data"}).sequence == 7);
}

BOOST_AUTO_TEST_CASE(P2_reserved_sequences_go_on_where_the_server_says_they_ended) {
  const auto with = [&](const std::string& name) {
    return [this, name](ClientOptions& options) {
      options.snapshotter = SqliteSnapshotter::Open(folder / name);
      options.durability = Durability::kReserved;
    };
  };
  const auto crashed = Connected("p", with("state"));
  Publish(*crashed, 1, 5);
  folder.CopyState("state", "after");
  const auto next = Connected("p", with("after"));
  BOOST_TEST(next->Publish(kChannel, Draft{.aspect = "data"}).sequence == 6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
