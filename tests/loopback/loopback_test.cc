// The whole library with real threads over real sockets: clients, the WebSocket transport, and the hub's server.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gapless/gapless.h"
#include "gapless/hub.h"
#include "tests/loopback/collector.h"
#include "tests/unit/client/temporary_folder.h"

namespace gapless {
namespace {

using test::Collector;
using test::ConnectedClient;
using test::kPatience;
using namespace std::chrono_literals;

const std::string kChannel = "public:app.room.1";

struct Fixture {
  std::shared_ptr<Hub> hub = std::make_shared<Hub>(HubOptions{.history_size = 100'000});
  std::unique_ptr<HubServer> server = std::make_unique<HubServer>(hub);

  std::unique_ptr<Client> Connected(const std::string& id) { return ConnectedClient(server->url(), id); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(loopback, Fixture)

BOOST_AUTO_TEST_CASE(P1_D18_R1_many_threads_publish_one_stream_in_order) {
  constexpr int kThreads = 4;
  constexpr int kEach = 250;
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) publisher->Publish(kChannel, Draft{.aspect = "a", .payload = "1"});
    });
  }
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(collector.WaitForCount(kThreads * kEach));
  BOOST_TEST(collector.disorder() == 0u);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(publisher->Stats().acknowledged == static_cast<std::uint64_t>(kThreads * kEach));
}

BOOST_AUTO_TEST_CASE(L1_P4_nothing_is_lost_while_connections_are_cut) {
  constexpr int kCount = 4'000;
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  for (int n = 1; n <= kCount; ++n) {
    publisher->Enqueue(kChannel, Draft{.aspect = "a", .payload = std::to_string(n)});
    if (n % 400 == 0) {
      // Wait for some of it to arrive, so that each cut hits connections at work.
      BOOST_REQUIRE(collector.WaitForCount(static_cast<std::size_t>(n) - 399));
      server->CutConnections();
    }
  }
  BOOST_TEST(publisher->Flush(kPatience));
  BOOST_TEST(collector.WaitForCount(kCount));
  BOOST_TEST(collector.count() == static_cast<std::size_t>(kCount));
  BOOST_TEST(collector.disorder() == 0u);
  BOOST_TEST(collector.gaps().empty());
  BOOST_TEST(subscriber->Stats().connects > 1u);
}

BOOST_AUTO_TEST_CASE(R2_a_server_that_starts_afresh_is_noticed) {
  const std::uint16_t port = server->port();
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  publisher->Publish(kChannel, Draft{.aspect = "a"});
  BOOST_REQUIRE(collector.WaitForCount(1));
  server.reset();
  hub = std::make_shared<Hub>(HubOptions{.seed = 2});
  server = std::make_unique<HubServer>(hub, HubServerOptions{.port = port});
  BOOST_REQUIRE(collector.WaitForGaps(1));
  BOOST_TEST((collector.gaps()[0].kind == GapKind::kOpen));
  publisher->Publish(kChannel, Draft{.aspect = "a"});
  BOOST_REQUIRE(collector.WaitForGaps(2));
  BOOST_TEST((collector.gaps()[1].kind == GapKind::kNone));
  BOOST_TEST(collector.WaitForCount(2));
}

BOOST_AUTO_TEST_CASE(L3_handlers_block_on_publishes_of_their_own) {
  const auto a = Connected("a");
  const auto b = Connected("b");
  Collector collector;
  Subscription replies =
      a->Subscribe("public:app.replies", {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  Subscription questions = b->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) {
    s.OnEnvelope([&](const Envelope& envelope) {
      b->Publish("public:app.replies", Draft{.aspect = "reply", .payload = envelope.payload});
    });
  });
  for (int n = 0; n < 100; ++n) a->Enqueue(kChannel, Draft{.aspect = "question", .payload = std::to_string(n)});
  BOOST_TEST(collector.WaitForCount(100));
  BOOST_TEST(collector.disorder() == 0u);
}

BOOST_AUTO_TEST_CASE(L2_a_handler_that_never_returns_holds_up_nothing_but_other_handlers) {
  constexpr std::size_t kCount = 500;
  constexpr std::chrono::seconds kPings{1};
  server = std::make_unique<HubServer>(hub, HubServerOptions{.ping_interval = kPings, .pong_timeout = 2 * kPings});
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  std::promise<void> entered;
  std::promise<void> release;
  Collector collector;
  Subscription subscription =
      subscriber->Subscribe(kChannel, {.from_start = true, .queue_limit = 10}, [&](Subscription& s) {
        s.OnEnvelope([&](const Envelope& envelope) {
          if (envelope.sequence == 1) {
            entered.set_value();
            release.get_future().wait();
          }
          collector.Add(envelope);
        });
      });
  for (std::size_t n = 0; n < kCount; ++n) publisher->Publish(kChannel, Draft{.aspect = "a"});
  entered.get_future().wait();
  // Its own publishes go on, one answer after another, for longer than the server waits for a pong.
  const auto end = std::chrono::steady_clock::now() + 4 * kPings;
  std::size_t published = 0;
  for (; std::chrono::steady_clock::now() < end; ++published) {
    subscriber->Publish("public:app.other", Draft{.aspect = "a"});
    // Paces the load; nothing depends on it.
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const Stats stats = subscriber->Stats();
  BOOST_TEST(stats.acknowledged == published);
  BOOST_TEST(stats.connects == 1U);
  BOOST_TEST(stats.pauses >= 1U);
  BOOST_TEST(stats.queued < kCount);
  BOOST_TEST(stats.handler_busy.count() > 0);
  BOOST_TEST(collector.count() == 0U);
  release.set_value();
  BOOST_TEST(collector.WaitForCount(kCount));
  BOOST_TEST(collector.disorder() == 0U);
}

BOOST_AUTO_TEST_CASE(D15_L3_no_handler_runs_after_unsubscribe_returned) {
  const auto publisher = Connected("p");
  const auto subscriber = Connected("s");
  for (int round = 0; round < 20; ++round) {
    std::atomic<bool> ended{false};
    std::atomic<int> late{0};
    Collector collector;
    Subscription subscription = subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) {
      s.OnEnvelope([&](const Envelope& envelope) {
        if (ended) ++late;
        collector.Add(envelope);
      });
    });
    for (int n = 0; n < 50; ++n) publisher->Enqueue(kChannel, Draft{.aspect = "a"});
    BOOST_REQUIRE(collector.WaitForCount(1));
    subscription.Unsubscribe();
    ended = true;
    BOOST_TEST(late == 0);
  }
}

BOOST_AUTO_TEST_CASE(L3_L4_clients_end_in_their_own_handlers) {
  const auto publisher = Connected("p");
  for (int round = 0; round < 10; ++round) {
    auto subscriber = Connected("s");
    Collector done;
    Subscription subscription = subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) {
      s.OnEnvelope([&](const Envelope& envelope) {
        if (round % 2 == 0) {
          subscriber->Close();
        } else {
          subscriber.reset();
        }
        done.Add(envelope);
      });
    });
    publisher->Publish(kChannel, Draft{.aspect = "a"});
    BOOST_REQUIRE(done.WaitForCount(1));
    BOOST_TEST(done.count() == 1u);
    BOOST_TEST(!subscription.Active());
  }
}

BOOST_AUTO_TEST_CASE(D13_L3_closing_while_others_publish_and_subscribe) {
  for (int round = 0; round < 5; ++round) {
    const auto client = Connected("p");
    std::atomic<bool> stop{false};
    std::atomic<int> surprises{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        for (int n = 0; n < 2'000 && !stop; ++n) {
          try {
            if (t == 0) {
              client->Enqueue(kChannel, Draft{.aspect = "a"});
            } else {
              Subscription subscription = client->Subscribe(kChannel);
              subscription.OnEnvelope([](const Envelope&) {});
              subscription.Unsubscribe();
            }
          } catch (const Error& error) {
            // What is tested is that nothing hangs, leaks or races.
            if (error.errc() != Errc::kClosed) ++surprises;
          }
        }
      });
    }
    client->WaitUntilConnected(kPatience);
    client->Close();
    client->Connect();
    client->Close();
    stop = true;
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST(surprises == 0);
    BOOST_TEST(client->Stats().unacknowledged == 0u);
  }
}

BOOST_AUTO_TEST_CASE(R3_what_a_handler_did_up_to_the_moment_of_a_close_is_saved_by_it) {
  const test::TemporaryFolder folder;
  const auto publisher = Connected("p");
  const auto begin = [&](const std::string& state) {
    return ConnectedClient(server->url(), "s", FileSnapshotter::Open(folder / state));
  };
  // What a handler holds goes with it. That takes its time here, so that a close that does not wait for all of the
  // delivery is over first.
  std::shared_ptr<void> slow_to_go(nullptr, [](void*) { std::this_thread::sleep_for(100ms); });
  const auto closed = begin("state");
  std::promise<void> running;
  std::optional<Subscription> subscription;
  subscription = closed->Subscribe(kChannel, {.from_start = true}, [&](Subscription& setup) {
    setup.OnEnvelope([&, held = std::move(slow_to_go)](const Envelope&) {
      running.set_value();
      while (subscription->Active()) std::this_thread::yield();
    });
  });
  publisher->Publish(kChannel, Draft{.aspect = "a"});
  running.get_future().wait();
  closed->Close();

  folder.CopyState("state", "copy");
  const auto subscriber = begin("copy");
  Collector collector;
  Subscription next =
      subscriber->Subscribe(kChannel, {.from_start = true}, [&](Subscription& s) { collector.AttachTo(s); });
  const Receipt second = publisher->Publish(kChannel, Draft{.aspect = "a"});
  BOOST_REQUIRE(collector.WaitForCount(1));
  BOOST_TEST(collector.last("p") == second.sequence);
  BOOST_TEST(collector.count() == 1u);
}

BOOST_AUTO_TEST_CASE(L4_a_client_ends_while_its_server_is_gone) {
  auto client = Connected("p");
  BOOST_REQUIRE(client->WaitUntilConnected(kPatience));
  server.reset();
  client->Enqueue(kChannel, Draft{.aspect = "a"});
  client.reset();
  // And one that never had a server.
  ConnectedClient("ws://127.0.0.1:9/connection/websocket", "q").reset();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
