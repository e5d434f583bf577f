// Tokens fetched by users' functions, for a hub's server that checks them.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "gapless/hub.h"
#include "gapless/hub_token.h"
#include "gapless/websocket.h"
#include "tests/unit/transport/transport_driver.h"
#include "transport/centrifuge/token_fetcher.h"

namespace gapless {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "secret";

/// Good for `life`, or up to a second less: tokens know whole seconds only.
std::string Token(std::chrono::seconds life, const std::string& channel = {}) {
  HubTokenClaims claims{.user = "ada", .channel = channel};
  claims.expires = std::chrono::system_clock::now() + life;
  return MintHubToken(kSecret, claims);
}

/// Counts calls, for tests that wait for the n-th.
class Counter {
 public:
  int Add() {
    const std::lock_guard<std::mutex> lock(mutex_);
    changed_.notify_all();
    return ++count_;
  }
  bool Await(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// Lets whoever waits through once it is open.
class Gate {
 public:
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// False if nobody opened it for a very long time.
  bool Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

HubServerOptions Checking() {
  HubServerOptions options;
  options.token_hmac_secret = kSecret;
  return options;
}

struct Fixture : test::NothingLeft, test::TransportDriver {
  std::shared_ptr<Hub> hub = std::make_shared<Hub>();
  HubServer server{hub, Checking()};

  void Connect(std::function<std::string()> get, std::function<std::string(const std::string&)> get_subscription = {}) {
    transport = WebSocket(
        {.url = server.url(), .get_token = std::move(get), .get_subscription_token = std::move(get_subscription)});
    transport->Start(recorder);
    transport->Connect(1);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(centrifuge_token_fetch, Fixture)

BOOST_AUTO_TEST_CASE(C22_C23_ConnectionAndSubscriptionLiveOnThroughRefreshes) {
  Counter connection, subscription;
  Connect(
      [&] {
        connection.Add();
        return Token(2s);
      },
      [&](const std::string& channel) {
        subscription.Add();
        return Token(2s, channel);
      });
  BOOST_TEST_REQUIRE(Next().starts_with("1: connected "));
  Ask(1, 1, SubscribeRequest{"$c", std::nullopt});
  BOOST_TEST(Next().starts_with("1: 1 subscribed "));
  BOOST_TEST(connection.Await(3));
  BOOST_TEST(subscription.Await(3));
  hub->Publish("$c", "1");
  BOOST_TEST(Next() == "1: pub $c 1:1");
  const auto present = hub->Presence("$c");
  BOOST_TEST_REQUIRE(present.size() == 1U);
  BOOST_TEST(present.front().user_id == "ada");
}

BOOST_AUTO_TEST_CASE(C8_ATokenThatHasExpiredIsFetchedAnewForTheNextAttempt) {
  std::atomic<int> calls = 0;
  Connect([&] { return Token(++calls == 1 ? -10s : 100s); });
  BOOST_TEST(Next() == "1: disconnected 55/109 reconnect");
  transport->Connect(2);
  BOOST_TEST(Next().starts_with("2: connected "));
  BOOST_TEST(calls == 2);
  server.CutConnections();
  BOOST_TEST(Next() == "2: disconnected 51 reconnect");
  transport->Connect(3);
  BOOST_TEST(Next().starts_with("3: connected "));
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(AFunctionThatThrowsIsCalledAgainUnlessItSaysUnauthorized) {
  std::atomic<int> calls = 0;
  Connect([&]() -> std::string {
    switch (++calls) {
      case 1:
        throw std::runtime_error("no network");
      case 2:
        throw Error(Errc::kTimeout, "no answer");
      case 3:
        throw 42;
      default:
        throw Error(Errc::kUnauthorized, "locked out");
    }
  });
  for (const char* connection : {"1", "2", "3"}) {
    BOOST_TEST(Next() == std::string(connection) + ": disconnected 65 reconnect");
    transport->Connect(static_cast<std::uint64_t>(connection[0] - '0') + 1);
  }
  BOOST_TEST(Next() == "4: disconnected 55 stop");
}

BOOST_AUTO_TEST_CASE(C24_AnInvalidTokenIsTerminal) {
  Connect([] { return std::string("a.b.c"); });
  BOOST_TEST(Next() == "1: disconnected 55/3500 stop");
}

BOOST_AUTO_TEST_CASE(C12_SubscriptionsWithoutAGoodTokenAreRefused) {
  Connect([] { return Token(100s); },
          [](const std::string& channel) -> std::string {
            if (channel == "$throws") throw std::runtime_error("no network");
            if (channel == "$locked") throw Error(Errc::kUnauthorized, "not yours");
            if (channel == "$old") return Token(-10s, channel);
            return {};
          });
  BOOST_TEST_REQUIRE(Next().starts_with("1: connected "));
  const std::pair<const char*, const char*> cases[] = {{"$throws", "refused 65 temporary"},
                                                       {"$locked", "refused 55"},
                                                       {"$old", "refused 55/109 temporary"},
                                                       {"$none", "refused 54/103"},
                                                       {"open", "subscribed"}};
  std::uint64_t id = 0;
  for (const auto& [channel, expected] : cases) {
    Ask(1, ++id, SubscribeRequest{channel, std::nullopt});
    const std::string answer = Next();
    BOOST_TEST(answer.starts_with("1: " + std::to_string(id) + " " + expected), answer);
  }
}

BOOST_AUTO_TEST_CASE(OneFetchAtATimeServesAllAttempts) {
  Gate gate;
  std::atomic<int> calls = 0;
  Counter began;
  Connect([&] {
    ++calls;
    began.Add();
    gate.Wait();
    return Token(100s);
  });
  BOOST_TEST(began.Await(1));
  for (std::uint64_t connection = 2; connection <= 5; ++connection) {
    transport->Disconnect(connection - 1);
    transport->Connect(connection);
  }
  gate.Open();
  BOOST_TEST(Next().starts_with("5: connected "));
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(L4_StopDoesNotWaitForEverForAFunctionThatBlocks) {
  Gate gate;
  Counter began, ended;
  std::atomic<bool> opened = false;
  Connect([&] {
    began.Add();
    opened = gate.Wait();
    ended.Add();
    return Token(100s);
  });
  BOOST_TEST(began.Await(1));
  transport->Stop();
  transport.reset();
  gate.Open();
  BOOST_TEST(ended.Await(1));
  BOOST_TEST(opened);
  BOOST_TEST(recorder->log().empty());
}

BOOST_AUTO_TEST_CASE(L3_AFunctionMayStopWhatCalledIt) {
  Counter stopped;
  Connect([&] {
    transport->Stop();
    stopped.Add();
    return Token(100s);
  });
  BOOST_TEST(stopped.Await(1));
  transport.reset();
  BOOST_TEST(recorder->log().empty());
}

BOOST_AUTO_TEST_CASE(NothingIsFetchedAfterStop) {
  ManualRuntime runtime;
  int calls = 0;
  int outcomes = 0;
  const auto shared = std::shared_ptr<Runtime>(std::shared_ptr<void>(), &runtime);
  centrifuge::TokenFetcher fetcher({.connection =
                                        [&] {
                                          ++calls;
                                          return std::string();
                                        },
                                    .subscription = {}},
                                   shared, [&](const std::string&, const centrifuge::FetchedToken&) { ++outcomes; });
  fetcher.Fetch("");
  runtime.Settle();
  BOOST_TEST(calls == 1);
  BOOST_TEST(outcomes == 1);
  fetcher.Fetch("");
  fetcher.Stop();
  runtime.Settle();
  BOOST_TEST(calls == 1);
  BOOST_TEST(outcomes == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace gapless
